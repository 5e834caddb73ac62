"""Columns every tenant table shares: composite foreign keys and public ids."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import models
from typing_extensions import override

from scrm.core.ids import public_id

if TYPE_CHECKING:
    from django.db.models.fields import Field


class TenantForeignKey(models.ForeignKey):  # type: ignore[type-arg]
    """A foreign key between two tenant tables.

    The database holds it as ``(tenant_id, x_id) -> (tenant_id, id)`` (the schema editor's work); here
    the tenant joins every ON clause and every reverse lookup, so that the composite keys are used and
    no join ever crosses tenants.
    """

    @override
    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "scrm.tenants.fields.TenantForeignKey", args, kwargs

    @override
    def get_joining_fields(self, reverse_join: bool = False) -> Any:
        pairs = tuple(super().get_joining_fields(reverse_join=reverse_join))
        own = self.model._meta.get_field("tenant")
        other = self.remote_field.model._meta.get_field("tenant")
        return (*pairs, (other, own) if reverse_join else (own, other))

    @override
    def get_extra_descriptor_filter(self, instance: models.Model) -> Any:
        return {"tenant_id": instance.tenant_id}  # type: ignore[attr-defined]


class PublicIdField(models.CharField):  # type: ignore[type-arg]
    """The id the world sees, such as ``mem_06c2…``; made once, never edited, unique per tenant."""

    def __init__(self, *args: Any, prefix: str, **kwargs: Any) -> None:
        self.prefix = prefix
        kwargs["max_length"] = 40
        kwargs["editable"] = False
        kwargs["default"] = partial(public_id, prefix)
        super().__init__(*args, **kwargs)

    @override
    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, kwargs = super().deconstruct()
        for key in ("max_length", "editable", "default"):
            kwargs.pop(key, None)
        kwargs["prefix"] = self.prefix
        return name, path, args, kwargs


def is_tenant_model(model: type[models.Model]) -> bool:
    """Whether the model's rows belong to one tenant each."""
    return tenant_field(model) is not None


def tenant_field(model: type[models.Model]) -> Field[Any, Any] | None:
    """The model's ``tenant`` column if it is a tenant table, else None."""
    for field in model._meta.local_fields:
        if field.name == "tenant" and field.is_relation and not field.unique:
            if (
                getattr(model, "platform_table", False)
                or model._meta.label_lower in PLATFORM_MODELS
            ):
                return None
            return field
    return None


# Rows that name a tenant but are read before any tenant is known (who may enter which brand).
# They are platform tables: no RLS, plain keys. Each needs its reason in docs/adr/0002-tenancy.md.
PLATFORM_MODELS = frozenset({"access.membership", "access.platformentry"})
