"""Who needs a second factor, and whether a session has shown it. Every door asks `mfa_pending`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from scrm.access.models import Membership
from scrm.access.signin.sessions import PROVEN
from scrm.tenants.models import TenantStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest

    from scrm.access.models import Operator

# Who moves money or gives rights.
MFA_ROLES = frozenset({"finance", "tenant_admin"})


def mfa_shown(request: HttpRequest) -> bool:
    """Whether this session showed a second factor."""
    return PROVEN in request.session


def mfa_required(operator: Operator, memberships: Iterable[Membership] | None = None) -> bool:
    """Whether the person's roles ask for a second factor; off altogether by ACCESS_MFA_REQUIRED."""
    if not settings.ACCESS_MFA_REQUIRED:
        return False
    if operator.is_platform_staff:
        return True
    if memberships is None:
        memberships = Membership.objects.filter(
            operator=operator, tenant__status=TenantStatus.ACTIVE, deactivated_at=None
        )
    return any(not MFA_ROLES.isdisjoint(place.roles) for place in memberships)


def mfa_pending(request: HttpRequest, memberships: Iterable[Membership] | None = None) -> bool:
    """Whether the signed-in person must show or set up a second factor before going on."""
    return (
        request.user.is_authenticated
        and not mfa_shown(request)
        and mfa_required(request.user, memberships)
    )
