"""Which tenant the running code serves. Set from a credential or a URL, never from a body."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from scrm.core.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrm.tenants.models import Tenant

_tenant_id: ContextVar[int | None] = ContextVar("tenant_id", default=None)
_tenant: ContextVar[Tenant | None] = ContextVar("tenant", default=None)


class NoTenant(RuntimeError):
    """Tenant data was touched outside a tenant scope: a programming error, never shown to people."""


class CrossTenantWrite(DomainError):
    """A row of one tenant was about to be written inside another tenant's scope."""

    code = "cross_tenant_write"


def current_tenant_id() -> int | None:
    """Key of the active tenant, or None."""
    return _tenant_id.get()


def tenant_logged() -> dict[str, int]:
    """What a log line says about the tenant."""
    tenant_id = _tenant_id.get()
    return {} if tenant_id is None else {"tenant": tenant_id}


def require_tenant_id() -> int:
    """Key of the active tenant; raises NoTenant outside a scope."""
    tenant_id = _tenant_id.get()
    if tenant_id is None:
        raise NoTenant
    return tenant_id


def current_tenant() -> Tenant:
    """The active tenant's row, read once per scope."""
    from scrm.tenants.models import Tenant  # noqa: PLC0415 - models import this module

    tenant_id = require_tenant_id()
    tenant = _tenant.get()
    if tenant is None or tenant.pk != tenant_id:
        tenant = Tenant.objects.get(pk=tenant_id)
        _tenant.set(tenant)
    return tenant


def tenant_refresh(fresh: Tenant) -> None:
    """Whoever goes on working in the scope sees the row as it was just written."""
    kept = _tenant.get()
    if kept is not None and kept is not fresh and kept.pk == fresh.pk:
        for column in kept._meta.concrete_fields:
            setattr(kept, column.attname, getattr(fresh, column.attname))


@contextmanager
def tenant_scope(tenant: Tenant | int) -> Iterator[None]:
    """Serve one tenant for the block. Scopes may nest; each transaction still serves one tenant."""
    tenant_id = tenant if isinstance(tenant, int) else tenant.pk
    token = _tenant_id.set(tenant_id)
    row = _tenant.set(None if isinstance(tenant, int) else tenant)
    try:
        yield
    finally:
        _tenant_id.reset(token)
        _tenant.reset(row)


@contextmanager
def no_tenant() -> Iterator[None]:
    """Leave any scope for the block (platform tables only)."""
    token = _tenant_id.set(None)
    row = _tenant.set(None)
    try:
        yield
    finally:
        _tenant_id.reset(token)
        _tenant.reset(row)


def across_tenants(reason: str, *, is_active: bool = True) -> Iterator[Tenant]:
    """The one named exit: visit every active tenant in turn, each inside its own scope.

    Row-level security stays on, so no statement ever sees two tenants. ``reason`` says why. With
    ``is_active=False`` the others are visited too: their secrets age like everybody's.
    """
    from scrm.tenants.models import Tenant, TenantStatus  # noqa: PLC0415 - models import this module

    if not reason:
        message = "say why all tenants are visited"
        raise ValueError(message)
    tenants = Tenant.objects.order_by("pk")
    for tenant in list(tenants.filter(status=TenantStatus.ACTIVE) if is_active else tenants):
        with tenant_scope(tenant):
            yield tenant
