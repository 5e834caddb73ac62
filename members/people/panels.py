"""What a member's page shows of where the person came from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.people.finding import hits_of
from members.people.models import SourceTouch
from members.people.selectors import touches_of
from members.people.sources import source_label
from scrm.console.elements import TimelineEntry
from scrm.console.panels import TimelineSource, timeline_register
from scrm.console.search import (
    Command,
    Hit,
    SearchSource,
    command_register,
    search_register,
)


def touch_words(touch: SourceTouch) -> str:
    """What is known of the way besides the channel."""
    if touch.campaign:
        return _("活动 %(campaign)s") % {"campaign": touch.campaign}
    return _("渠道参数 %(state)s") % {"state": touch.state} if touch.state else ""


def _timeline(member_id: int, before: datetime, limit: int) -> Sequence[TimelineEntry]:
    return [
        TimelineEntry(
            at=touch.at,
            title=_("来自%(source)s") % {"source": source_label(touch.source)},
            body=touch_words(touch),
            icon="route",
            tone="info",
            kind="source",
            channel=source_label(touch.source),
        )
        for touch in touches_of(member_id, before=before, limit=limit)
    ]


def _hits(text: str) -> Sequence[Hit]:
    return [
        Hit(
            title=member.display_name or member.member_no,
            note=member.phone_masked or member.member_no,
            page="members-detail",
            arguments=(("member_id", member.public_id),),
            icon="user",
        )
        for member in hits_of(text)
    ]


timeline_register(
    TimelineSource(
        key="sources",
        label=gettext_lazy("来源"),
        load=_timeline,
        permission="members.view",
        order=20,
    )
)
search_register(
    SearchSource(
        key="members",
        label=gettext_lazy("会员"),
        find=_hits,
        permission="members.view",
        order=10,
    )
)
command_register(
    Command(label=gettext_lazy("新建会员"), page="members-new", permission="members.edit", order=10)
)
