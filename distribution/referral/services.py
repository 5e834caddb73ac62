"""Say who brought whom. One brand's edges change one at a time, so that two of them never close a ring."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from distribution.referral.models import Binding
from distribution.referral.selectors import above
from members.people.selectors import living_ids
from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind
from scrm.tenants.context import require_tenant_id

_LOCK_SPACE = 0x6269_6E64


class SelfReferral(DomainError):
    """Nobody brings themselves."""

    code = "self_referral"
    kind = ErrorKind.CONFLICT


class ReferralCycle(DomainError):
    """The inviter stands below the member already."""

    code = "referral_cycle"
    kind = ErrorKind.CONFLICT


class BindingProtected(DomainError):
    """Somebody else brought this member before."""

    code = "binding_protected"
    kind = ErrorKind.CONFLICT


def edges_lock() -> None:
    """Until the transaction ends, nobody else changes the brand's edges."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, require_tenant_id() % 2**31]
        )


@transaction.atomic
def binding_open(
    *, member_id: int, inviter_id: int, source: str = "", at: datetime | None = None
) -> Binding:
    """The inviter brought the member (N-18); saying it again changes nothing."""
    living = living_ids([member_id, inviter_id], lock=True)
    member_id, inviter_id = living[member_id], living[inviter_id]
    if member_id == inviter_id:
        raise SelfReferral
    edges_lock()
    known = Binding.objects.filter(member_id=member_id, ended_at=None).first()
    if known is not None:
        if living_ids([known.inviter_id])[known.inviter_id] != inviter_id:
            raise BindingProtected
        return known
    if member_id in above(inviter_id):
        raise ReferralCycle
    return Binding.objects.create(
        member_id=member_id, inviter_id=inviter_id, source=source[:40], bound_at=at or clock.now()
    )
