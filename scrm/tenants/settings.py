"""Typed settings of a tenant (domain.md D5b): registered by the room that reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scrm.core.errors import InvalidValue
from scrm.tenants.context import current_tenant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.utils.functional import _StrPromise


@dataclass(frozen=True, kw_only=True)
class SettingSpec:
    """One key: its type, its default and what it does, in words."""

    key: str
    kind: type
    default: Any
    label: str | _StrPromise
    help: str | _StrPromise = ""
    check: Callable[[Any], bool] | None = None


SETTINGS: dict[str, SettingSpec] = {}


def setting_register(
    key: str,
    *,
    kind: type,
    default: Any,
    label: str | _StrPromise,
    help: str | _StrPromise = "",
    check: Callable[[Any], bool] | None = None,
) -> None:
    """Declare a tenant setting; a key may be declared once."""
    if key in SETTINGS:
        message = f"setting {key} is registered twice"
        raise ValueError(message)
    SETTINGS[key] = SettingSpec(
        key=key, kind=kind, default=default, label=label, help=help, check=check
    )


def setting(key: str) -> Any:
    """The current tenant's value of a registered key, or the default."""
    return current_tenant().settings.get(key, SETTINGS[key].default)


def settings_check(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values if every key is known and of its type; InvalidValue with a pointer otherwise."""
    for key, value in values.items():
        spec = SETTINGS.get(key)
        if spec is None:
            message = f"unknown setting {key}"
            raise InvalidValue(message, pointer=f"/settings/{key}")
        fits = isinstance(value, spec.kind) and not (spec.kind is int and isinstance(value, bool))
        if not fits or (spec.check is not None and not spec.check(value)):
            message = f"setting {key} does not take this value"
            raise InvalidValue(message, pointer=f"/settings/{key}")
    return dict(values)
