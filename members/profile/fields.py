"""The brand's own fields as segment fields; archived ones, too, for the rules that read them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.db.models import QuerySet
from django.utils.translation import gettext as _plain
from django.utils.translation import gettext_lazy as _

from members.profile.models import CustomField, CustomValue
from members.profile.rules import BOOL, COLUMNS
from members.profile.selectors import fields_ever
from members.profile.services import DIRTY
from members.segments.fields import Rows, SegmentField, field_provider_register

PREFIX = "custom."
_GROUP = _("自定义字段")
_INDEX = {
    "text": "custom_value_by_text",
    "number": "custom_value_by_number",
    "day": "custom_value_by_day",
}


def _rows(field_id: int) -> QuerySet[CustomValue]:
    return CustomValue.objects.filter(field_id=field_id)


def _choices(field: CustomField) -> list[tuple[str, str]]:
    if field.kind == BOOL:
        return [("true", _plain("是")), ("false", _plain("否"))]
    return [(choice, choice) for choice in field.choices]


def _label(field: CustomField) -> str:
    if field.archived_at is None:
        return field.label
    return _plain("%(label)s（已停用）") % {"label": field.label}


def _provide() -> Sequence[SegmentField]:
    return [
        SegmentField(
            key=f"{PREFIX}{field.key}",
            label=_label(field),
            group=_GROUP,
            kind=field.kind,  # type: ignore[arg-type]  # the kinds are words of segments, too
            path=COLUMNS[field.kind],
            choices=_choices(field),
            rows=Rows(partial(_rows, field.pk), is_single=True),
            dirty=DIRTY,
            index=_INDEX.get(COLUMNS[field.kind], ""),
            order=30 if field.archived_at is None else 199,
        )
        for field in fields_ever()
    ]


field_provider_register(_provide)
