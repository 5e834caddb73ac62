"""Who is at the door: which brands a signed-in person serves and what they may do there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrm.access.models import Membership
from scrm.access.permissions import PERMISSIONS, place_allows
from scrm.access.platform.entries import entries_open
from scrm.tenants.models import TenantStatus

if TYPE_CHECKING:
    from scrm.access.models import Operator


def memberships_of(operator: Operator, *, only: int | None = None) -> list[Membership]:
    """A person's places in active brands, by brand name. Read once per request, before any scope.

    Platform staff also stand, for an hour, in the brands they have entered with a reason. ``only``: the
    brand that the session is good for (``session_brand``).
    """
    found = list(
        Membership.objects.filter(
            operator=operator, tenant__status=TenantStatus.ACTIVE, deactivated_at=None
        )
        .select_related("tenant")
        .order_by("tenant__name", "pk")
    )
    for place in found:
        place.operator = operator  # known already: nobody need ask again whose place it is
    if operator.is_platform_staff:
        own = {place.tenant_id for place in found}
        found += [place for place in entries_open(operator) if place.tenant_id not in own]
    return [place for place in found if only in {None, place.tenant_id}]


def is_allowed(membership: Membership, permission: str) -> bool:
    """An empty permission means: everybody who serves the brand."""
    is_limited = membership.data_scope is not None
    return not permission or place_allows(membership.roles, permission, is_limited=is_limited)


def permissions_held(membership: Membership) -> list[str]:
    """Every permission this person holds in this brand."""
    return [name for name in PERMISSIONS if is_allowed(membership, name)]
