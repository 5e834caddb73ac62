"""Define fields, write what they hold, and say where tag groups stand in a persona."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from members.people.models import Member
from members.people.selectors import living_ids, member_get
from members.profile.errors import FieldNameTaken
from members.profile.models import CustomField, CustomValue, Direction, FieldKind, TagGroupDirection
from members.profile.rules import (
    BOOL,
    CHOICE,
    DATE,
    KEY,
    MOST_FIELDS,
    NUMBER,
    TEXT,
    Value,
    choices_checked,
    value_take,
)
from members.profile.selectors import (
    field_get,
    fields_in_use,
    persona_directions,
    spec_of,
    value_of,
)
from members.rows import Col, rows_insert
from members.segments.dirty import mark_dirty
from members.segments.fields import fields_forget
from members.tags.models import TagGroup
from scrm.core import clock
from scrm.core.errors import InvalidTransition, InvalidValue
from scrm.events.audit import record
from scrm.tenants.context import require_tenant_id

# The word that segment fields of the room listen to.
DIRTY = "custom"
_COLUMNS = (
    Col("member_id", "bigint"),
    Col("field_id", "bigint"),
    Col("text", "text"),
    Col("number", "bigint"),
    Col("day", "date"),
    Col("flag", "boolean"),
)
_WRITE = """
    ON CONFLICT (tenant_id, member_id, field_id) DO UPDATE
    SET text = excluded.text, number = excluded.number, day = excluded.day, flag = excluded.flag,
        updated_at = excluded.updated_at
    WHERE (members_customvalue.text, members_customvalue.number, members_customvalue.day,
           members_customvalue.flag)
          IS DISTINCT FROM (excluded.text, excluded.number, excluded.day, excluded.flag)
"""
_EMPTY = """
    DELETE FROM members_customvalue v USING unnest(%s::bigint[], %s::bigint[]) AS x(member_id, field_id)
    WHERE v.tenant_id = %s AND v.member_id = x.member_id AND v.field_id = x.field_id
    RETURNING v.member_id
"""


# -- fields ---------------------------------------------------------------------------------------


@transaction.atomic
def custom_field_create(
    *,
    label: str,
    kind: str,
    key: str = "",
    choices: Sequence[str] = (),
    direction: str = Direction.BASIC,
) -> CustomField:
    """A new question. Without a key it gets one of its own; the kind never changes."""
    used = set(CustomField.objects.values_list("key", flat=True))
    _room_check()
    key = key.strip() or next(
        made for number in range(1, len(used) + 2) if (made := f"field_{number}") not in used
    )
    if not KEY.fullmatch(key):
        raise InvalidValue(
            _("键由小写字母、数字和下划线组成，以字母开头，最长 40 个"), pointer="/key"
        )
    if kind not in FieldKind.values:
        raise InvalidValue("unknown kind", pointer="/kind")
    if key in used:
        raise FieldNameTaken("another field has this key", pointer="/key")
    field = CustomField(
        key=key, label=_label(label), kind=kind,
        choices=choices_checked(kind, choices), direction=_direction(direction),
    )  # fmt: skip
    _save(field)
    record(
        "members.field_created",
        object_type="custom_field",
        object_id=field.public_id,
        after={"key": key, "kind": kind, **_audited(field)},
    )
    return field


@transaction.atomic
def custom_field_change(
    *,
    public_id: str,
    label: str | None = None,
    choices: Sequence[str] | None = None,
    direction: str | None = None,
) -> CustomField:
    """Other words, other options, another place in the persona; what members have stays."""
    field = _locked(public_id)
    before = _audited(field)
    if label is not None:
        field.label = _label(label)
    if choices is not None:
        field.choices = choices_checked(field.kind, choices)
    if direction is not None:
        field.direction = _direction(direction)
    after = _audited(field)
    if after != before:
        _save(field)
        record(
            "members.field_changed",
            object_type="custom_field",
            object_id=field.public_id,
            before={name: value for name, value in before.items() if after[name] != value},
            after={name: value for name, value in after.items() if before[name] != value},
        )
    return field


@transaction.atomic
def custom_field_archive(*, public_id: str, is_archived: bool) -> CustomField:
    """Ask no longer, or again. Values stay, and rules that read the field go on."""
    field = _locked(public_id)
    if (field.archived_at is not None) == is_archived:
        return field
    if not is_archived:
        _room_check()
    field.archived_at = clock.now() if is_archived else None
    _save(field)
    record(
        "members.field_archived" if is_archived else "members.field_restored",
        object_type="custom_field",
        object_id=field.public_id,
        after=_audited(field),
    )
    return field


def _locked(public_id: str) -> CustomField:
    return CustomField.objects.select_for_update().get(pk=field_get(public_id).pk)


def _room_check() -> None:
    if fields_in_use().count() >= MOST_FIELDS:
        raise InvalidTransition(_("最多 50 个自定义字段，请先停用不用的"))


def _label(label: str) -> str:
    label = label.strip()
    if not 0 < len(label) <= 40 or "\x00" in label:  # noqa: PLR2004
        raise InvalidValue(_("名称为 1 到 40 个字"), pointer="/label")
    return label


def _direction(direction: str) -> str:
    if direction not in Direction.values:
        raise InvalidValue("unknown direction", pointer="/direction")
    return direction


def _save(field: CustomField) -> None:
    try:
        with transaction.atomic():
            field.save()
    except IntegrityError as error:
        raise FieldNameTaken(_("已有同名的字段"), pointer="/label") from error
    fields_forget()


def _audited(field: CustomField) -> dict[str, str]:
    return {
        "label": field.label,
        "choices": _("、").join(field.choices),
        "direction": field.direction,
    }


# -- values ---------------------------------------------------------------------------------------


def _row(member_id: int, field: CustomField, value: Value) -> tuple[object, ...]:
    return (
        member_id,
        field.pk,
        value if field.kind in {TEXT, CHOICE} else "",
        value if field.kind == NUMBER else None,
        value if field.kind == DATE else None,
        value if field.kind == BOOL else None,
    )


def custom_values_put(told: Sequence[tuple[int, CustomField, Value]]) -> set[int]:
    """Write values of many members, the last word per member and field; None takes one away.

    In the caller's transaction; values are checked already. Tells whose changed.
    """
    if not told:
        return set()
    living = living_ids({member_id for member_id, _field, _value in told}, lock=True)
    last = {(living[member_id], field.pk): (field, value) for member_id, field, value in told}
    rows = [
        _row(member_id, field, value)
        for (member_id, _pk), (field, value) in sorted(last.items(), key=lambda item: item[0])
        if value is not None
    ]
    gone = sorted(key for key, (_field, value) in last.items() if value is None)
    found = rows_insert(CustomValue, _COLUMNS, rows, conflict=_WRITE, returning="member_id")
    if gone:
        with connection.cursor() as cursor:
            pairs = [list(column) for column in zip(*gone, strict=True)]
            cursor.execute(_EMPTY, [*pairs, require_tenant_id()])
            found += cursor.fetchall()
    changed = {row[0] for row in found}
    mark_dirty(changed, DIRTY)
    return changed


@transaction.atomic
def custom_values_change(*, member_public_id: str, custom: Mapping[str, object]) -> Member:
    """Set what is given by key, each with the type of its field; null empties. Left out stays."""
    member = member_get(member_public_id)
    known = {field.key: field for field in fields_in_use()}
    told: list[tuple[int, CustomField, Value]] = []
    for key, given in custom.items():
        if key not in known:
            raise InvalidValue(_("没有这个字段"), pointer=f"/custom/{key}")
        value = value_take(spec_of(known[key]), given, pointer=f"/custom/{key}")
        told.append((member.pk, known[key], value))
    stored = {
        row.field_id: row
        for row in CustomValue.objects.filter(
            member_id=member.pk, field_id__in=[field.pk for _member, field, _value in told]
        )
    }
    changing = [
        (member_id, field, value)
        for member_id, field, value in told
        if _stored(stored.get(field.pk), field) != value
    ]
    if custom_values_put(changing):
        # What people are like is personal: the log says which fields changed, not to what.
        record(
            "members.custom_changed",
            object_type="member",
            object_id=member.public_id,
            after={"fields": sorted(field.label for _member, field, _value in changing)},
        )
    return member


def _stored(row: CustomValue | None, field: CustomField) -> str | int | bool | date | None:
    return None if row is None else value_of(row, field.kind)


# -- where tags stand -----------------------------------------------------------------------------


@transaction.atomic
def persona_groups_set(directions: Mapping[int, str]) -> None:
    """Tag group → direction; an empty one takes the group out of the persona. Others stay."""
    before = persona_directions()
    changed = {
        group.pk: (group.label, directions[group.pk])
        for group in TagGroup.objects.filter(pk__in=list(directions)).order_by("pk")
        if before.get(group.pk, "") != directions[group.pk]
    }
    for group_id, (_name, direction) in changed.items():
        if direction:
            TagGroupDirection.objects.update_or_create(
                group_id=group_id, defaults={"direction": _direction(direction)}
            )
        else:
            TagGroupDirection.objects.filter(group_id=group_id).delete()
    if changed:
        record(
            "members.persona_groups_changed",
            object_type="tag_group",
            object_id="",
            before={name: before.get(key, "") for key, (name, _to) in changed.items()},
            after=dict(changed.values()),
        )
