"""Definitions of computed tags: checked, in words, and as a statement that names who wears the tag."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.utils.translation import gettext as _

from members.people.models import GONE, Member
from members.segments.compiler import rule_filter
from members.segments.fields import condition_check
from members.segments.rules import InvalidRule, conditions, rule_json, rule_parse
from members.segments.words import rule_words
from members.tags.measures import ALGORITHMS, MEASURES, TagMeasure
from members.tags.models import TagKind
from scrm.core import clock
from scrm.core.errors import InvalidValue
from scrm.core.money import yuan_text
from scrm.tenants.context import current_tenant, require_tenant_id

_MOST = 10**15
_WINDOW = 30
Definition = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A statement that answers (member_id, value) of everybody who should wear a tag."""

    sql: str
    values: dict[str, Any]


def definition_checked(kind: str, told: object) -> Definition:
    """The definition as it is stored; InvalidValue or InvalidRule if it cannot be computed."""
    data = told if isinstance(told, dict) else {}
    if kind == TagKind.RULE and set(data) == {"rule"}:
        rule = rule_parse(data["rule"])
        for condition in conditions(rule):
            condition_check(condition)
        if not rule.nodes:
            raise InvalidRule(_("规则至少要有一个条件"), pointer="/definition/rule")
        return {"rule": rule_json(rule)}
    if kind == TagKind.STATISTICAL:
        return _statistical(data)
    if kind == TagKind.ALGORITHMIC and set(data) == {"algorithm"} and _known(data, ALGORITHMS):
        return {"algorithm": data["algorithm"]}
    if kind in {TagKind.MANUAL, TagKind.WECOM} and not data:
        return {}
    raise InvalidValue(_("定义与标签类型不符"), pointer="/definition")


def _known(data: Definition, registry: Collection[str]) -> bool:
    key = next(iter(data.values()))
    return isinstance(key, str) and key in registry


def _statistical(data: Definition) -> Definition:
    key = data.get("measure")
    measure = MEASURES.get(key) if isinstance(key, str) else None
    if measure is None:
        raise InvalidValue(_("没有这个统计项"), pointer="/definition/measure")
    rest = {name: value for name, value in data.items() if name != "measure" and value is not None}
    if measure.kind == "flag" and not rest:
        return {"measure": measure.key}
    if measure.kind == "choice" and set(rest) == {"in"}:
        words = rest["in"]
        known = {value for value, _label in measure.choices}
        if isinstance(words, list) and words and all(word in known for word in words):
            return {"measure": measure.key, "in": list(dict.fromkeys(words))}
    if measure.has_number and rest and set(rest) <= {"from", "to"} and _is_range(rest):
        return {"measure": measure.key, **rest}
    raise InvalidValue(_("请填写统计项的取值范围"), pointer="/definition")


def _is_range(rest: Definition) -> bool:
    numbers = [rest[name] for name in ("from", "to") if name in rest]
    if not all(type(number) is int and abs(number) <= _MOST for number in numbers):
        return False
    return numbers == sorted(numbers)


def definition_words(kind: str, definition: Definition) -> str:
    """The definition as a sentence in the reader's language; empty for tags put on by hand."""
    if kind == TagKind.RULE and "rule" in definition:
        try:
            return rule_words(rule_parse(definition["rule"]))
        except InvalidRule:
            return _("规则已失效")
    if kind == TagKind.ALGORITHMIC and "algorithm" in definition:
        known = ALGORITHMS.get(definition["algorithm"])
        return (
            f"{known.label} {known.model_version}"
            if known is not None
            else str(definition["algorithm"])
        )
    measure = MEASURES.get(definition.get("measure", ""))
    return _measure_words(measure, definition) if measure is not None else ""


def _measure_words(measure: TagMeasure, definition: Definition) -> str:
    if "in" in definition:
        labels = dict(measure.choices)
        words = _("、").join(str(labels.get(word, word)) for word in definition["in"])
        return f"{measure.label}：{words}"
    low, high = definition.get("from"), definition.get("to")
    if low is not None and high is not None:
        span = _("%(low)s 至 %(high)s") % {
            "low": value_words(measure, low),
            "high": value_words(measure, high),
        }
        return f"{measure.label} {span}"
    if low is not None:
        return f"{measure.label} ≥ {value_words(measure, low)}"
    return (
        f"{measure.label} ≤ {value_words(measure, high)}"
        if high is not None
        else str(measure.label)
    )


def value_words(measure: TagMeasure, value: int) -> str:
    """A figure of the measure with its unit: `¥1,234.50`, `3 单`."""
    if measure.kind == "yuan":
        whole, part = yuan_text(value).split(".")
        return f"¥{int(whole):,}.{part}"
    return f"{value:,} {measure.unit}".strip()


def definition_fields(kind: str, definition: Definition) -> frozenset[str]:
    """Parts of fields whose facts change who wears the tag, before the night comes."""
    if kind == TagKind.RULE and "rule" in definition:
        rule = rule_parse(definition["rule"])
        return frozenset(condition.field.partition(".")[0] for condition in conditions(rule))
    measure = MEASURES.get(definition.get("measure", ""))
    return measure.fields if measure is not None else frozenset()


def wanted_of(
    kind: str, definition: Definition, *, day: date, member_ids: Collection[int] | None = None
) -> Wanted:
    """Who should wear the tag on that local day, among these members or among all."""
    if kind == TagKind.RULE:
        found = _by_rule(definition)
    elif kind == TagKind.STATISTICAL:
        found = _by_measure(definition, day)
    else:
        found = _by_algorithm(definition, day)
    sql = (
        f"SELECT w.member_id, w.value FROM ({found.sql}) AS w(member_id, value) "  # noqa: S608 - our own parts
        "JOIN members_member p ON p.tenant_id = %(tenant)s AND p.id = w.member_id "
        "WHERE NOT p.status = ANY(%(gone)s)"
    )
    values = {**found.values, "tenant": require_tenant_id(), "gone": list(GONE)}
    if member_ids is not None:
        return Wanted(
            sql=f"{sql} AND p.id = ANY(%(only)s)", values={**values, "only": list(member_ids)}
        )
    return Wanted(sql=sql, values=values)


def _by_rule(definition: Definition) -> Wanted:
    people = rule_filter(Member.objects.all(), rule_parse(definition["rule"])).values_list("pk")
    try:
        sql, params = people.query.sql_with_params()
    except EmptyResultSet:  # the rule can find nobody
        return Wanted(sql="SELECT NULL::bigint, NULL::bigint WHERE false", values={})
    named = {f"rule_{place}": value for place, value in enumerate(params)}
    names = iter(named)
    text = re.sub(r"%%|%s", lambda hit: "%%" if hit[0] == "%%" else f"%({next(names)})s", sql)
    return Wanted(sql=f"SELECT r.id, NULL::bigint FROM ({text}) AS r(id)", values=named)  # noqa: S608


def _by_measure(definition: Definition, day: date) -> Wanted:
    measure = MEASURES[definition["measure"]]
    zone = current_tenant().timezone
    values: dict[str, Any] = {
        "day": day,
        "start": clock.local_midnight(day - timedelta(days=_WINDOW - 1), zone),
        "end": clock.local_midnight(day + timedelta(days=1), zone),
        "after": day - timedelta(days=_WINDOW),
        "zone": zone,
    }
    shown, where = "m.value", "true"
    if measure.kind == "choice":
        shown, where, values["words"] = "NULL::bigint", "m.value = ANY(%(words)s)", definition["in"]
    elif measure.has_number:
        where = "m.value >= %(low)s AND m.value <= %(high)s"
        values |= {"low": definition.get("from", -_MOST), "high": definition.get("to", _MOST)}
    sql = f"SELECT m.member_id, {shown} FROM ({measure.sql}) AS m(member_id, value) WHERE {where}"  # noqa: S608
    return Wanted(sql=sql, values=values)


def _by_algorithm(definition: Definition, day: date) -> Wanted:
    named = list(ALGORITHMS[definition["algorithm"]].run(day))
    return Wanted(
        sql="SELECT * FROM unnest(%(keys)s::bigint[], %(figures)s::bigint[])",
        values={
            "keys": [member_id for member_id, _value in named],
            "figures": [value for _member_id, value in named],
        },
    )
