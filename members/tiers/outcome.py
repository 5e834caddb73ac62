"""What a replay of facts through the ladder says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

ACTIVE, GRACE, LOCKED, ENDED = "active", "grace", "locked", "ended"


@dataclass(slots=True, kw_only=True)
class Spell:
    """A stretch in one tier. Growth after `counts_from` keeps it; `prior` is what a renewal renewed."""

    code: str
    started_at: datetime
    counts_from: datetime
    cause: str
    valid_until: datetime | None = None
    grace_until: datetime | None = None
    ended_at: datetime | None = None
    state: str = ACTIVE
    prior: Spell | None = None


@dataclass(slots=True, kw_only=True)
class Gift:
    """An entry gift that is due; taken back with the tier, or used by then and to be looked at."""

    code: str
    at: datetime
    voided_at: datetime | None = None
    lost_used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A change worth telling: upgraded, grace_started, renewed, renewal_undone, downgraded, locked, unlocked."""

    kind: str
    at: datetime
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Where the facts lead: the last spell is the open one; none before there was a ladder."""

    spells: Sequence[Spell]
    gifts: Sequence[Gift]
    notices: Sequence[Notice]
    metric: int
    due_at: datetime | None
