"""Typed settings of a tenant (domain.md D5b): registered by the room that reads them.

How they are changed, and what they were, stands in `changing.py` and `versions.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _plain
from django.utils.translation import gettext_lazy as _

from scrm.core.errors import DomainError, InvalidValue
from scrm.tenants.context import current_tenant
from scrm.tenants.setting_kinds import Kind, Part, Parts, Schema, fits_kind, fits_schema

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Words = str | _StrPromise

__all__ = [
    "GROUPS",
    "SETTINGS",
    "Guard",
    "Kind",
    "Part",
    "Parts",
    "SettingSpec",
    "setting",
    "setting_register",
]

# In the order of the page. Switches of modules have a page of their own.
GROUPS: dict[str, Words] = {
    "members": _("会员"),
    "points": _("积分"),
    "push": _("推送"),
    "analytics": _("数据分析"),
    "distribution": _("分销"),
    "files": _("文件与任务"),
    "modules": _("功能开关"),
}


@dataclass(frozen=True, kw_only=True)
class Guard:
    """A value that is refused until somebody has acknowledged the text of that key (B2)."""

    key: str
    when: Callable[[Any], bool]


@dataclass(frozen=True, kw_only=True)
class SettingSpec:
    """One key: what it holds, and in words what it does and from when on."""

    key: str
    kind: Kind
    default: Any
    label: Words
    effect: Words
    group: str
    unit: Words = ""
    minimum: int | None = None
    maximum: int | None = None
    choices: Mapping[str, Words] | None = None
    schema: Schema | None = None
    hint: Words = ""
    guard: Guard | None = None
    order: int = 100
    # How a value reads where it is no word of people's own.
    words: Callable[[Any], str] | None = None
    # How such a value is asked for.
    parts: Parts | None = None
    # For what kind and bounds cannot say.
    check: Callable[[Any], bool] | None = None
    # What is raised above the maximum, where a law and not a habit drew the line.
    cap_error: type[DomainError] = InvalidValue

    def refusal(self, value: Any) -> str:
        """What is wrong with the value, in words; empty if it may stand."""
        fits = fits_kind(self.kind, value) and fits_schema(self.schema, value)
        if not fits or (self.choices is not None and value not in self.choices):
            return _plain("「%(label)s」不接受这个值") % {"label": self.label}
        if self.minimum is not None and value < self.minimum:
            return _plain("「%(label)s」不能小于 %(bound)s") % {
                "label": self.label,
                "bound": self.minimum,
            }
        if self.is_above(value):
            return _plain("「%(label)s」不能大于 %(bound)s") % {
                "label": self.label,
                "bound": self.maximum,
            }
        if self.check is not None and not self.check(value):
            return _plain("「%(label)s」不接受这个值") % {"label": self.label}
        return ""

    def is_above(self, value: Any) -> bool:
        """Whether the value is of the kind but over the top."""
        return self.maximum is not None and fits_kind(self.kind, value) and value > self.maximum


SETTINGS: dict[str, SettingSpec] = {}


def setting_register(
    key: str,
    *,
    kind: Kind,
    default: Any,
    label: Words,
    effect: Words,
    group: str,
    **more: Any,
) -> SettingSpec:
    """Declare a tenant setting; a key may be declared once, and its default must stand its own checks."""
    spec = SettingSpec(
        key=key, kind=kind, default=default, label=label, effect=effect, group=group, **more
    )
    if key in SETTINGS:
        message = f"setting {key} is registered twice"
        raise ValueError(message)
    if group not in GROUPS or (kind is Kind.CHOICE) is not (spec.choices is not None):
        message = f"setting {key} needs a known group, and choices if and only if it is a choice"
        raise ValueError(message)
    if spec.refusal(default):
        message = f"setting {key} has a default that it would refuse"
        raise ValueError(message)
    SETTINGS[key] = spec
    return spec


def setting(key: str) -> Any:
    """The current tenant's value of a registered key, or the default."""
    return current_tenant().settings.get(key, SETTINGS[key].default)


def settings_check(values: Mapping[str, Any], *, root: str = "/settings") -> dict[str, Any]:
    """The values if every key is known and fits; a refusal with a pointer below ``root`` otherwise."""
    for key, value in values.items():
        pointer = f"{root}/{key}"
        spec = SETTINGS.get(key)
        if spec is None:
            raise InvalidValue(_plain("没有设置 %(key)s") % {"key": key}, pointer=pointer)
        refusal = spec.refusal(value)
        if refusal:
            error = spec.cap_error if spec.is_above(value) else InvalidValue
            raise error(refusal, pointer=pointer)
    return dict(values)
