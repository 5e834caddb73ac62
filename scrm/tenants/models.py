"""Tenants, and the base of every table whose rows belong to one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.db import models
from typing_extensions import override

from scrm.tenants.context import CrossTenantWrite, require_tenant_id
from scrm.tenants.fields import PublicIdField, TenantForeignKey

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "PublicIdField",
    "Tenant",
    "TenantForeignKey",
    "TenantManager",
    "TenantModel",
    "TenantStatus",
]

Row_co = TypeVar("Row_co", bound="TenantModel", covariant=True)


class TenantStatus(models.TextChoices):
    """Only an active tenant is served."""

    ACTIVE = "active", "active"
    SUSPENDED = "suspended", "suspended"


class Tenant(models.Model):
    """A brand: the unit of isolation, of time zone and of currency."""

    public_id = PublicIdField(prefix="ten", unique=True)
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    timezone = models.CharField(max_length=60, default="Asia/Shanghai")
    currency = models.CharField(max_length=3, default="CNY")
    industry = models.CharField(max_length=40, default="", blank=True)
    color = models.CharField(max_length=7, default="#1668dc")
    status = models.CharField(
        max_length=12, choices=TenantStatus.choices, default=TenantStatus.ACTIVE
    )
    settings = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Tenant]] = models.Manager()

    @override
    def __str__(self) -> str:
        return self.name


class TenantQuerySet(models.QuerySet[Row_co]):
    """Rows of the active tenant; writes of another tenant's row are refused."""

    @override
    def bulk_create(self, objs: Iterable[Row_co], *args: Any, **kwargs: Any) -> list[Row_co]:
        rows = list(objs)
        for row in rows:
            row.own_tenant()
        return super().bulk_create(rows, *args, **kwargs)


class TenantManager(models.Manager[Row_co]):
    """Fails closed: without a tenant scope there is no query set at all."""

    @override
    def get_queryset(self) -> TenantQuerySet[Row_co]:
        rows: TenantQuerySet[Row_co] = TenantQuerySet(self.model, using=self._db)
        return rows.filter(tenant_id=require_tenant_id())


class TenantModel(models.Model):
    """Base of every tenant table: key (tenant, id), row-level security, fail-closed manager."""

    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, related_name="+", db_index=False, editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[TenantManager[Self]] = TenantManager()

    class Meta:
        abstract = True

    @override
    def save(self, *args: Any, **kwargs: Any) -> None:
        self.own_tenant()
        super().save(*args, **kwargs)

    @override
    def delete(self, *args: Any, **kwargs: Any) -> Any:
        self.own_tenant()
        return super().delete(*args, **kwargs)

    def own_tenant(self) -> None:
        """Take the scope's tenant, or refuse if the row already belongs to another."""
        scope = require_tenant_id()
        own: int | None = self.tenant_id
        if own is None:
            self.tenant_id = scope
        elif own != scope:
            message = "this row belongs to another tenant"
            raise CrossTenantWrite(message)

    @override
    def _do_update(
        self, base_qs: Any, using: Any, pk_val: Any, values: Any, *args: Any, **kwargs: Any
    ) -> Any:
        # The tenant is part of the key: it filters, and it is never written again.
        own = [value for value in values if value[0].name != "tenant"]
        return super()._do_update(
            base_qs.filter(tenant_id=self.tenant_id), using, pk_val, own, *args, **kwargs
        )
