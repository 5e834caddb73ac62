"""The eight parts of the closed loop (PL-01). Who owns a part says what it counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# In the order of the loop; the key names what is counted.
PARTS: dict[str, str | Promise] = {
    "posts": _("社区运营"),
    "members": _("会员系统"),
    "points": _("积分系统"),
    "events": _("社区活动"),
    "groups": _("社群运营"),
    "personas": _("IP运营"),
    "mcns": _("MCN"),
    "chapters": _("线下自组织"),
}
UNITS: dict[str, str | Promise] = {
    "posts": _("篇内容"),
    "members": _("位会员"),
    "points": _("分待使用"),
    "events": _("场活动"),
    "groups": _("个社群"),
    "personas": _("个人设"),
    "mcns": _("家机构"),
    "chapters": _("个分会"),
}


@dataclass(frozen=True, kw_only=True)
class LoopSource:
    """``count`` runs in the tenant's scope and equals the total of the list at ``page``."""

    part: str
    count: Callable[[], int]
    page: str = ""
    permission: str = ""


_sources: dict[str, LoopSource] = {}


def loop_part_register(source: LoopSource) -> None:
    """Say what a part counts; members and points are the overview's own."""
    if source.part not in PARTS or source.part in _sources:
        message = f"loop part {source.part} is unknown or registered twice"
        raise ValueError(message)
    _sources[source.part] = source


def loop_source(part: str) -> LoopSource | None:
    """Who counts a part, if anybody does."""
    return _sources.get(part)
