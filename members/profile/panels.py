"""What the room shows on a member's page: notes as a tab, and what happened to people's contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.people.selectors import members_by_id
from members.people.sources import source_label
from members.profile.facts import order_facts, own_facts, pulse_facts
from members.profile.models import Note
from members.profile.notes import note_is_mine
from members.profile.persona import persona_register
from members.profile.relations import relations_of
from members.profile.selectors import notes_before, notes_of
from scrm.console.elements import TimelineEntry
from scrm.console.panels import Panel, TimelineSource, panel_register, timeline_register
from scrm.wecom.models import DeletedBy, FollowRelation

_SHOWN = 100


def notes_shown(member_id: int) -> Mapping[str, object]:
    """The newest notes, and which of them the reader may change."""
    member = members_by_id([member_id])[member_id]
    notes = list(notes_of(member_id)[:_SHOWN])
    return {"notes": [(note, note_is_mine(note)) for note in notes], "member": member}


def _entry(note: Note) -> TimelineEntry:
    words = _("%(name)s 写了备注") if note.author_label else _("写了备注")
    return TimelineEntry(
        at=note.at,
        title=words % {"name": note.author_label},
        body=note.text,
        icon="edit",
        kind="note",
    )


def _notes(member_id: int, before: datetime, limit: int) -> Sequence[TimelineEntry]:
    return [_entry(note) for note in notes_before(member_id, before=before, limit=limit)]


_ENDED = {
    DeletedBy.STAFF: gettext_lazy("%(name)s 删除了客户"),
    DeletedBy.CUSTOMER: gettext_lazy("客户删除了 %(name)s"),
    DeletedBy.SYNC: gettext_lazy("与 %(name)s 的好友关系已结束"),
    "": gettext_lazy("与 %(name)s 的好友关系已结束"),
}


def _friendships(relation: FollowRelation) -> list[TimelineEntry]:
    name = relation.staff.name or relation.staff.userid
    channel = source_label("wecom")
    found = []
    if relation.added_at is not None:
        found.append(
            TimelineEntry(
                at=relation.added_at, title=_("添加了 %(name)s") % {"name": name},
                icon="user-plus", tone="good", kind="contact", channel=channel,
            )
        )  # fmt: skip
    if relation.deleted_at is not None:
        words = str(_ENDED.get(relation.deleted_by, _ENDED[""]))
        found.append(
            TimelineEntry(
                at=relation.deleted_at, title=words % {"name": name},
                icon="x", tone="bad", kind="contact", channel=channel,
            )
        )  # fmt: skip
    return found


def _contacts(member_id: int, before: datetime, limit: int) -> Sequence[TimelineEntry]:
    """A member has a handful of friendships: all of them are read."""
    entries = [each for relation in relations_of(member_id) for each in _friendships(relation)]
    past = [entry for entry in entries if entry.at < before]
    return sorted(past, key=lambda entry: entry.at, reverse=True)[:limit]


panel_register(
    Panel(
        key="notes",
        slot="tab",
        label=gettext_lazy("备注"),
        template="members/profile/_notes.html",
        load=notes_shown,
        permission="members.view",
        order=80,
    )
)
timeline_register(
    TimelineSource(
        key="notes", label=gettext_lazy("备注"), load=_notes, permission="members.view", order=60
    )
)
timeline_register(
    TimelineSource(
        key="contacts", label=gettext_lazy("好友"), load=_contacts, permission="members.view", order=25
    )
)  # fmt: skip
persona_register("people", own_facts, order=10)
persona_register("orders", order_facts, permission="orders.view", order=20)
persona_register("pulse", pulse_facts, order=30)
