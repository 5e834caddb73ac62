"""Shapes of custom fields and notes on the wire."""

from __future__ import annotations

from rest_framework import serializers

from members.profile.models import Direction, FieldKind
from members.profile.rules import LONGEST_NOTE, MOST_CHOICES
from scrm.api.serializers import (
    ListQuery,
    Moment,
    StrictBoolean,
    StrictChoice,
    StrictList,
    StrictSerializer,
    StrictString,
)


class _FieldWords(StrictSerializer):
    choices = StrictList(
        child=StrictString(max_length=40), max_length=MOST_CHOICES, required=False,
        help_text="Options of a choice; members keep a value whose option is taken out.",
    )  # fmt: skip
    direction = StrictChoice(
        choices=Direction.choices, required=False, help_text="Where it stands in the persona."
    )


class CustomFieldIn(_FieldWords):
    """A question of the brand's own."""

    label = StrictString(max_length=40)  # type: ignore[assignment]  # a field of the wire
    key = StrictString(
        max_length=40, required=False, default="", allow_blank=True,
        help_text="Lower-case letters, digits and underscores; made up if left out. It never changes.",
    )  # fmt: skip
    kind = StrictChoice(choices=FieldKind.choices, help_text="It never changes.")


class CustomFieldPatch(_FieldWords):
    """What to change; left out stays."""

    label = StrictString(max_length=40, required=False)  # type: ignore[assignment]


class CustomFieldQuery(ListQuery):
    """Which fields."""

    archived = StrictBoolean(required=False, help_text="Archived ones instead of those in use.")


class CustomFieldOut(StrictSerializer):
    """A question of the brand's own; rules call it `custom.<key>`."""

    id = serializers.CharField(source="public_id")
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.ChoiceField(choices=FieldKind.choices)
    choices = serializers.ListField(child=serializers.CharField())
    direction = serializers.ChoiceField(choices=Direction.choices)
    archived_at = Moment(allow_null=True)


class NoteIn(StrictSerializer):
    """What to write down."""

    text = StrictString(max_length=LONGEST_NOTE)
    is_pinned = StrictBoolean(required=False, default=False)


class NotePatch(StrictSerializer):
    """What to change; left out stays."""

    text = StrictString(max_length=LONGEST_NOTE, required=False)
    is_pinned = StrictBoolean(required=False)


class NoteOut(StrictSerializer):
    """What somebody wrote about a member."""

    id = serializers.CharField(source="public_id")
    text = serializers.CharField()
    author = serializers.CharField(source="author_label")
    at = Moment()
    edited_at = Moment(allow_null=True)
    is_pinned = serializers.SerializerMethodField()

    def get_is_pinned(self, note: object) -> bool:
        return getattr(note, "pinned_at", None) is not None
