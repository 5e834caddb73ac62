"""Settings and what they hold, as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrm.console.writing import bp_text, yuan
from scrm.tenants.catalogue import INDUSTRIES
from scrm.tenants.setting_kinds import Kind
from scrm.tenants.settings import SETTINGS, SettingSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scrm.tenants.changing import Difference

PROFILE_LABELS = {
    "name": gettext_lazy("品牌名称"),
    "industry": gettext_lazy("行业"),
    "color": gettext_lazy("品牌颜色"),
    "timezone": gettext_lazy("时区"),
    "currency": gettext_lazy("币种"),
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a difference, written out."""

    label: str
    before: str
    after: str
    effect: str = ""


def key_label(key: str) -> str:
    """What a setting or a part of the profile is called."""
    spec = SETTINGS.get(key)
    return str(spec.label if spec is not None else PROFILE_LABELS.get(key, key))


def value_text(key: str, value: Any) -> str:
    """A value in words, with its unit."""
    spec = SETTINGS.get(key)
    if spec is None:
        return str(INDUSTRIES.get(value, value)) if key == "industry" else str(value or "—")
    return spec_text(spec, value)


def spec_text(spec: SettingSpec, value: Any) -> str:
    """A value of a registered setting in words; one of another kind, from long ago, as it is."""
    if spec.words is not None and not spec.refusal(value):
        return spec.words(value)
    if isinstance(value, list):
        return _numbers(value)
    if isinstance(value, dict):
        return _members(spec, value)
    if spec.kind is Kind.CHOICE and spec.choices is not None:
        return str(spec.choices.get(value, value))
    return _plain_text(spec, value)


def _plain_text(spec: SettingSpec, value: Any) -> str:
    if spec.kind is Kind.BOOL:
        return _("开") if value else _("关")
    if spec.kind is Kind.FEN and isinstance(value, int):
        return yuan(value)
    if spec.kind is Kind.BP and isinstance(value, int):
        return bp_text(value)
    return _("不设") if value == "" else f"{value} {spec.unit}".strip()


def _numbers(value: Iterable[object]) -> str:
    return " / ".join(str(item) for item in value)


def _members(spec: SettingSpec, value: Mapping[str, Any]) -> str:
    shapes = spec.schema if isinstance(spec.schema, dict) else {}
    parts = []
    for name, inner in value.items():
        shape = shapes.get(name)
        label = shape.label if shape is not None else name
        parts.append(f"{label} {_numbers(inner) if isinstance(inner, list) else inner}")
    return _(" · ").join(parts)


def lines_of(found: Iterable[Difference]) -> list[Line]:
    """A difference as people read it, each with what it changes."""
    return [
        Line(
            label=key_label(line.key),
            before=value_text(line.key, line.before),
            after=value_text(line.key, line.after),
            effect=str(SETTINGS[line.key].effect) if line.key in SETTINGS else "",
        )
        for line in found
    ]
