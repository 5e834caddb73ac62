"""The registry of fields that rules may ask about. Whoever owns a figure registers it in its `fields.py`::

    field_register(SegmentField(
        key="points.available", label=_("可用积分"), group=_("积分"), kind="number", unit=_("分"),
        path="balance", rows=Rows(lambda: Account.objects.filter(kind="member_available"), member="owner_id"),
        absent=0,
    ))

``path`` is a column of the member (``city``, ``rollup__net_fen``), or of ``rows``: a query set with at most
one row per member. ``absent`` is the figure of a member without a row; without it such a member fulfils
no condition on the field.

Fields that differ from brand to brand come from a provider (`field_provider_register`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.segments.rules import UNARY, Condition, InvalidRule, Value
from scrm.tenants.context import current_tenant

# number: an integer · yuan: integer fen, shown in yuan · choice, text: words · bool · date: a stored
# day · days: days from a stored day or moment until today · words: a set per member, such as tags
Kind = Literal["number", "yuan", "choice", "text", "bool", "date", "days", "words"]
Text = str | Promise
Choices = Sequence[tuple[str, Text]]

OPERATORS: dict[Kind, tuple[str, ...]] = {
    "number": ("gte", "lte", "between", "eq", "ne"),
    "yuan": ("gte", "lte", "between", "eq", "ne"),
    "days": ("lte", "gte", "between"),
    "date": ("gte", "lte", "between"),
    "choice": ("in", "not_in"),
    "text": ("in", "not_in"),
    "bool": ("is",),
    "words": ("has_any", "has_all", "has_none"),
}
OPERATOR_WORDS: dict[str, Text] = {
    "gte": _("≥"),
    "lte": _("≤"),
    "between": _("介于"),
    "eq": _("="),
    "ne": _("≠"),
    "in": _("属于"),
    "not_in": _("不属于"),
    "is": pgettext_lazy("operator", "是"),
    "has_any": _("含任一"),
    "has_all": _("同时含"),
    "has_none": _("不含"),
    "is_set": pgettext_lazy("operator", "已知"),
    "not_set": pgettext_lazy("operator", "未知"),
}
MANY = frozenset({"in", "not_in", "has_any", "has_all", "has_none"})
MOST_VALUES = 200
MOST = 10**15
MOST_DAYS = 36_500
LONGEST = 128


@dataclass(frozen=True)
class Rows:
    """Another table's rows about members; `queryset` is called inside the tenant's scope."""

    queryset: Callable[[], QuerySet[Any]]
    member: str = "member_id"
    # At most one row per member: several conditions may be asked of it in one look-up.
    is_single: bool = False


@dataclass(frozen=True, kw_only=True)
class SegmentField:
    """One thing a rule may ask about."""

    key: str
    label: Text
    group: Text
    kind: Kind
    path: str
    unit: Text = ""
    choices: Choices | Callable[[], Choices] = ()
    rows: Rows | None = None
    absent: int | None = None
    # Where a brand may have more choices than a menu holds: find some by their words, and name chosen ones.
    search: Callable[[str], Choices] | None = None
    names: Callable[[Sequence[str]], Mapping[str, str]] | None = None
    # Values that have become others, such as merged tags: a rule that names one means the other.
    stands: Callable[[Sequence[str]], Mapping[str, str]] | None = None
    # For `choice` on a column of small integers: values are their digits.
    is_integer: bool = False
    # For `days` on a column that holds a moment instead of a day.
    is_moment: bool = False
    # Whether nothing may be known of a member here, so that one can ask for that; None: it follows from
    # where the figure stands.
    may_be_unknown: bool | None = None
    # The word that every writer of the figure passes to `mark_dirty`; without one nothing about the field
    # is kept in sets and every question runs as SQL.
    dirty: str = ""
    # The index that serves a condition on its own; empty: a condition reads everybody's row.
    index: str = ""
    order: int = 100

    @property
    def operators(self) -> tuple[str, ...]:
        return (*OPERATORS[self.kind], *(UNARY if self.is_optional else ()))

    @property
    def is_optional(self) -> bool:
        if self.may_be_unknown is not None:
            return self.may_be_unknown
        return self.kind == "words" or (self.rows is not None and self.absent is None)

    def options(self) -> Choices:
        return self.choices() if callable(self.choices) else self.choices

    def standing(self, values: Sequence[Any]) -> list[Any]:
        """The values as they are called now, each once."""
        now = self.stands(values) if self.stands is not None else {}
        return list(dict.fromkeys(now.get(value, value) for value in values))

    def option_label(self, value: object) -> str:
        text = str(value)
        if self.names is not None:
            return self.names([text]).get(text, text)
        return next((str(label) for known, label in self.options() if known == value), text)


FIELDS: dict[str, SegmentField] = {}
Provider = Callable[[], Sequence[SegmentField]]
_PROVIDERS: list[Provider] = []
_KEPT = "_segment_fields"


def field_register(field: SegmentField) -> None:
    """Declare a field; a key may be declared once."""
    if field.key in FIELDS:
        message = f"segment field {field.key} is registered twice"
        raise ValueError(message)
    FIELDS[field.key] = field


def field_provider_register(provider: Provider) -> None:
    """Declare fields of the brand itself. Called in the tenant's scope, once per scope.

    Whoever changes what the provider answers calls `fields_forget`.
    """
    _PROVIDERS.append(provider)


def fields_forget() -> None:
    """The brand's own fields have changed: ask the providers again."""
    current_tenant().__dict__.pop(_KEPT, None)


def _provided() -> dict[str, SegmentField]:
    # Kept with the tenant's row, which lives as long as the scope.
    kept: dict[str, dict[str, SegmentField]] = current_tenant().__dict__
    if _KEPT not in kept:
        kept[_KEPT] = {field.key: field for provider in _PROVIDERS for field in provider()}
    return kept[_KEPT]


def fields_listed() -> list[SegmentField]:
    """All fields as pickers show them, the brand's own among them."""
    return sorted(
        (*FIELDS.values(), *_provided().values()), key=lambda field: (field.order, field.key)
    )


def field_find(key: str) -> SegmentField | None:
    """The field of that key, if there is one."""
    return FIELDS.get(key) or _provided().get(key)


def field_get(key: str, *, pointer: str = "/rule") -> SegmentField:
    """The field of that key; InvalidRule if nobody registered it."""
    field = field_find(key)
    if field is None:
        raise InvalidRule("unknown field", pointer=pointer, field=key)
    return field


def condition_check(condition: Condition) -> None:
    """InvalidRule unless field, operator and value fit each other."""
    field = field_get(condition.field)
    if condition.op not in field.operators:
        raise InvalidRule(
            "this field does not have that operator", field=field.key, op=condition.op
        )
    if condition.op in UNARY:
        if condition.value is not True:
            raise InvalidRule("this operator takes no value", field=field.key)
        return
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    wants_list = condition.op in MANY or condition.op == "between"
    if wants_list != isinstance(condition.value, tuple):
        raise InvalidRule(
            "this operator takes a list" if wants_list else "this operator takes one value",
            field=field.key,
        )
    if condition.op in MANY and not 0 < len(values) <= MOST_VALUES:
        raise InvalidRule("1 to 200 values", field=field.key)
    for value in values:
        if not _fits(field, value):
            raise InvalidRule("the value does not fit the field", field=field.key)
    if condition.op == "between" and (len(values) != 2 or not values[0] <= values[1]):  # type: ignore[operator]  # noqa: PLR2004
        raise InvalidRule("a range is two values, the smaller first", field=field.key)


def _fits(field: SegmentField, value: Value) -> bool:
    if field.kind == "bool":
        return isinstance(value, bool)
    if field.kind in {"number", "yuan", "days"}:
        most = MOST_DAYS if field.kind == "days" else MOST
        return isinstance(value, int) and not isinstance(value, bool) and -most <= value <= most
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST or not _is_storable(value):
        return False
    if field.kind == "date":
        return _is_date(value)
    return True


def _is_storable(text: str) -> bool:
    return not any(char == "\x00" or "\ud800" <= char <= "\udfff" for char in text)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
