"""What settings were: every save is a version, and any past day can be read."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from scrm.core import clock
from scrm.core.errors import NotFound
from scrm.tenants.context import current_tenant, require_tenant_id
from scrm.tenants.models import SettingVersion, Tenant
from scrm.tenants.settings import SETTINGS

if TYPE_CHECKING:
    from django.db.models import QuerySet

# Columns of the tenant that are versioned beside its settings. Currency ends where orders begin.
PROFILE = ("name", "industry", "color", "timezone", "currency")


def tenant_fresh() -> Tenant:
    """The active tenant as it stands in the database."""
    return Tenant.objects.get(pk=require_tenant_id())


def chosen_of(tenant: Tenant) -> dict[str, Any]:
    """Everything that was chosen for a tenant: its profile and the settings off their default."""
    return {**{name: getattr(tenant, name) for name in PROFILE}, **tenant.settings}


def versions_list(*, key: str = "") -> QuerySet[SettingVersion]:
    """Versions of the active tenant, in no order; narrowed to those that touched a key."""
    rows = SettingVersion.objects.all()
    return rows.filter(after__has_key=key) if key else rows


def version_get(number: int | str) -> SettingVersion:
    """The version of that number; NotFound for any other word."""
    if not re.fullmatch(r"[0-9]{1,9}", str(number)):
        raise NotFound
    row = SettingVersion.objects.filter(number=int(number)).first()
    if row is None:
        raise NotFound
    return row


def chosen_at(at: datetime | date) -> dict[str, Any]:
    """What was chosen at an instant, or at the end of a local day."""
    if not isinstance(at, datetime):
        at = clock.local_midnight(at + timedelta(days=1), current_tenant().timezone)
        found = SettingVersion.objects.filter(at__lt=at)
    else:
        found = SettingVersion.objects.filter(at__lte=at)
    row = found.order_by("-number").first()
    if row is not None:
        return dict(row.values)
    first = SettingVersion.objects.order_by("number").first()
    if first is None:
        return chosen_of(tenant_fresh())
    return {**first.values, **first.before}


def setting_at(key: str, at: datetime | date) -> Any:
    """A setting or a part of the profile as it was then; NotFound for an unknown key."""
    if key not in SETTINGS and key not in PROFILE:
        raise NotFound
    chosen = chosen_at(at)
    return chosen[key] if key in chosen else SETTINGS[key].default
