"""Who serves the active brand, who is invited, and what each role may do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from django.db.models import Exists, OuterRef, Q

from scrm.access.models import Invitation, Membership, Operator, SecondFactor
from scrm.core import clock
from scrm.core.errors import NotFound
from scrm.tenants.context import require_tenant_id

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

InvitationState = Literal["open", "expired", "accepted", "revoked"]


def people_listed(
    *, search: str = "", roles: Sequence[str] = (), is_active: bool | None = None
) -> QuerySet[Membership]:
    """The brand's people, each with ``has_factor``: whether they sign in with a second step."""
    factors = SecondFactor.objects.filter(operator_id=OuterRef("operator_id"))
    found = (
        Membership.objects.filter(tenant_id=require_tenant_id())
        .select_related("operator")
        .annotate(has_factor=Exists(factors.exclude(confirmed_at=None)))
    )
    if search:
        found = found.filter(
            Q(operator__name__icontains=search) | Q(operator__email__icontains=search)
        )
    if roles:
        wanted = Q()
        for role in roles:
            wanted |= Q(roles__contains=[role])
        found = found.filter(wanted)
    if is_active is not None:
        found = found.filter(deactivated_at__isnull=is_active)
    return found


def people_named(public_ids: Sequence[str]) -> dict[str, str]:
    """Public id → name, of people of any brand: for rows of one's own that name them."""
    found = Operator.objects.filter(public_id__in=list(public_ids))
    return {
        key: name or email for key, name, email in found.values_list("public_id", "name", "email")
    }


def person_get(public_id: str) -> Membership:
    """The place of that person in the active brand; NotFound for a stranger too."""
    found = people_listed().filter(operator__public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def invitations_listed(
    *, search: str = "", states: Sequence[str] = (), at: datetime | None = None
) -> QuerySet[Invitation]:
    """The brand's invitations; states are open, expired, accepted, revoked."""
    found, now = Invitation.objects.all(), at or clock.now()
    if search:
        found = found.filter(email__icontains=search)
    if states:
        ended = Q(accepted_at=None, revoked_at=None)
        known = {
            "open": ended & Q(expires_at__gt=now),
            "expired": ended & Q(expires_at__lte=now),
            "accepted": Q(accepted_at__isnull=False),
            "revoked": Q(revoked_at__isnull=False),
        }
        wanted = Q(pk__in=())
        for state in states:
            wanted |= known[state]
        found = found.filter(wanted)
    return found


def invitation_state(invitation: Invitation, *, at: datetime | None = None) -> InvitationState:
    """What became of it."""
    if invitation.accepted_at is not None:
        return "accepted"
    if invitation.revoked_at is not None:
        return "revoked"
    return "open" if invitation.expires_at > (at or clock.now()) else "expired"
