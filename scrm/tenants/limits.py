"""What no tenant, administrator or key can set higher (domain.md B2). Changing one is a lawyer's matter."""

from __future__ import annotations

from scrm.core.errors import DomainError

# C-1: pay on the sales of a downline's downline is pyramid selling. Also a check in the database.
MAX_COMMISSION_LEVELS = 2
LEVELS_KEY = "dist.levels"


class LevelCapExceeded(DomainError):
    """Commission has two levels at most; no setting, plan or key can make a third."""

    code = "level_cap_exceeded"


def commission_levels_check(levels: int, *, pointer: str = "/levels") -> int:
    """The number of levels, or LevelCapExceeded; whoever stores levels asks here first."""
    if levels > MAX_COMMISSION_LEVELS:
        message = f"commission has at most {MAX_COMMISSION_LEVELS} levels"
        raise LevelCapExceeded(message, pointer=pointer)
    return levels
