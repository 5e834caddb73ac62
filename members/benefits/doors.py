"""What REST does with benefits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from members.benefits.models import BenefitGrant
from members.benefits.rules import Effective
from members.benefits.selectors import benefits_effective, grants_of
from members.benefits.services import benefit_grant
from members.people.selectors import member_get


@dataclass(frozen=True, kw_only=True)
class MemberBenefits:
    """A member with everything they may use now."""

    member_id: str
    benefits: tuple[Effective, ...]


def member_benefits(public_id: str) -> MemberBenefits:
    """The best of each benefit the member has."""
    member = member_get(public_id)
    return MemberBenefits(
        member_id=member.public_id, benefits=benefits_effective([member.pk])[member.pk]
    )


def member_grants(public_id: str) -> QuerySet[BenefitGrant]:
    """Everything ever granted to the member."""
    return grants_of(member_get(public_id).pk)


def member_grant(
    public_id: str,
    *,
    benefit: str,
    reference: str,
    value: int | None = None,
    from_at: datetime | None = None,
    until: datetime | None = None,
    note: str = "",
) -> tuple[BenefitGrant, bool]:
    """Grant by an outside reference; and whether it is new."""
    return benefit_grant(
        member=public_id,
        benefit=benefit,
        source_type="reference",
        source_id=reference,
        value=value,
        from_at=from_at,
        until=until,
        note=note,
    )
