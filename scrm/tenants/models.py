"""Tenants, and the base of every table whose rows belong to one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from scrm.tenants.context import CrossTenantWrite, require_tenant_id
from scrm.tenants.fields import PublicIdField, TenantForeignKey
from scrm.tenants.limits import LEVELS_KEY, MAX_COMMISSION_LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Acknowledgement",
    "Channel",
    "ChannelKind",
    "PublicIdField",
    "SettingVersion",
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
    # What was chosen; keys left out stand at their default. `SettingVersion` keeps every step to here.
    settings = models.JSONField(default=dict, blank=True)
    settings_version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Tenant]] = models.Manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            # C-1: no way of writing, not even raw SQL, makes a third level.
            models.CheckConstraint(
                condition=models.Q(
                    (f"settings__{LEVELS_KEY}__in", list(range(1, MAX_COMMISSION_LEVELS + 1)))
                ),
                name="tenant_commission_levels",
            ),
        ]

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


class SettingVersion(TenantModel):
    """One saved change of settings or of the brand's profile. Append-only by grants.

    ``before`` and ``after`` hold what changed, ``values`` everything that was chosen afterwards.
    """

    number = models.PositiveIntegerField()
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    values = models.JSONField(default=dict)
    note = models.CharField(max_length=200, default="", blank=True)
    # The earlier version this one went back to.
    restores = models.PositiveIntegerField(null=True, blank=True)
    author_kind = models.CharField(max_length=12)
    author_id = models.CharField(max_length=60, default="", blank=True)
    author_label = models.CharField(max_length=80, default="", blank=True)
    at = models.DateTimeField()

    objects: ClassVar[TenantManager[SettingVersion]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "number"], name="setting_version_number"),
        ]


class Acknowledgement(TenantModel):
    """Somebody read a warning and took it on themselves (B2). Append-only by grants."""

    public_id = PublicIdField(prefix="ack")
    key = models.CharField(max_length=60)
    text_version = models.PositiveSmallIntegerField()
    # As it was shown, in the reader's language: a later edition changes nothing here.
    title = models.CharField(max_length=120)
    text = models.TextField()
    author_kind = models.CharField(max_length=12)
    author_id = models.CharField(max_length=60, default="", blank=True)
    author_label = models.CharField(max_length=80, default="", blank=True)
    at = models.DateTimeField()

    objects: ClassVar[TenantManager[Acknowledgement]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="acknowledgement_id"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "key", "-id"], name="acknowledgement_by_key"),
        ]


class ChannelKind(models.TextChoices):
    """Whose ground a channel stands on (PL-12)."""

    WECHAT = "wechat", _("微信生态")
    OWN = "own", _("自有渠道")
    PUBLIC = "public", _("公域平台")
    INTERNAL = "internal", _("内部系统")


class Channel(TenantModel):
    """Where members and orders come from. Seeded ones take their name from the catalogue."""

    public_id = PublicIdField(prefix="chn")
    code = models.CharField(max_length=40)
    kind = models.CharField(max_length=8, choices=ChannelKind.choices)
    name = models.CharField(max_length=40, default="", blank=True)
    is_custom = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[Channel]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "code"], name="channel_code"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="channel_public_id"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["wechat", "own", "public", "internal"]),
                name="channel_kind",
            ),
        ]
