"""Paging by place instead of page number, and counts that stop counting.

A token holds the sort values and key of a row; the next page starts behind it. Deep pages cost
what the first page costs, as long as an index serves the order.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Q

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

COUNT_CAP = 10_000

Row = TypeVar("Row")
Other = TypeVar("Other")


@dataclass(frozen=True, kw_only=True)
class Total:
    """How many rows there are; `is_capped` means at least that many (shown as 10,000+)."""

    count: int
    is_capped: bool = False


@dataclass(frozen=True, kw_only=True)
class Slice(Generic[Row]):
    """One screenful; empty tokens mean there is nothing further that way."""

    rows: Sequence[Row]
    next: str = ""
    previous: str = ""

    def with_rows(self, rows: Sequence[Other]) -> Slice[Other]:
        return Slice(rows=rows, next=self.next, previous=self.previous)


def total_capped(queryset: QuerySet[Any], *, cap: int = COUNT_CAP) -> Total:
    """Count at most `cap` rows, so that a million matches cost no more than ten thousand."""
    seen = queryset.order_by().values("pk")[: cap + 1].count()
    return Total(count=min(seen, cap), is_capped=seen > cap)


def keyset_slice(
    queryset: QuerySet[Any],
    *,
    order: Sequence[str],
    after: str = "",
    before: str = "",
    limit: int = 50,
) -> Slice[Any]:
    """One page of a query set in `order`, which must end on a unique column and hold no nulls.

    A token that was tampered with or made for another order is ignored: the first page is shown.
    """
    backwards = bool(before) and not after
    place = _token_read(before if backwards else after, size=len(order))
    names = [_flip(name) for name in order] if backwards else list(order)
    found = queryset.order_by(*names)
    if place is not None:
        try:
            found = found.filter(_beyond(names, place))
        except (TypeError, ValueError, ValidationError):
            place = None
    rows = list(found[: limit + 1])
    more, rows = len(rows) > limit, rows[:limit]
    if backwards:
        rows.reverse()
    if not rows:
        return Slice(rows=rows)
    first, last = (_token_make(row, order) for row in (rows[0], rows[-1]))
    if backwards:
        return Slice(rows=rows, next=last, previous=first if more else "")
    return Slice(rows=rows, next=last if more else "", previous=first if place is not None else "")


def _flip(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _beyond(names: Sequence[str], place: Sequence[Any]) -> Q:
    """Rows after a place in a mixed order: a < x, or a = x and b < y, …"""
    condition = Q()
    for position in range(len(names)):
        step = Q()
        for name, value in zip(names[:position], place[:position], strict=True):
            step &= Q(**{name.lstrip("-"): value})
        name = names[position]
        comparison = "lt" if name.startswith("-") else "gt"
        step &= Q(**{f"{name.lstrip('-')}__{comparison}": place[position]})
        condition |= step
    # Redundant, but one plain range on the leading column is what an index can start from.
    lead = names[0]
    bound = "lte" if lead.startswith("-") else "gte"
    return condition & Q(**{f"{lead.lstrip('-')}__{bound}": place[0]})


def _token_make(row: Model, order: Sequence[str]) -> str:
    values = [_plain(_value(row, name.lstrip("-"))) for name in order]
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _value(row: object, name: str) -> Any:
    for part in name.split("__"):
        row = row[part] if isinstance(row, dict) else getattr(row, part)
    return row


def _plain(value: Any) -> str | int:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return value if isinstance(value, int) else str(value)


def _token_read(token: str, *, size: int) -> list[str | int] | None:
    if not token:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, binascii.Error):
        return None
    if not isinstance(values, list) or len(values) != size:
        return None
    return values if all(isinstance(value, (str, int)) for value in values) else None
