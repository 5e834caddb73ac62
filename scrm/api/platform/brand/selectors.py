"""Reads of settings, in the shape the API tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scrm.tenants.setting_kinds import NumberList, Schema
from scrm.tenants.settings import SETTINGS, SettingSpec
from scrm.tenants.versions import chosen_at, tenant_fresh


@dataclass(frozen=True, kw_only=True)
class SettingTold:
    """One setting with its value."""

    key: str
    group: str
    kind: str
    label: str
    effect: str
    unit: str
    value: Any
    default: Any
    is_default: bool
    minimum: int | None
    maximum: int | None
    choices: list[str]
    shape: dict[str, Any]
    acknowledgement: str


@dataclass(frozen=True, kw_only=True)
class SettingsTold:
    """All settings, and the version that a change is compared with."""

    version: int
    settings: list[SettingTold]


def settings_told(*, at: datetime | None = None) -> SettingsTold:
    """Every registered setting as it stands, or as it stood at an instant."""
    tenant = tenant_fresh()
    chosen = tenant.settings if at is None else chosen_at(at)
    return SettingsTold(
        version=tenant.settings_version,
        settings=[_told(spec, chosen) for _key, spec in sorted(SETTINGS.items())],
    )


def _told(spec: SettingSpec, chosen: Mapping[str, Any]) -> SettingTold:
    value = chosen.get(spec.key, spec.default)
    return SettingTold(
        key=spec.key,
        group=spec.group,
        kind=spec.kind.value,
        label=str(spec.label),
        effect=str(spec.effect),
        unit=str(spec.unit),
        value=value,
        default=spec.default,
        is_default=value == spec.default,
        minimum=spec.minimum,
        maximum=spec.maximum,
        choices=list(spec.choices or ()),
        shape=_shape(spec.schema),
        acknowledgement=spec.guard.key if spec.guard is not None else "",
    )


def _shape(schema: Schema | None) -> dict[str, Any]:
    if schema is None:
        return {}
    if isinstance(schema, NumberList):
        return {"items": "integer", "length": schema.length, "is_ascending": schema.is_ascending}
    return {name: _shape(found) for name, found in schema.items()}
