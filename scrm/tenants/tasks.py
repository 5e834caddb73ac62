"""Celery tasks know their tenant from the message header, never from an argument."""

from __future__ import annotations

from typing import Any

from celery import Task
from typing_extensions import override

from scrm.tenants.context import current_tenant_id, tenant_scope

HEADER = "tenant_id"


class NoTenantHeader(RuntimeError):
    """A tenant task arrived without its tenant: refused, because it could serve anyone."""


class TenantTask(Task):  # type: ignore[type-arg]
    """Runs its body inside the tenant scope of the message; refuses a message without one."""

    abstract = True

    @override
    def apply_async(  # type: ignore[override]
        self, args: Any = None, kwargs: Any = None, **options: Any
    ) -> Any:
        tenant_id = current_tenant_id()
        headers = dict(options.pop("headers", None) or {})
        if tenant_id is not None:
            headers.setdefault(HEADER, tenant_id)
        return super().apply_async(args, kwargs, headers=headers, **options)

    @override
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        headers = getattr(self.request, "headers", None) or {}
        tenant_id = headers.get(HEADER, getattr(self.request, HEADER, None)) or current_tenant_id()
        if tenant_id is None:
            raise NoTenantHeader(self.name)
        with tenant_scope(int(tenant_id)):
            return super().__call__(*args, **kwargs)
