"""A person leaves the brand's own fields and whatever colleagues wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from members.profile.models import CustomField, CustomValue, Note, TagGroupDirection
from members.profile.selectors import fields_ever, value_of
from scrm.core.persons import Person, eraser_register, exporter_register, kept_register
from scrm.tenants.wording import (
    label_of,
    members_rows_out,
    one_after_another,
    texts_out,
)


def _export(person: Person) -> Iterator[Mapping[str, object]]:
    fields = {field.pk: field for field in fields_ever()}
    rows = CustomValue.objects.filter(member_id__in=person.member_ids).order_by("field_id", "pk")
    for row in rows:
        field = fields[row.field_id]
        yield {"field": field.label, "value": value_of(row, field.kind)}


def _export_notes(person: Person) -> Iterator[Mapping[str, object]]:
    rows = Note.objects.filter(member_id__in=person.member_ids).order_by("at", "pk")
    yield from rows.values("text", "at", "edited_at")


eraser_register(
    "profile",
    order=25,
    label=_("自定义字段与备注"),
    # Notes about others may name the person, too.
    erase=one_after_another(
        members_rows_out(CustomValue), members_rows_out(Note), texts_out(Note, "text")
    ),
    tables=[label_of(CustomValue), label_of(Note)],
    count=lambda person: (
        CustomValue.objects.filter(member_id__in=person.member_ids).count()
        + Note.objects.filter(member_id__in=person.member_ids).count()
    ),
)
exporter_register("custom_values", order=25, label=_("自定义字段"), export=_export)
exporter_register("notes", order=26, label=_("备注"), export=_export_notes)
kept_register(
    label_of(CustomField),
    label_of(TagGroupDirection),
    why="the brand's own words about kinds of people",
)
