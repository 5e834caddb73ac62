"""Platform staff enter a brand for an hour, with a reason that the brand can read in its own audit log."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrm.access.models import Membership, Operator, PlatformEntry
from scrm.access.signin.factors import factor_is_on
from scrm.core import clock
from scrm.core.errors import Forbidden, InvalidValue
from scrm.events.actor import acting_as
from scrm.events.audit import record
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant, TenantStatus

STAYS = timedelta(hours=1)
# Looking is the rule; what has to be repaired asks for the administrator's rights by name.
ENTRY_ROLES = {"read_only": gettext_lazy("只读"), "tenant_admin": gettext_lazy("品牌管理员")}
SHORTEST_REASON, LONGEST_REASON = 5, 200


def may_serve_platform(operator: Operator) -> bool:
    """Platform staff with a second factor, and nobody else."""
    return operator.is_active and operator.is_platform_staff and factor_is_on(operator)


def entries_open(operator: Operator) -> list[Membership]:
    """The brands the person is in now, as places that are never saved."""
    rows = PlatformEntry.objects.filter(
        operator=operator,
        left_at=None,
        expires_at__gt=clock.now(),
        tenant__status=TenantStatus.ACTIVE,
    ).select_related("tenant")
    places = {}
    for row in rows.order_by("entered_at"):
        place = Membership(operator=operator, tenant=row.tenant, roles=[row.role])
        place.is_platform_entry = True
        places[row.tenant_id] = place
    return list(places.values())


def platform_enter(
    *,
    operator: Operator,
    tenant: Tenant,
    role: str,
    reason: str,
    ip: str = "",
    request_id: str = "",
) -> PlatformEntry:
    """Open the brand to the person for an hour; the brand's audit log says who, as what and why."""
    if not may_serve_platform(operator):
        raise Forbidden
    told = reason.strip()
    if role not in ENTRY_ROLES:
        raise InvalidValue(_("没有这个角色"), pointer="/role")
    if not SHORTEST_REASON <= len(told) <= LONGEST_REASON:
        raise InvalidValue(_("请写明原因，5 到 200 个字"), pointer="/reason")
    now = clock.now()
    with tenant_scope(tenant), transaction.atomic(), _as(operator, ip, request_id):
        _end_open(operator, tenant)
        entry = PlatformEntry.objects.create(
            operator=operator,
            tenant=tenant,
            role=role,
            reason=told,
            entered_at=now,
            expires_at=now + STAYS,
        )
        record(
            "platform.entered",
            object_type="operator",
            object_id=operator.public_id,
            after={"role": role, "reason": told, "until": entry.expires_at.isoformat()},
        )
    return entry


def platform_leave(
    *, operator: Operator, tenant: Tenant, ip: str = "", request_id: str = ""
) -> None:
    """Close the brand again before the hour is over; nothing happens where none was open."""
    with tenant_scope(tenant), transaction.atomic(), _as(operator, ip, request_id):
        if _end_open(operator, tenant):
            record("platform.left", object_type="operator", object_id=operator.public_id)


def _end_open(operator: Operator, tenant: Tenant) -> int:
    now = clock.now()
    return PlatformEntry.objects.filter(
        operator=operator, tenant=tenant, left_at=None, expires_at__gt=now
    ).update(left_at=now)


def _as(operator: Operator, ip: str, request_id: str) -> AbstractContextManager[None]:
    return acting_as(
        kind="operator",
        id=str(operator.pk),
        label=f"{operator.name or operator.email} (platform)",
        ip=ip,
        request_id=request_id,
    )
