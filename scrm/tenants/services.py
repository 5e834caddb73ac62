"""Make and change tenants: platform acts, done before any scope exists."""

from __future__ import annotations

import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import IntegrityError, transaction

from scrm.core.errors import DomainError, ErrorKind, InvalidValue, NotFound
from scrm.tenants.models import Tenant
from scrm.tenants.settings import settings_check

NAME_LENGTH = 80
_SLUG = re.compile(r"[a-z][a-z0-9-]{1,39}")


# First segments of console addresses that belong to no brand; a test holds them to the console's.
RESERVED_SLUGS = frozenset({"kit", "preferences", "sign-in", "sign-out"})


class SlugTaken(DomainError):
    """Another tenant has this slug."""

    code = "slug_taken"
    kind = ErrorKind.CONFLICT


@dataclass(frozen=True, kw_only=True)
class TenantChange:
    """What is to change of a tenant; None leaves a member as it is."""

    name: str | None = None
    timezone: str | None = None
    industry: str | None = None
    color: str | None = None
    settings: dict[str, object] | None = None


def _zone_check(timezone: str) -> None:
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"unknown time zone {timezone}"
        raise InvalidValue(message, pointer="/timezone") from error


def tenant_create(
    *,
    slug: str,
    name: str,
    timezone: str = "Asia/Shanghai",
    color: str = "#1668dc",
    industry: str = "",
) -> Tenant:
    """A new active tenant; refuses an unknown time zone and a slug in use."""
    _zone_check(timezone)
    if not _SLUG.fullmatch(slug):
        message = f"slug {slug!r} must be 2 to 40 of a-z, 0-9 and -, beginning with a letter"
        raise InvalidValue(message, pointer="/slug")
    if slug in RESERVED_SLUGS:
        message = f"slug {slug} is taken"
        raise SlugTaken(message)
    if not name.strip() or len(name) > NAME_LENGTH:
        message = f"the name must have 1 to {NAME_LENGTH} characters"
        raise InvalidValue(message, pointer="/name")
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


def tenant_change(*, tenant_id: int, change: TenantChange) -> Tenant:
    """Change a tenant under a row lock; refuses an unknown zone and unknown or ill-typed settings."""
    if change.timezone is not None:
        _zone_check(change.timezone)
    checked = settings_check(change.settings or {})
    with transaction.atomic():
        tenant = Tenant.objects.select_for_update().get(pk=tenant_id)
        for name in ("name", "timezone", "industry", "color"):
            value = getattr(change, name)
            if value is not None:
                setattr(tenant, name, value)
        tenant.settings = {**tenant.settings, **checked}
        tenant.save(update_fields=["name", "timezone", "industry", "color", "settings"])
    return tenant


def tenant_find(*, slug: str) -> Tenant:
    """The tenant of that slug; NotFound otherwise."""
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        message = f"no tenant {slug}"
        raise NotFound(message)
    return tenant
