"""What of the room changes hands when two members become one."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.identity.participants import MergePair, merge_participant_register
from members.identity.rowmoves import rows_participant
from members.profile.models import CustomValue, Note
from members.profile.services import DIRTY
from members.segments.dirty import mark_dirty


def _dirty(pair: MergePair) -> None:
    mark_dirty([pair.source_id, pair.target_id], DIRTY)


# Where both have said something, what the one who stays has said holds.
merge_participant_register(
    rows_participant(
        "custom_values",
        CustomValue,
        order=22,
        label=_("自定义字段"),
        twins=("field_id",),
        settle=_dirty,
        settle_split=_dirty,
    )
)
merge_participant_register(rows_participant("notes", Note, order=24, label=_("备注")))
