"""Custom fields, what they hold, and notes: written, merged, forgotten, asked by rules."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from members.identity.merging import member_merge, member_split
from members.people.doors import member_change
from members.people.importing import members_import_take
from members.people.models import Member
from members.profile.errors import FieldNameTaken
from members.profile.models import CustomField, CustomValue, Note
from members.profile.notes import note_add, note_delete, note_edit, note_pin, note_restore
from members.profile.rules import FieldSpec, value_read, value_take
from members.profile.selectors import note_pinned, notes_of, values_of
from members.profile.services import (
    custom_field_archive,
    custom_field_change,
    custom_field_create,
    custom_values_change,
    custom_values_put,
)
from members.segments.fields import fields_listed
from members.segments.rules import InvalidRule
from members.segments.selectors import segment_query
from scrm.core.errors import Forbidden, InvalidTransition, InvalidValue, NotFound
from scrm.events.actor import acting_as
from scrm.events.models import AuditLog
from scrm.files.imports import import_kind, mapping_guess
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.factories.members import member
from tests.support.api import tenant

KINDS = {
    "text": ("说明", "喜欢清香"),
    "number": ("家庭人数", 4),
    "date": ("开店日", "2020-02-29"),
    "bool": ("有孩子", False),
    "choice": ("肤质", "干性"),
}


def fields() -> dict[str, CustomField]:
    """One of each kind, called by its kind."""
    return {
        kind: custom_field_create(
            label=label, kind=kind, key=kind, choices=("干性", "油性") if kind == "choice" else ()
        )
        for kind, (label, _value) in KINDS.items()
    }


def known(who: Member) -> dict[str, Any]:
    return values_of([who.pk])[who.pk]


def found(rule: dict[str, Any]) -> set[str]:
    asked = segment_query({"all": [rule]})
    return set(asked.values_list("display_name", flat=True))


def test_a_member_keeps_a_value_of_every_kind(brand: Tenant) -> None:
    fields()
    who = member()
    told = {kind: value for kind, (_label, value) in KINDS.items()}
    card = member_change(public_id=who.public_id, changes={"custom": told, "occupation": "茶艺师"})
    assert card.custom == told
    assert Member.objects.get(pk=who.pk).occupation == "茶艺师"
    assert known(who)["date"] == date(2020, 2, 29)
    assert known(who)["bool"] is False
    logged = AuditLog.objects.get(action="members.custom_changed")
    assert "干性" not in str(logged.after)
    # The same again writes nothing; null takes one away and leaves the others.
    custom_values_change(member_public_id=who.public_id, custom=told)
    assert AuditLog.objects.filter(action="members.custom_changed").count() == 1
    custom_values_change(member_public_id=who.public_id, custom={"choice": None})
    assert set(known(who)) == set(KINDS) - {"choice"}


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        ("number", True), ("number", 1.5), ("number", "4"), ("number", 10**16),
        ("bool", 1), ("bool", "true"), ("date", "2021-02-29"), ("date", "1203-01-01"), ("date", 5),
        ("choice", "中性"), ("text", 5), ("text", "x" * 201), ("text", "a\x00b"),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_refused_at_its_place(kind: str, bad: object) -> None:
    spec = FieldSpec(key=kind, kind=kind, choices=("干性",))
    with pytest.raises(InvalidValue) as refused:
        value_take(spec, bad, pointer=f"/custom/{kind}")
    assert refused.value.pointer == f"/custom/{kind}"


def test_people_may_write_numbers_days_and_yes_as_they_do() -> None:
    def read(kind: str, text: str) -> object:
        return value_read(FieldSpec(key="k", kind=kind), text, pointer="/k")

    assert read("number", " 12,000 ") == 12_000
    assert read("date", "2020/02/29") == date(2020, 2, 29)
    assert (read("bool", "是"), read("bool", "No"), read("bool", "")) == (True, False, None)
    with pytest.raises(InvalidValue):
        read("bool", "也许")


def test_an_unknown_or_archived_field_is_refused_and_values_stay(brand: Tenant) -> None:
    made = fields()
    who = member()
    custom_values_change(member_public_id=who.public_id, custom={"choice": "油性"})
    with pytest.raises(InvalidValue, match="没有这个字段"):
        custom_values_change(member_public_id=who.public_id, custom={"nothing": 1})
    custom_field_archive(public_id=made["choice"].public_id, is_archived=True)
    with pytest.raises(InvalidValue):
        custom_values_change(member_public_id=who.public_id, custom={"choice": "干性"})
    assert known(who) == {}
    # A name that is free again may be used again, and then the old one cannot come back.
    custom_field_create(label="肤质", kind="text", key="skin_2")
    with pytest.raises(FieldNameTaken):
        custom_field_archive(public_id=made["choice"].public_id, is_archived=False)
    assert CustomValue.objects.get(member=who).text == "油性"


def test_keys_and_labels_are_taken_once_and_fifty_are_enough(brand: Tenant) -> None:
    first = custom_field_create(label="肤质", kind="text", key="skin")
    with pytest.raises(FieldNameTaken):
        custom_field_create(label="另一个", kind="text", key="skin")
    with pytest.raises(FieldNameTaken):
        custom_field_create(label="肤质", kind="text")
    with pytest.raises(InvalidValue):
        custom_field_create(label="坏键", kind="text", key="9 x")
    with pytest.raises(InvalidValue):
        custom_field_create(label="没有选项", kind="choice")
    others = [custom_field_create(label=f"字段{n}", kind="number") for n in range(49)]
    assert len({field.key for field in others}) == 49
    with pytest.raises(InvalidTransition):
        custom_field_create(label="第 51 个", kind="text")
    custom_field_archive(public_id=others[0].public_id, is_archived=True)
    custom_field_create(label="又有位置", kind="text")
    with pytest.raises(InvalidTransition):
        custom_field_archive(public_id=others[0].public_id, is_archived=False)
    assert custom_field_change(public_id=first.public_id, label="皮肤").label == "皮肤"


def test_rules_ask_the_brands_own_fields_and_no_other_brands(brand: Tenant) -> None:
    fields()
    for name, told in {
        "一": {"choice": "干性", "number": 3, "bool": True, "date": "2020-05-01", "text": "绿茶"},
        "二": {"choice": "油性", "number": 5, "bool": False},
        "三": {},
    }.items():
        who = member(display_name=name)
        custom_values_change(member_public_id=who.public_id, custom=told)
    asked = {
        ("custom.choice", "in", ("干性",)): {"一"},
        ("custom.choice", "not_in", ("干性",)): {"二", "三"},
        ("custom.number", "gte", 4): {"二"},
        ("custom.bool", "is", False): {"二"},
        ("custom.date", "between", ("2020-01-01", "2020-12-31")): {"一"},
        ("custom.text", "is_set", True): {"一"},
        ("custom.text", "not_set", True): {"二", "三"},
    }
    for (field, op, value), wanted in asked.items():
        told = list(value) if isinstance(value, tuple) else value
        assert found({"field": field, "op": op, "value": told}) == wanted, (field, op)
    other = tenant()
    with tenant_scope(other):
        assert not [field for field in fields_listed() if field.key.startswith("custom.")]
        with pytest.raises(InvalidRule):
            found({"field": "custom.number", "op": "gte", "value": 4})


def test_an_archived_field_still_answers_the_rules_that_read_it(brand: Tenant) -> None:
    made = fields()
    who = member(display_name="一")
    custom_values_change(member_public_id=who.public_id, custom={"choice": "干性"})
    custom_field_archive(public_id=made["choice"].public_id, is_archived=True)
    assert found({"field": "custom.choice", "op": "in", "value": ["干性"]}) == {"一"}
    labels = {field.key: str(field.label) for field in fields_listed()}
    assert labels["custom.choice"] == "肤质（已停用）"


def test_a_file_fills_the_brands_own_columns_and_says_what_does_not_fit(brand: Tenant) -> None:
    fields()
    spec = import_kind("members")
    assert mapping_guess(spec, ["手机号", "肤质", "家庭人数", "城市"]) == [
        "phone", "custom.choice", "custom.number", "city",
    ]  # fmt: skip
    rows = [
        {"phone": "13800000001", "custom.choice": "干性", "custom.number": "1,200"},
        {"phone": "13800000002", "custom.choice": "别的"},
        {"phone": "13800000003", "custom.bool": "是", "occupation": "教师"},
    ]
    outcomes = members_import_take(rows, {"source": "import"})
    assert [getattr(each, "pointer", None) for each in outcomes] == [None, "/custom.choice", None]
    assert {tuple(sorted(known(who).items())) for who in Member.objects.all()} == {
        (("choice", "干性"), ("number", 1200)),
        (("bool", True),),
    }
    assert Member.objects.filter(occupation="教师").count() == 1
    before = list(CustomValue.objects.order_by("pk").values_list("pk", "updated_at"))
    assert members_import_take(rows, {"source": "import"})[0] is None
    assert list(CustomValue.objects.order_by("pk").values_list("pk", "updated_at")) == before


def test_values_and_notes_go_with_a_merge_and_come_back(brand: Tenant) -> None:
    made = fields()
    source, target = member(display_name="甲"), member(display_name="")
    custom_values_change(member_public_id=source.public_id, custom={"choice": "干性", "number": 1})
    custom_values_change(member_public_id=target.public_id, custom={"number": 2})
    note = note_add(member_public_id=source.public_id, text="爱喝绿茶", is_pinned=True)
    before = list(
        CustomValue.objects.order_by("member_id", "field_id").values(
            "member_id", "field_id", "text", "number"
        )
    )
    merge = member_merge(source=source.public_id, target=target.public_id, reason="同一个人")
    assert known(target) == {"choice": "干性", "number": 2}
    assert [each.pk for each in notes_of(target.pk)] == [note.pk]
    # A late word about the source is about the target.
    custom_values_put([(source.pk, made["text"], "晚到")])
    assert known(target)["text"] == "晚到"
    custom_values_put([(target.pk, made["text"], None)])
    member_split(merge=merge.public_id, reason="两个人")
    after = list(
        CustomValue.objects.order_by("member_id", "field_id").values(
            "member_id", "field_id", "text", "number"
        )
    )
    assert after == before
    assert note_pinned(source.pk) is not None
    assert note_pinned(target.pk) is None


def test_notes_are_their_authors_and_one_is_pinned(brand: Tenant) -> None:
    who = member()
    with acting_as("operator", id="opr_1", label="林晓"):
        first = note_add(member_public_id=who.public_id, text="  周五回电 ", is_pinned=True)
        second = note_add(member_public_id=who.public_id, text="收货地址变了")
        note_pin(public_id=second.public_id, is_pinned=True)
        edited = note_edit(public_id=first.public_id, text="周六回电")
    assert (edited.text, edited.author_label) == ("周六回电", "林晓")
    pinned = note_pinned(who.pk)
    assert pinned is not None
    assert pinned.pk == second.pk
    with acting_as("operator", id="opr_2", label="周"):
        with pytest.raises(Forbidden):
            note_edit(public_id=first.public_id, text="我改的")
        note_delete(public_id=second.public_id)
        with pytest.raises(NotFound):
            note_delete(public_id=second.public_id)
        assert [each.pk for each in notes_of(who.pk)] == [first.pk]
        note_restore(public_id=second.public_id)
    assert notes_of(who.pk).count() == 2
    assert not [row for row in AuditLog.objects.all() if "回电" in str(row.after)]
    for text in ("  ", "x" * 1001, "a\x00"):
        with pytest.raises(InvalidValue):
            note_add(member_public_id=who.public_id, text=text)
    assert Note.objects.count() == 2
