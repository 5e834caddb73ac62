"""How keys and what they may do are said to people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrm.access.keys import ALL_SCOPES, API_SCOPES, api_key_state
from scrm.access.models import ApiKey, KeyMode
from scrm.access.permissions import PERMISSIONS
from scrm.console.elements import Badge, Tone

STATES: dict[str, tuple[object, Tone]] = {
    "open": (gettext_lazy("使用中"), "good"),
    "rotating": (gettext_lazy("轮换中"), "info"),
    "expired": (gettext_lazy("已过期"), "warn"),
    "revoked": (gettext_lazy("已停用"), "muted"),
}
MODES = {KeyMode.LIVE: gettext_lazy("正式"), KeyMode.TEST: gettext_lazy("测试")}


@dataclass(frozen=True, kw_only=True)
class ScopeLine:
    """One line of the tick table."""

    name: str
    label: str
    is_reading: bool
    is_ticked: bool
    honours_scope: bool


@dataclass(frozen=True, kw_only=True)
class ScopeGroup:
    """The lines about one kind of thing."""

    name: str
    lines: Sequence[ScopeLine]


def state_badge(key: ApiKey) -> Badge:
    """The key's state as a word with a tone."""
    text, tone = STATES[api_key_state(key)]
    return Badge(str(text), tone)


def mode_badge(key: ApiKey) -> Badge:
    """Live or test."""
    return Badge(str(MODES[KeyMode(key.mode)]), "warn" if key.mode == KeyMode.TEST else "neutral")


def last_used(key: ApiKey) -> datetime | None:
    """When either secret was last used."""
    used = [at for at in (key.last_used_at, key.previous_used_at) if at is not None]
    return max(used, default=None)


def prefix_text(key: ApiKey) -> str:
    """As much of the secret as may be shown."""
    return f"sk_{key.mode}_…_{key.key_id}…"


def scopes_text(key: ApiKey) -> str:
    """How much the key may do, short."""
    if ALL_SCOPES in key.scopes:
        return _("全部权限")
    return _("%(count)s 项权限") % {"count": len(key.scopes)}


def scope_groups(*, held: Iterable[str], ticked: Iterable[str] = ()) -> list[ScopeGroup]:
    """The tick table: scopes that some endpoint asks for and the maker holds, by what they are about."""
    chosen, known = set(ticked), set(held)
    groups: dict[str, list[ScopeLine]] = {}
    for name in sorted((API_SCOPES & known) | (chosen & PERMISSIONS.keys())):
        groups.setdefault(name.partition(".")[0], []).append(
            ScopeLine(
                name=name,
                label=str(PERMISSIONS[name].label),
                is_reading=name.endswith(".view"),
                is_ticked=name in chosen,
                honours_scope=PERMISSIONS[name].honours_scope,
            )
        )
    return [ScopeGroup(name=name, lines=lines) for name, lines in groups.items()]
