"""Notes: what colleagues write about a member, for each other."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from members.people.selectors import living_ids, member_get
from members.profile.models import Note
from members.profile.rules import LONGEST_NOTE
from members.profile.selectors import note_get
from scrm.core import clock
from scrm.core.errors import Forbidden, InvalidValue, NotFound
from scrm.events.actor import current_actor
from scrm.events.audit import record


def note_is_mine(note: Note) -> bool:
    """Whether who acts now has written it."""
    actor = current_actor()
    return (note.author_kind, note.author_id) == (actor.kind, actor.id)


def _text(text: str) -> str:
    text = text.strip()
    if not 0 < len(text) <= LONGEST_NOTE or "\x00" in text:
        raise InvalidValue(_("备注为 1 到 1000 个字"), pointer="/text")
    return text


def note_get_seen(public_id: str, *, is_deleted: bool = False) -> Note:
    """The note, locked, of a member the reader may see."""
    found = note_get(public_id)
    member_get(found.member.public_id)
    note = Note.objects.select_for_update().get(pk=found.pk)
    if (note.deleted_at is not None) != is_deleted:
        raise NotFound
    return note


def _record(action: str, note: Note) -> None:
    # What it says may name anybody: the log keeps that something was written, not what.
    member = note.member
    record(
        action,
        object_type="member",
        object_id=member.public_id,
        after={"note": note.public_id},
    )


@transaction.atomic
def note_add(*, member_public_id: str, text: str, is_pinned: bool = False) -> Note:
    """Write something down about a member."""
    member = member_get(member_public_id)
    actor, now = current_actor(), clock.now()
    note = Note.objects.create(
        member_id=living_ids([member.pk], lock=True)[member.pk],
        text=_text(text),
        author_kind=actor.kind,
        author_id=actor.id,
        author_label=actor.label[:80],
        at=now,
    )
    _record("members.note_added", note)
    return note_pin(public_id=note.public_id, is_pinned=True) if is_pinned else note


@transaction.atomic
def note_edit(*, public_id: str, text: str) -> Note:
    """Other words; only who wrote it may."""
    note = note_get_seen(public_id)
    if not note_is_mine(note):
        raise Forbidden(_("只有写备注的人可以修改"))
    text = _text(text)
    if text != note.text:
        note.text, note.edited_at = text, clock.now()
        note.save(update_fields=["text", "edited_at", "updated_at"])
        _record("members.note_edited", note)
    return note


@transaction.atomic
def note_pin(*, public_id: str, is_pinned: bool) -> Note:
    """Let it stand on the member's page instead of any other, or no longer."""
    note = note_get_seen(public_id)
    if (note.pinned_at is not None) == is_pinned:
        return note
    if is_pinned:
        others = Note.objects.filter(member_id=note.member_id).exclude(pinned_at=None)
        others.update(pinned_at=None, updated_at=clock.now())
    note.pinned_at = clock.now() if is_pinned else None
    note.save(update_fields=["pinned_at", "updated_at"])
    _record("members.note_pinned" if is_pinned else "members.note_unpinned", note)
    return note


@transaction.atomic
def note_delete(*, public_id: str) -> Note:
    """Take it away; it can be brought back."""
    note = note_get_seen(public_id)
    note.deleted_at = clock.now()
    note.save(update_fields=["deleted_at", "updated_at"])
    _record("members.note_deleted", note)
    return note


@transaction.atomic
def note_restore(*, public_id: str) -> Note:
    """Bring a deleted one back."""
    note = note_get_seen(public_id, is_deleted=True)
    note.deleted_at = None
    note.save(update_fields=["deleted_at", "updated_at"])
    _record("members.note_restored", note)
    return note
