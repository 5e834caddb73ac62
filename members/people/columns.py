"""Columns of the member list that other rooms and apps bring: points, RFM, tiers.

    column_register(MemberColumn(
        key="points", label=_("积分"), kind="number", order=50, fetch=available_of, permission="points.view"))

``fetch`` gets the keys of one page of members and answers with a value per key, in one query; what it
leaves out is shown as nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from scrm.console.columns import Kind
from scrm.tenants.flags import owner_on


@dataclass(frozen=True, kw_only=True)
class MemberColumn:
    """One more column. The list's own stand at 10 (member), 30 (source), 40 (WeCom), 60-90 (figures)."""

    key: str
    label: str | Promise
    fetch: Callable[[Sequence[int]], Mapping[int, Any]]
    kind: Kind = "text"
    order: int = 100
    permission: str = ""
    optional: bool = False
    on_phone: bool = True


_columns: dict[str, MemberColumn] = {}


def column_register(column: MemberColumn) -> None:
    """Declare a column; a key may be declared once."""
    if column.key in _columns:
        message = f"member column {column.key} is registered twice"
        raise ValueError(message)
    _columns[column.key] = column


def columns_registered() -> list[MemberColumn]:
    """What others brought, in order."""
    shown = [column for column in _columns.values() if owner_on(column.fetch)]
    return sorted(shown, key=lambda column: (column.order, column.key))
