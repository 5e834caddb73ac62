"""How the pages of identity show members, doubts and merges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.identity.models import ConflictState, IdentityType, MergeState
from members.orders.models import MemberRollup
from members.orders.selectors import rollup_of
from members.people.models import Member
from members.people.sources import source_label
from scrm.console.columns import Column
from scrm.console.elements import Person, Tone
from scrm.console.pages.base import ConsolePage
from scrm.console.writing import yuan

CONFLICT_TONES: Mapping[str, Tone] = {
    ConflictState.OPEN: "warn",
    ConflictState.APART: "muted",
    ConflictState.MERGED: "good",
}
MERGE_TONES: Mapping[str, Tone] = {
    MergeState.MOVING: "info",
    MergeState.DONE: "good",
    MergeState.REVERTING: "info",
    MergeState.REVERTED: "muted",
}
_TYPES: Mapping[str, str | Promise] = dict(IdentityType.choices)


def tabs(page: ConsolePage, current: str) -> list[tuple[str, str, bool]]:
    """The three lists of page 12."""
    shown = (
        ("identity-conflicts", _("身份冲突")),
        ("member-merges", _("合并记录")),
        ("identity-report", _("身份报告")),
    )
    return [(label, page.url(name), name == current) for name, label in shown]


def type_words(types: Sequence[str]) -> str:
    """Kinds of identifiers by name."""
    return _("、").join(str(_TYPES.get(kind, kind)) for kind in types) or "—"


def name_of(member: Member) -> str:
    """How the member is called."""
    return member.display_name or _("未命名会员")


def person_of(member: Member) -> Person:
    """Name and number."""
    return Person(name=name_of(member), note=member.member_no)


COMPARED = (
    Column(key="label", label=gettext_lazy("项目"), is_primary=True, value=lambda row: row[0]),
    Column(key="one", label=gettext_lazy("会员一"), value=lambda row: row[1]),
    Column(key="two", label=gettext_lazy("会员二"), value=lambda row: row[2]),
)


def compared(one: Member, two: Member) -> list[tuple[str, str, str]]:
    """Both side by side, phones only as masked."""
    rolls = rollup_of(one.pk), rollup_of(two.pk)

    def told(member: Member, roll: MemberRollup) -> list[tuple[str, str]]:
        return [
            (_("会员号"), member.member_no),
            (_("昵称"), member.display_name or "—"),
            (_("手机号"), member.phone_masked or "—"),
            (_("状态"), str(member.get_status_display())),
            (_("入会时间"), page_date(member)),
            (_("首次渠道"), source_label(member.first_source) or "—"),
            (_("有效订单"), str(roll.orders_count)),
            (_("累计消费"), str(yuan(roll.net_fen))),
        ]

    pairs = zip(told(one, rolls[0]), told(two, rolls[1]), strict=True)
    return [(label, ours, theirs) for (label, ours), (_label, theirs) in pairs]


def page_date(member: Member) -> str:
    """The local day of joining."""
    from django.utils import timezone  # noqa: PLC0415 - the page's zone

    return timezone.localdate(member.registered_at).isoformat()
