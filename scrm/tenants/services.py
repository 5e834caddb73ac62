"""Make and change tenants: platform acts, done before any scope exists."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import IntegrityError, transaction

from scrm.core.errors import DomainError, ErrorKind, InvalidValue
from scrm.tenants.models import Tenant
from scrm.tenants.settings import settings_check


class SlugTaken(DomainError):
    """Another tenant has this slug."""

    code = "slug_taken"
    kind = ErrorKind.CONFLICT


def tenant_create(
    *,
    slug: str,
    name: str,
    timezone: str = "Asia/Shanghai",
    color: str = "#1668dc",
    industry: str = "",
) -> Tenant:
    """A new active tenant; refuses an unknown time zone and a slug in use."""
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        message = f"unknown time zone {timezone}"
        raise InvalidValue(message, pointer="/timezone") from error
    try:
        with transaction.atomic():
            return Tenant.objects.create(
                slug=slug, name=name, timezone=timezone, color=color, industry=industry
            )
    except IntegrityError as error:
        message = f"slug {slug} is taken"
        raise SlugTaken(message) from error


def tenant_settings_update(*, tenant_id: int, values: dict[str, object]) -> Tenant:
    """Merge checked values into the tenant's settings under a row lock."""
    checked = settings_check(values)
    with transaction.atomic():
        tenant = Tenant.objects.select_for_update().get(pk=tenant_id)
        tenant.settings = {**tenant.settings, **checked}
        tenant.save(update_fields=["settings"])
    return tenant
