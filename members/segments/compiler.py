"""Rules as queries: typed columns and bound parameters only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from members.people.models import Member
from members.segments.fields import Rows, SegmentField, condition_check, field_get
from members.segments.rules import Condition, Group, Node, Not, conditions
from scrm.core import clock
from scrm.tenants.context import current_tenant

_LONGEST_NUMBER = 4
EVERYBODY, NOBODY = Q(), Q(pk__in=())
# Operators that are the opposite of another one; whoever has nothing here fulfils them.
POSITIVE = {
    "not_in": ("in", True),
    "ne": ("eq", True),
    "has_none": ("has_any", True),
    "not_set": ("is_set", True),
}


def rule_filter(
    queryset: QuerySet[Member], rule: Group, *, today: date | None = None
) -> QuerySet[Member]:
    """The members among ``queryset`` who fulfil the rule, each once. Checks every condition first.

    Days are counted back from ``today``, the brand's local day unless told otherwise.
    """
    aliases = {}
    for condition in conditions(rule):
        condition_check(condition)
        field = field_get(condition.field)
        if field.rows is None and "__" in field.path:
            aliases[_alias(field)] = F(field.path)
    # An alias instead of a path: the column is compared in one join, also when it is negated.
    day = today or clock.local_date(clock.now(), current_tenant().timezone)
    return queryset.alias(**aliases).filter(_Compiler(day).node(rule, negated=False))


def _alias(field: SegmentField) -> str:
    return f"segment_{field.path.replace('__', '_')}"


class _Compiler:
    """One rule on one day."""

    def __init__(self, today: date) -> None:
        self.today = today

    def node(self, node: Node, *, negated: bool) -> Q:
        """Negation travels down to the conditions, where "unknown" is settled: what is unknown is not so."""
        if isinstance(node, Not):
            return self.node(node.node, negated=not negated)
        if isinstance(node, Condition):
            return self._condition(node, negated=negated)
        wants_all = (node.mode == "all") != negated
        if wants_all and not negated:
            return _all(self._asked_together(node.nodes))
        parts = [self.node(part, negated=negated) for part in node.nodes]
        return _all(parts) if wants_all else _any(parts)

    def _asked_together(self, nodes: Sequence[Node]) -> list[Q]:
        """Conditions on a member's single row of another table read that table once, not once each."""
        parts: list[Q] = []
        shared: dict[Rows, Q] = {}
        for node in nodes:
            if isinstance(node, Condition) and (rows := _single_row(node)) is not None:
                field = field_get(node.field)
                found = self._compare(field, field.path, node.op, node.value)
                shared[rows] = shared.get(rows, EVERYBODY) & found
            else:
                parts.append(self.node(node, negated=False))
        for rows, found in shared.items():
            mine = rows.queryset().filter(**{rows.member: OuterRef("pk")})
            parts.append(Q(Exists(mine.filter(found))))
        return parts

    def _condition(self, condition: Condition, *, negated: bool) -> Q:
        field = field_get(condition.field)
        op, inverted = POSITIVE.get(condition.op, (condition.op, False))
        negated = negated != inverted
        if field.kind == "words":
            return _words(field, op, condition, negated=negated)
        if field.rows is not None:
            return self._rows(field, field.rows, op, condition, negated=negated)
        name = _alias(field) if "__" in field.path else field.path
        found = self._compare(field, name, op, condition.value)
        return ~found | Q(**{f"{name}__isnull": True}) if negated else found

    def _rows(
        self, field: SegmentField, rows: Rows, op: str, condition: Condition, *, negated: bool
    ) -> Q:
        mine = rows.queryset().filter(**{rows.member: OuterRef("pk")})
        found = self._compare(field, field.path, op, condition.value)
        if field.absent is not None and _holds(op, field.absent, condition.value):
            # Nobody's row says otherwise: true also for members without a row.
            q = Q(~Exists(mine.exclude(found)))
        else:
            q = Q(Exists(mine.filter(found)))
        return ~q if negated else q

    def _compare(self, field: SegmentField, name: str, op: str, value: Any) -> Q:
        if op == "is_set":
            return _known(field, name)
        if field.kind == "days":
            return self._days(field, name, op, value)
        if field.kind == "date":
            return _date(field, name, op, value)
        if field.kind in {"choice", "text"}:
            wanted = (
                [int(each) for each in value if _is_digits(each)] if field.is_integer else value
            )
            return Q(**{f"{name}__in": list(wanted)})
        if field.kind == "bool":
            return Q(**{name: value})
        return _number(name, op, value)

    def _days(self, field: SegmentField, name: str, op: str, value: Any) -> Q:
        """At least n days ago is: that day or before; at most n days ago: that day or after."""
        low, high = value if op == "between" else (value, value)
        found = Q()
        if op in {"gte", "between"}:
            found &= _until(field, name, self.today - timedelta(days=low))
        if op in {"lte", "between"}:
            found &= _from(field, name, self.today - timedelta(days=high))
        return found


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER


def _single_row(condition: Condition) -> Rows | None:
    field = field_get(condition.field)
    plain = condition.op not in POSITIVE and field.kind != "words" and field.absent is None
    return field.rows if plain and field.rows is not None and field.rows.is_single else None


def _all(parts: list[Q]) -> Q:
    found = EVERYBODY
    for part in parts:
        found &= part
    return found


def _any(parts: list[Q]) -> Q:
    if not parts:
        return NOBODY
    if any(
        not part for part in parts
    ):  # an empty Q would vanish from an OR, but it means everybody
        return EVERYBODY
    found = parts[0]
    for part in parts[1:]:
        found |= part
    return found


def _holds(op: str, value: int, wanted: Any) -> bool:
    if op == "between":
        return bool(wanted[0] <= value <= wanted[1])
    if op == "is_set":
        return True
    return bool({"gte": value >= wanted, "lte": value <= wanted, "eq": value == wanted}[op])


def _words(field: SegmentField, op: str, condition: Condition, *, negated: bool) -> Q:
    rows = field.rows
    assert rows is not None, "a field of words names its rows"  # noqa: S101
    told = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    values = field.standing(told)
    mine = rows.queryset().filter(**{rows.member: OuterRef("pk")})
    if op == "is_set":
        q = Q(Exists(mine))
    elif op == "has_any":
        q = Q(Exists(mine.filter(**{f"{field.path}__in": values})))
    else:
        q = _all([Q(Exists(mine.filter(**{field.path: value}))) for value in values])
    return ~q if negated else q


# -- comparisons: (field, column, operator, value) -> Q ----------------------------------------------


def _known(field: SegmentField, name: str) -> Q:
    found = Q(**{f"{name}__isnull": False})
    has_text = field.kind in {"choice", "text"} and not field.is_integer
    return found & ~Q(**{name: ""}) if has_text else found


def _number(name: str, op: str, value: Any) -> Q:
    if op == "between":
        return Q(**{f"{name}__gte": value[0], f"{name}__lte": value[1]})
    return Q(**{name if op == "eq" else f"{name}__{op}": value})


def _date(field: SegmentField, name: str, op: str, value: Any) -> Q:
    low, high = value if op == "between" else (value, value)
    found = Q()
    if op in {"gte", "between"}:
        found &= _from(field, name, date.fromisoformat(low))
    if op in {"lte", "between"}:
        found &= _until(field, name, date.fromisoformat(high))
    return found


def _from(field: SegmentField, name: str, day: date) -> Q:
    if not field.is_moment:
        return Q(**{f"{name}__gte": day})
    return Q(**{f"{name}__gte": clock.local_midnight(day, current_tenant().timezone)})


def _until(field: SegmentField, name: str, day: date) -> Q:
    if not field.is_moment:
        return Q(**{f"{name}__lte": day})
    return Q(
        **{f"{name}__lt": clock.local_midnight(day + timedelta(days=1), current_tenant().timezone)}
    )
