"""Who is at the door: which brands a signed-in person serves and what they may do there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrm.access.models import Membership
from scrm.access.permissions import PERMISSIONS, roles_allow
from scrm.tenants.models import TenantStatus

if TYPE_CHECKING:
    from scrm.access.models import Operator


def memberships_of(operator: Operator) -> list[Membership]:
    """A person's places in active brands, by brand name. Read once per request, before any scope."""
    return list(
        Membership.objects.filter(operator=operator, tenant__status=TenantStatus.ACTIVE)
        .select_related("tenant")
        .order_by("tenant__name", "pk")
    )


def is_allowed(membership: Membership, permission: str) -> bool:
    """An empty permission means: everybody who serves the brand."""
    return not permission or roles_allow(membership.roles, permission)


def permissions_held(membership: Membership) -> list[str]:
    """Every permission this person holds in this brand."""
    return [name for name in PERMISSIONS if is_allowed(membership, name)]
