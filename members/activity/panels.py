"""What a member did, on the member's page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from members.activity.models import Activity
from members.activity.names import NAMES, activity_label
from members.activity.selectors import activities_of
from members.people.sources import source_label
from scrm.console.elements import TimelineEntry
from scrm.console.panels import TimelineSource, timeline_register

_MINUTE = 60


def seconds_words(seconds: int) -> str:
    """A length of time in minutes and seconds."""
    minutes, rest = divmod(seconds, _MINUTE)
    if not minutes:
        return ngettext("%(count)s 秒", "%(count)s 秒", rest) % {"count": rest}
    return _("%(minutes)s 分 %(seconds)s 秒") % {"minutes": minutes, "seconds": rest}


def _body(row: Activity) -> str:
    parts = [source_label(row.channel)] if row.channel else []
    if row.seconds:
        parts.append(seconds_words(row.seconds))
    return _(" · ").join(parts)


def _entry(row: Activity) -> TimelineEntry:
    known = NAMES.get(row.name)
    is_value = known is not None and "value" in known.counts
    return TimelineEntry(
        at=row.occurred_at,
        title=activity_label(row.name) if known else _("其他行为 %(name)s") % {"name": row.name},
        body=_body(row),
        icon="award" if is_value else "activity",
        tone="good" if is_value else "neutral",
        kind="activity",
        channel=row.channel,
    )


def _timeline(member_id: int, before: datetime, limit: int) -> Sequence[TimelineEntry]:
    return [_entry(row) for row in activities_of(member_id, before=before, limit=limit)]


timeline_register(
    TimelineSource(
        key="activity",
        label=gettext_lazy("行为"),
        load=_timeline,
        permission="members.view",
        order=55,
    )
)
