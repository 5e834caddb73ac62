"""One plain row of any tenant model, parents included, made inside the active scope.

Columns with defaults take them, nullable ones stay empty, the rest get a value of their type. A table
whose checks want more has a line in `RECIPES`: the columns to set, by model label.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from scrm.core import clock
from scrm.tenants.fields import PublicIdField, is_tenant_model

_numbers = itertools.count(1_000)

Recipe = Mapping[str, Any]
RECIPES: dict[str, Recipe] = {
    "ledger.account": {"owner_kind": "member", "unit": "points", "balance": 0},
    "ledger.transfer": {"amount": 1},
    "members.refundline": {"amount_fen": 1},
    "analytics.rfmscore": {"r": 1, "f": 1, "m": 1},
    "points.spend": {"points": 1},
    "members.growthentry": {"amount": 1, "effective_at": datetime(2025, 1, 1, tzinfo=UTC)},
    "members.poolmove": {"before": "public", "after": "territory"},
    "members.tier": {"threshold": 1},
    "members.channellayer": {"layer": 1},
    "members.paidplan": {"term_months": 1},
    "members.paidmembership": {"until": datetime(2999, 1, 1, tzinfo=UTC)},
    "members.tierlock": {"until": datetime(2999, 1, 1, tzinfo=UTC)},
}
# Columns that must differ from their twin in the same row.
_APART = {
    "ledger.transfer": ("credit",),
    "members.membermerge": ("target",),
    "distribution.binding": ("inviter",),
}


class NoRecipe(AssertionError):
    """A tenant table has no sample row: give it a line in RECIPES."""


def tenant_models() -> list[type[models.Model]]:
    """Every tenant model of the platform, by label."""
    found = [model for model in apps.get_models() if is_tenant_model(model)]
    return sorted(found, key=lambda model: model._meta.label_lower)


def row_make(model: type[models.Model], kept: dict[str, models.Model]) -> models.Model:
    """The scope's sample row of a model; `kept` holds those that exist already."""
    label = model._meta.label_lower
    if label not in kept:
        kept[label] = _row_new(model, kept)
    return kept[label]


def _row_new(model: type[models.Model], kept: dict[str, models.Model]) -> models.Model:
    label = model._meta.label_lower
    recipe = RECIPES.get(label, {})
    values: dict[str, Any] = {}
    for field in model._meta.local_concrete_fields:
        if field.name in {"tenant", "id"} or field.name in recipe:
            continue
        if isinstance(field, models.ForeignKey):
            if not field.null:
                values[field.name] = _parent(field, kept, apart=field.name in _APART.get(label, ()))
        elif not (field.null or field.has_default() or getattr(field, "auto_now_add", False)):
            values[field.name] = _value(model, field)
    values |= {name: value() if callable(value) else value for name, value in recipe.items()}
    try:
        return model._base_manager.create(tenant_id=_tenant_id(), **values)
    except Exception as error:
        raise NoRecipe(f"no sample row of {label}: {error}") from error


def _tenant_id() -> int:
    from scrm.tenants.context import require_tenant_id

    return require_tenant_id()


def _parent(field: Any, kept: dict[str, models.Model], *, apart: bool) -> models.Model:
    target = field.related_model
    if not is_tenant_model(target):
        return _platform_row(field, target, kept)
    return _row_new(target, kept) if apart else row_make(target, kept)


def _platform_row(field: Any, target: Any, kept: dict[str, models.Model]) -> models.Model:
    """People stand outside the brands: one of them for each scope's rows."""
    label = target._meta.label_lower
    if label != "access.operator":
        raise NoRecipe(f"{field} points at {target._meta.label}, which is no tenant table")
    if label not in kept:
        kept[label] = target._base_manager.create(email=f"row-{next(_numbers)}@example.com")
    return kept[label]


_MAKERS: dict[type[models.Field[Any, Any]], Callable[[], Any]] = {
    models.BooleanField: lambda: False,
    models.DateTimeField: clock.now,
    models.DateField: lambda: clock.now().date(),
    models.JSONField: dict,
    models.UUIDField: uuid.uuid4,
    models.BinaryField: lambda: b"x",
    ArrayField: list,
}


def _value(model: type[models.Model], field: Any) -> Any:
    if isinstance(field, PublicIdField):
        return field.get_default()
    if field.choices:
        return field.flatchoices[0][0]
    if isinstance(field, (models.IntegerField, models.BigIntegerField)):
        return next(_numbers) % 30_000 if _is_unique(model, field.name) else 0
    if isinstance(field, (models.CharField, models.TextField)):
        return str(next(_numbers))[: field.max_length or 10]
    for kind, make in _MAKERS.items():
        if isinstance(field, kind):
            return make()
    raise NoRecipe(f"no value for {field}")


def _is_unique(model: type[models.Model], name: str) -> bool:
    return any(
        name in constraint.fields
        for constraint in model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint)
    )
