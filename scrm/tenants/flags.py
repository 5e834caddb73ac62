"""Modules a brand may switch off, under the nine headings of PL-04.

A flag claims Python packages: pages, endpoints, panels and search sources of theirs answer 404 or
disappear while it is off. Facts are still taken in and nights still count, so nothing is missing when
it is switched on again. Switches are settings (``flag.<key>``): versioned, audited, undone alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from scrm.tenants.context import current_tenant_id
from scrm.tenants.settings import Kind, setting, setting_register

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

HEADINGS = (
    "analytics",
    "members",
    "tags",
    "marketing",
    "communities",
    "content",
    "fission",
    "persona",
    "acquisition",
)
PREFIX = "flag."


@dataclass(frozen=True, kw_only=True)
class Flag:
    """One switch; ``forced`` holds it on whatever was chosen."""

    key: str
    heading: str
    label: str | _StrPromise
    packages: tuple[str, ...] = ()
    forced: Callable[[], bool] | None = None
    forced_note: str | _StrPromise = ""

    @property
    def setting_key(self) -> str:
        """Where the choice is kept."""
        return PREFIX + self.key

    def is_forced(self) -> bool:
        """Whether the active tenant cannot switch it off."""
        return self.forced is not None and self.forced()


FLAGS: dict[str, Flag] = {}


def flag_register(
    key: str,
    heading: str,
    label: str | _StrPromise,
    *,
    effect: str | _StrPromise,
    default: bool = True,
    packages: tuple[str, ...] = (),
    forced: Callable[[], bool] | None = None,
    forced_note: str | _StrPromise = "",
) -> None:
    """Declare a switch under one of the nine headings; ``packages`` are the modules it hides."""
    if heading not in HEADINGS:
        message = f"flag {key} names no heading of PL-04: {heading}"
        raise ValueError(message)
    taken = [name for flag in FLAGS.values() for name in flag.packages if name in packages]
    if taken:
        message = f"flag {key} claims packages that another flag has: {taken}"
        raise ValueError(message)
    flag = Flag(
        key=key,
        heading=heading,
        label=label,
        packages=packages,
        forced=forced,
        forced_note=forced_note,
    )
    setting_register(
        flag.setting_key,
        kind=Kind.BOOL,
        default=default,
        label=label,
        effect=effect,
        group="modules",
    )
    FLAGS[key] = flag
    _flag_of.cache_clear()


def flag_on(key: str) -> bool:
    """Whether the active tenant has the switch on."""
    flag = FLAGS[key]
    return flag.is_forced() or bool(setting(flag.setting_key))


@lru_cache(maxsize=1024)
def _flag_of(module: str) -> str:
    for key, flag in FLAGS.items():
        if any(module == name or module.startswith(f"{name}.") for name in flag.packages):
            return key
    return ""


def module_on(module: str) -> bool:
    """Whether what a Python module shows may be seen in the active scope; unclaimed modules always."""
    key = _flag_of(module)
    return not key or current_tenant_id() is None or flag_on(key)


def owner_on(thing: object) -> bool:
    """`module_on` for a view, a function or a method."""
    return module_on(getattr(thing, "__module__", "") or "")
