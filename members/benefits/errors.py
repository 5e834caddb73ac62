"""Why something about benefits is refused."""

from __future__ import annotations

from scrm.core.errors import DomainError, ErrorKind


class BenefitInUse(DomainError):
    """The benefit is still offered with a tier, plan or layer."""

    code = "benefit_in_use"
    kind = ErrorKind.CONFLICT


class NotEligible(DomainError):
    """This is for other members only (M-22)."""

    code = "not_eligible"
    kind = ErrorKind.FORBIDDEN
