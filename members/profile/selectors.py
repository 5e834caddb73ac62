"""Find fields, values and notes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Count, OuterRef, QuerySet, Subquery

from members.profile.models import (
    CustomField,
    CustomValue,
    Direction,
    Note,
    TagGroupDirection,
)
from members.profile.rules import COLUMNS, FieldSpec, Value, value_text
from members.tags.models import MemberTag, TagGroup
from scrm.core.errors import NotFound


def fields_in_use() -> QuerySet[CustomField]:
    """The brand's own fields, the oldest first."""
    return CustomField.objects.filter(archived_at=None).order_by("id")


def fields_ever() -> QuerySet[CustomField]:
    """Archived ones, too."""
    return CustomField.objects.order_by("id")


def fields_listed(*, is_archived: bool) -> QuerySet[CustomField]:
    """The fields in use, or the archived ones."""
    return CustomField.objects.filter(archived_at__isnull=not is_archived)


def field_get(public_id: str) -> CustomField:
    """The field with that public id; NotFound otherwise."""
    found = CustomField.objects.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def spec_of(field: CustomField) -> FieldSpec:
    """What values of the field are checked against."""
    return FieldSpec(key=field.key, kind=field.kind, choices=tuple(field.choices))


def value_of(row: CustomValue, kind: str) -> Value:
    """What the row holds."""
    found: Value = getattr(row, COLUMNS[kind])
    return None if found == "" else found


def values_of(
    member_ids: Collection[int], fields: Iterable[CustomField] | None = None
) -> dict[int, dict[str, Value]]:
    """Member → key of the field → value; what is not known is left out."""
    known = {field.pk: field for field in (fields_in_use() if fields is None else fields)}
    found: dict[int, dict[str, Value]] = {member_id: {} for member_id in member_ids}
    if not known:
        return found
    rows = CustomValue.objects.filter(member_id__in=list(member_ids), field_id__in=list(known))
    for row in rows.order_by("field_id"):
        field = known[row.field_id]
        value = value_of(row, field.kind)
        if value is not None:
            found[row.member_id][field.key] = value
    return found


def fields_with_values(member_id: int) -> list[tuple[CustomField, Value]]:
    """Every field in use with what is known of the member."""
    fields = list(fields_in_use())
    known = values_of([member_id], fields)[member_id]
    return [(field, known.get(field.key)) for field in fields]


def values_listed(member_id: int) -> list[tuple[CustomField, Value]]:
    """What is known of the member in fields in use, in one question."""
    rows = CustomValue.objects.filter(member_id=member_id, field__archived_at=None)
    return [
        (row.field, value_of(row, row.field.kind))
        for row in rows.select_related("field").order_by("field_id")
    ]


def value_words(field: CustomField, value: Value) -> str:
    """The value as people read it."""
    return value_text(field.kind, value)


def field_counts() -> dict[int, int]:
    """Field → how many members have a value; in one question."""
    rows = CustomValue.objects.values("field_id").annotate(members=Count("pk"))
    return {row["field_id"]: row["members"] for row in rows}


def notes_of(member_id: int) -> QuerySet[Note]:
    """What was written about the member, the newest first."""
    return Note.objects.filter(member_id=member_id, deleted_at=None).order_by("-at", "-id")


def notes_before(member_id: int, *, before: datetime, limit: int) -> list[Note]:
    """The newest notes before a moment."""
    return list(notes_of(member_id).filter(at__lt=before)[:limit])


def note_pinned(member_id: int) -> Note | None:
    """The note that stands on the member's page."""
    return notes_of(member_id).exclude(pinned_at=None).order_by("-pinned_at", "-id").first()


def note_get(public_id: str) -> Note:
    """The note with that public id, also a deleted one; NotFound otherwise."""
    found = Note.objects.select_related("member").filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def tags_by_direction(member_id: int) -> dict[str, list[str]]:
    """Direction → names of the member's tags whose group stands under it."""
    found: dict[str, list[str]] = {key: [] for key in Direction.values}
    stands = TagGroupDirection.objects.filter(group_id=OuterRef("tag__group_id"))
    worn = MemberTag.objects.filter(member_id=member_id).annotate(
        direction=Subquery(stands.values("direction")[:1])
    )
    rows = worn.exclude(direction=None).order_by("-at", "-id")
    for name, direction in rows.values_list("tag__name", "direction"):
        found[direction].append(name)
    return found


def persona_groups() -> list[TagGroup]:
    """Tag groups that can be placed, the oldest first."""
    return list(TagGroup.objects.order_by("id")[:100])


def persona_directions() -> dict[int, str]:
    """Tag group → direction it stands under."""
    return dict(TagGroupDirection.objects.values_list("group_id", "direction"))
