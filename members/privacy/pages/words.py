"""How the pages of privacy speak."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.people.models import Member, MemberStatus
from members.people.sources import source_label
from members.privacy.consents import CHANNELS
from members.privacy.doors import Consents
from members.privacy.models import Purpose
from scrm.console.elements import Badge, Person, Tone
from scrm.console.pages.base import ConsolePage

STATES: Mapping[str, str | Promise] = {
    "running": gettext_lazy("处理中"),
    "done": gettext_lazy("已完成"),
    "failed": gettext_lazy("失败"),
}
_TONES: Mapping[str, Tone] = {"running": "info", "done": "good", "failed": "bad"}
_SOURCES: Mapping[str, str | Promise] = {
    "operator": gettext_lazy("员工记录"),
    "api": gettext_lazy("品牌系统"),
}
_PURPOSES: Mapping[str, str | Promise] = dict(Purpose.choices)


def tabs(page: ConsolePage, current: str) -> list[tuple[str, str, bool]]:
    """The two lists of page 47."""
    shown = (("privacy-requests", _("隐私请求")), ("privacy-consents", _("同意记录")))
    return [(label, page.url(name), name == current) for name, label in shown]


def state_badge(state: str) -> Badge:
    """How far a request is."""
    return Badge(str(STATES[state]), _TONES[state])


def person_of(member: Member) -> Person:
    """Name and number; who was erased has only the number."""
    nobody = _("已清除") if member.status == MemberStatus.ERASED else _("未命名会员")
    return Person(name=member.display_name or nobody, note=member.member_no)


def way_words(source: str) -> str:
    """By which way something was said."""
    return str(_SOURCES.get(source) or source_label(source) or source)


def purpose_words(purpose: str) -> str:
    """What it is for."""
    return str(_PURPOSES.get(purpose, purpose))


def given_badge(is_given: bool | None) -> Badge:  # noqa: FBT001 - a value, not a switch
    """Yes, no, or never asked."""
    if is_given is None:
        return Badge(_("未询问"), "muted")
    return Badge(_("同意"), "good") if is_given else Badge(_("拒绝"), "bad")


def channels_words(consents: Consents) -> str:
    """By which own channels the person may be reached."""
    return _("、").join(str(CHANNELS[key]) for key in consents.reachable_by) or _("暂不可触达")
