"""What pools refuse."""

from __future__ import annotations

from scrm.core.errors import DomainError


class PoolByRule(DomainError):
    """Nobody becomes a true fan by hand: the rule alone says who is one."""

    code = "pool_by_rule"
