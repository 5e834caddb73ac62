"""Filters of the member list. Each is a segment field, so any filtered list can be saved as a segment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.people.models import Gender, MemberKind
from members.segments.fields import FIELDS, SegmentField, condition_check, field_find
from members.segments.rules import UNARY, Condition, Group, InvalidRule, Value, rule_parse
from members.segments.selectors import segment_get
from members.tags.selectors import tag_choices
from scrm.console.filters import ChoiceFilter, Choices, Filter, ListQuery, RangeFilter
from scrm.core.errors import NotFound
from scrm.core.money import fen_from_yuan

PREFIX = "f."


@dataclass(frozen=True)
class FieldFilter:
    """A control of the filter bar and the field it asks about."""

    filter: Filter
    field: str


def _options(key: str) -> Choices:
    return FIELDS[key].options()


def _choice(key: str, label: str | Promise, field: str, *, is_more: bool = True) -> FieldFilter:
    return FieldFilter(
        ChoiceFilter(key=key, label=label, choices=lambda: _options(field), is_more=is_more), field
    )


def field_filters() -> Sequence[FieldFilter]:
    """The bar's filters; those of other apps only where the app is there."""
    found = [
        _choice("source", _("渠道"), "member.source", is_more=False),
        FieldFilter(
            ChoiceFilter(
                key="wecom",
                label=_("企微"),
                choices=[("true", _("已添加")), ("false", _("未添加"))],
                is_single=True,
            ),
            "member.is_wecom_friend",
        ),
        FieldFilter(ChoiceFilter(key="tag", label=_("标签"), choices=tag_choices), "tags"),
        FieldFilter(RangeFilter(key="spent", label=_("累计消费"), unit="yuan"), "orders.net"),
        FieldFilter(RangeFilter(key="orders", label=_("累计订单"), unit="number"), "orders.count"),
        FieldFilter(RangeFilter(key="bought", label=_("上次消费日期")), "orders.last_paid_date"),
        FieldFilter(RangeFilter(key="joined", label=_("入会日期")), "member.registered_date"),
        FieldFilter(
            ChoiceFilter(
                key="gender", label=_("性别"), is_more=True,
                choices=[(Gender.MALE.value, Gender.MALE.label), (Gender.FEMALE.value, Gender.FEMALE.label)],
            ),
            "member.gender",
        ),
        FieldFilter(
            ChoiceFilter(key="kind", label=_("用户类型"), choices=MemberKind.choices, is_more=True), "member.kind"
        ),
    ]  # fmt: skip
    if "tier.code" in FIELDS:
        found.append(_choice("tier", _("等级"), "tier.code"))
    found += [
        _choice("stage", _("生命周期"), "lifecycle.stage"),
        _choice("pool", _("粉丝池"), "pool.stage"),
    ]
    if "rfm.segment" in FIELDS:
        found.insert(0, _choice("rfm", _("RFM 分群"), "rfm.segment", is_more=False))
    return found


def bar_conditions(query: ListQuery, filters: Sequence[FieldFilter]) -> Iterator[Condition]:
    """What the bar's filters ask for."""
    for item in filters:
        chosen = query.all(item.filter.key)
        if chosen:
            condition = _condition(FIELDS[item.field], item.filter, chosen)
            if condition is not None:
                yield condition


def _condition(field: SegmentField, item: Filter, chosen: Sequence[str]) -> Condition | None:
    if isinstance(item, ChoiceFilter):
        if field.kind == "bool":
            return Condition(field.key, "is", chosen[0] == "true")
        return Condition(field.key, "has_any" if field.kind == "words" else "in", tuple(chosen))
    low, high = (_end(text, item) for text in chosen)
    if low is None:
        return None if high is None else Condition(field.key, "lte", high)
    if high is None:
        return Condition(field.key, "gte", low)
    # Both ends are dates as text or both are integers; a range typed backwards is meant forwards.
    ends: list[Any] = [low, high]
    return Condition(field.key, "between", tuple(sorted(ends)))


def _end(text: str, item: RangeFilter) -> int | str | None:
    if not text:
        return None
    if item.unit == "date":
        return text
    try:
        return fen_from_yuan(text) if item.unit == "yuan" else int(text)
    except ValueError:
        return None


def link_conditions(data: QueryDict) -> Iterator[tuple[str, str, Condition]]:
    """Conditions of an address, as figures elsewhere link here: ``f.rfm.segment=in:loyal,lost``.

    Gives name and value of the parameter with each; what cannot be understood is left out.
    """
    for name in data:
        if not name.startswith(PREFIX):
            continue
        field = field_find(name.removeprefix(PREFIX))
        for text in data.getlist(name) if field is not None else ():
            op, _colon, value = text.partition(":")
            if field is None or op not in field.operators:
                continue
            condition = _read(field, op, value)
            if condition is not None:
                yield name, text, condition


def _read(field: SegmentField, op: str, text: str) -> Condition | None:
    parts = [part for part in text.split(",") if part]
    try:
        values = tuple(_value(field, part) for part in parts)
        if op in UNARY:
            values = (True,)
        is_many = op == "between" or op in {"in", "not_in", "has_any", "has_all", "has_none"}
        value: Value = values if is_many else values[0]
        condition = Condition(field.key, op, value)
        condition_check(condition)
    except (ValueError, IndexError, InvalidRule):
        return None
    return condition


def _value(field: SegmentField, text: str) -> str | int | bool:
    if field.kind in {"number", "yuan", "days"}:
        return int(text)
    if field.kind == "bool" and text not in {"true", "false"}:
        raise ValueError(text)
    return text == "true" if field.kind == "bool" else text


def rule_of(query: ListQuery, filters: Sequence[FieldFilter], data: QueryDict) -> Group:
    """Everything the list is narrowed by except the search box, as one rule."""
    linked = [condition for _name, _text, condition in link_conditions(data)]
    saved = [rule_parse(segment_get(key).rule) for key in query.all(SEGMENT)]
    return Group("all", (*bar_conditions(query, filters), *linked, *saved))


def _segment_label(public_id: str) -> str:
    try:
        return segment_get(public_id).name
    except NotFound:
        return ""


# A segment's size leads here.
SEGMENT = "segment"
SEGMENT_FILTER = ChoiceFilter(key=SEGMENT, label=_("人群"), is_hidden=True, label_of=_segment_label)
