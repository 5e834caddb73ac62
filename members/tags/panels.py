"""What a member's page shows of the tags that went on and came off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.tags.rules import CAUSES, SOURCES
from members.tags.selectors import Change, tag_changes
from scrm.console.elements import TimelineEntry
from scrm.console.panels import TimelineSource, timeline_register


def _timeline(member_id: int, before: datetime, limit: int) -> Sequence[TimelineEntry]:
    """Tags that went on or came off in one act stand in one entry."""
    acts: dict[tuple[datetime, bool, str], list[str]] = {}
    for each in tag_changes(member_id, before=before, limit=limit):
        acts.setdefault((each.at, each.is_on, _why(each)), []).append(each.name)
    return [
        TimelineEntry(
            at=at,
            title=_titled(_("打上标签 %(names)s") if is_on else _("去除标签 %(names)s"), names),
            body=why,
            icon="tag",
            tone="info" if is_on else "muted",
            kind="tag",
        )
        for (at, is_on, why), names in acts.items()
    ]


def _titled(words: str, names: Iterable[str]) -> str:
    return words % {"names": _("、").join(names)}


def _why(change: Change) -> str:
    known = SOURCES if change.is_on else CAUSES
    return str(known.get(change.why, change.why))


timeline_register(
    TimelineSource(
        key="tags",
        label=gettext_lazy("标签"),
        load=_timeline,
        permission="members.view",
        order=30,
    )
)
