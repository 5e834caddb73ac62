"""What tiers refuse."""

from __future__ import annotations

from scrm.core.errors import DomainError, ErrorKind


class TierLocked(DomainError):
    """The member's tier is locked already, or members are locked on a tier that is to go."""

    code = "tier_locked"
    kind = ErrorKind.CONFLICT


class LadderRefused(DomainError):
    """The rungs make no ladder: a base at nothing, then thresholds that rise."""

    code = "ladder_refused"
