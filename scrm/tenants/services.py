"""Make and change tenants: platform acts, done before any scope exists."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction

from scrm.core.errors import DomainError, ErrorKind, InvalidValue, NotFound
from scrm.tenants.changing import Change, tenant_change_apply
from scrm.tenants.channels import channels_seed
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.tenants.profile import industry_check, name_check, zone_check

_SLUG = re.compile(r"[a-z][a-z0-9-]{1,39}")


# First segments of console addresses that belong to no brand; a test holds them to the console's.
RESERVED_SLUGS = frozenset(
    {"account", "forgotten", "join", "kit", "preferences", "sign-in", "sign-out"}
)


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
    currency: str | None = None
    settings: dict[str, object] = field(default_factory=dict)


def tenant_create(
    *,
    slug: str,
    name: str,
    timezone: str = "Asia/Shanghai",
    color: str = "#1668dc",
    industry: str = "",
) -> Tenant:
    """A new active tenant; refuses an unknown time zone and a slug in use."""
    zone_check(timezone)
    industry_check(industry)
    if not _SLUG.fullmatch(slug):
        message = f"slug {slug!r} must be 2 to 40 of a-z, 0-9 and -, beginning with a letter"
        raise InvalidValue(message, pointer="/slug")
    if slug in RESERVED_SLUGS:
        message = f"slug {slug} is taken"
        raise SlugTaken(message)
    name_check(name)
    try:
        with transaction.atomic():
            tenant = Tenant.objects.create(
                slug=slug, name=name, timezone=timezone, color=color, industry=industry
            )
            with tenant_scope(tenant):
                channels_seed()
    except IntegrityError as error:
        message = f"slug {slug} is taken"
        raise SlugTaken(message) from error
    return tenant


def tenant_settings_update(*, tenant_id: int, values: dict[str, object]) -> Tenant:
    """Merge checked values into the tenant's settings."""
    return tenant_change_apply(tenant_id=tenant_id, change=Change(values=values))


def tenant_change(*, tenant_id: int, change: TenantChange) -> Tenant:
    """Change a tenant's profile and settings; refuses what may not stand, with its pointer."""
    names = ("name", "timezone", "industry", "color", "currency")
    given = {name: value for name in names if (value := getattr(change, name)) is not None}
    return tenant_change_apply(
        tenant_id=tenant_id, change=Change(profile=given, values=change.settings)
    )


def tenant_find(*, slug: str) -> Tenant:
    """The tenant of that slug; NotFound otherwise."""
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        message = f"no tenant {slug}"
        raise NotFound(message)
    return tenant
