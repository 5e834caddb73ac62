"""Why a sale is refused."""

from __future__ import annotations

from scrm.core.errors import DomainError, ErrorKind


class PlanHeld(DomainError):
    """The member holds the plan already: renew it instead."""

    code = "plan_held"
    kind = ErrorKind.CONFLICT
