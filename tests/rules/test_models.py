"""Rules of rows: foreign keys point down, uniqueness starts with the tenant."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db.models import ForeignKey, ManyToManyField, Model, UniqueConstraint

from scrm.tenants.fields import is_tenant_model

# Top to bottom, as in pyproject.toml; siblings share a rank.
_RANKS = {
    "analytics": 9,
    "distribution": 8,
    "points": 7,
    "communities": 7,
    "members": 6,
    "console": 5,
    "api": 5,
    "wecom": 5,
    "ledger": 4,
    "approvals": 3.5,
    "access": 3,
    "events": 2,
    "tenants": 1,
}
_OURS = [model for model in apps.get_models() if model._meta.app_label in _RANKS]


def _rank(model: type[Model]) -> int:
    return _RANKS.get(model._meta.app_label, 0)


@pytest.mark.parametrize("model", _OURS, ids=lambda model: model._meta.label)
def test_foreign_keys_point_down_without_reverse_names(model: type[Model]) -> None:
    for field in model._meta.get_fields():
        if not isinstance(field, ForeignKey) or field.name == "tenant":
            continue
        target = field.related_model
        own, other = model._meta.app_label, target._meta.app_label
        assert own == other or _rank(target) < _rank(model), f"{field} points up or sideways"
        assert own == other or other not in _RANKS or field.remote_field.related_name == "+", (
            f"{field} leaks a reverse name across apps"
        )


@pytest.mark.parametrize("model", _OURS, ids=lambda model: model._meta.label)
def test_uniqueness_of_tenant_rows_starts_with_the_tenant(model: type[Model]) -> None:
    if not is_tenant_model(model):
        return
    for constraint in model._meta.constraints:
        if isinstance(constraint, UniqueConstraint):
            assert constraint.fields[:1] == ("tenant",) or "tenant" in str(
                constraint.expressions[:1]
            ), f"{constraint.name} does not start with the tenant"
    for field in model._meta.local_fields:
        assert field.primary_key or not field.unique, f"{field} is unique across tenants"


@pytest.mark.parametrize("model", _OURS, ids=lambda model: model._meta.label)
def test_tenant_rows_have_no_automatic_through_table(model: type[Model]) -> None:
    if not is_tenant_model(model):
        return
    for field in model._meta.local_many_to_many:
        assert isinstance(field, ManyToManyField)
        assert not field.remote_field.through._meta.auto_created, f"{field} hides a table"
