"""What a member's page shows of pushes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.outreach.models import REASONS, RECIPIENT_STATES
from communities.outreach.rules import RecipientState
from communities.outreach.selectors.lists import Told, member_pushes, pushes_list
from members.segments.acts import SegmentAct, segment_act_register
from scrm.console.columns import Column, table_make
from scrm.console.elements import Badge, TimelineEntry, Tone
from scrm.console.panels import Panel, TimelineSource, panel_register, timeline_register
from scrm.console.search import Command, Hit, SearchSource, command_register, search_register
from scrm.core import clock

_STATES = dict(RECIPIENT_STATES)
_REASONS = dict(REASONS)
_TONES: Mapping[str, Tone] = {
    RecipientState.SENT: "good",
    RecipientState.FAILED: "bad",
    RecipientState.SUBMITTED: "warn",
    RecipientState.SUPPRESSED: "muted",
}
_SHOWN = 50
_LONGEST = 80
_FOUND = 5


def _reason(told: Told) -> str:
    return str(_REASONS.get(told.reason, told.reason)) if told.reason else ""


_COLUMNS = (
    Column(key="name", label=gettext_lazy("推送"), is_primary=True),
    Column(key="sender", label=gettext_lazy("员工")),
    Column(
        key="state",
        label=gettext_lazy("状态"),
        kind="status",
        value=lambda row: Badge(_STATES[row.state], _TONES.get(row.state, "neutral")),
    ),
    Column(key="reason", label=gettext_lazy("原因"), value=_reason),
    Column(key="at", label=gettext_lazy("时间"), kind="datetime"),
)


def _tab(member_id: int) -> Mapping[str, object]:
    rows = member_pushes(member_id, before=clock.now() + timedelta(days=1), limit=_SHOWN)
    return {"table": table_make(caption=str(_("触达")), columns=_COLUMNS, rows=rows)}


def _timeline(member_id: int, before: datetime, limit: int) -> Sequence[TimelineEntry]:
    return [_entry(told) for told in member_pushes(member_id, before=before, limit=limit)]


def _entry(told: Told) -> TimelineEntry:
    words = str(_STATES[told.state])
    reason = _reason(told)
    return TimelineEntry(
        at=told.at,
        title=_("推送「%(name)s」%(state)s")
        % {"name": told.name, "state": f"{words}（{reason}）" if reason else words},
        body=told.text[:_LONGEST],
        icon="send",
        tone=_TONES.get(told.state, "neutral"),
        kind="push",
        channel=_("企业微信"),
    )


segment_act_register(
    SegmentAct(
        key="push",
        label=gettext_lazy("推送"),
        url_name="push-new",
        permission="pushes.edit",
        icon="send",
    )
)
panel_register(
    Panel(
        key="pushes",
        slot="tab",
        label=gettext_lazy("触达"),
        template="communities/outreach/_tab.html",
        load=_tab,
        permission="pushes.view",
        order=40,
    )
)
timeline_register(
    TimelineSource(
        key="pushes",
        label=gettext_lazy("触达"),
        load=_timeline,
        permission="pushes.view",
        order=40,
    )
)


def _hits(text: str) -> Sequence[Hit]:
    return [
        Hit(
            title=push.name,
            note=str(push.get_state_display()),
            page="push-detail",
            arguments=(("push_id", push.public_id),),
            icon="send",
        )
        for push in pushes_list(search=text).order_by("-created_at", "-id")[:_FOUND]
    ]


search_register(
    SearchSource(
        key="pushes", label=gettext_lazy("推送"), find=_hits, permission="pushes.view", order=40
    )
)
command_register(
    Command(label=gettext_lazy("新建推送"), page="push-new", permission="pushes.edit", order=30)
)
