"""What the API does to notes: one call each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from members.profile.models import Note
from members.profile.notes import note_edit, note_get_seen, note_pin


@transaction.atomic
def note_change(*, public_id: str, changes: Mapping[str, Any]) -> Note:
    """Change what is given; left out stays."""
    note = note_get_seen(public_id)
    if "text" in changes:
        note = note_edit(public_id=public_id, text=changes["text"])
    if "is_pinned" in changes:
        note = note_pin(public_id=public_id, is_pinned=changes["is_pinned"])
    return note
