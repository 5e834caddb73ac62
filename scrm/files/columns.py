"""Columns of exports: what they read, and how a whole part of rows becomes cells, column by column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scrm.files.cells import Cell, CellKind, cells_make

if TYPE_CHECKING:
    from datetime import tzinfo

    from django.utils.functional import Promise

    Words = str | Promise


@dataclass(frozen=True, kw_only=True)
class ExportColumn:
    """One column. Without ``value`` it reads the field of its own name."""

    key: str
    label: Words
    kind: CellKind = "text"
    # A field of the query set. A function of the row makes every row of the export a model: for small lists.
    value: str | Callable[[Any], object] = ""
    # What a value is called; asked once for each different value of a part, and never for None.
    shown: Callable[[Any], object] | None = None
    # The field that holds it whole, and how it is read, for who may and says why.
    whole: str = ""
    plain: Callable[[Any], object] | None = None
    # Values by primary key, of a whole part at once; what is left out is empty.
    fetch: Callable[[Sequence[int]], Mapping[int, Any]] | None = None
    # Left out for who lacks it.
    permission: str = ""

    def field(self, *, is_plain: bool) -> str:
        """The field it reads; empty where a function or `fetch` answers."""
        if self.fetch is not None or callable(self.value):
            return ""
        return self.whole if is_plain and self.plain is not None else self.value or self.key

    def read(self, row: Any) -> object:
        """The value of a model."""
        return self.value(row) if callable(self.value) else getattr(row, self.value or self.key)


def rows_read_by_field(columns: Iterable[ExportColumn]) -> bool:
    """Whether no column needs a model."""
    return not any(callable(column.value) for column in columns)


def fields_of(columns: Iterable[ExportColumn], *, key: str, is_plain: bool) -> list[str]:
    """What to select: the key first, the primary key second, then every field once."""
    names = (column.field(is_plain=is_plain) for column in columns)
    return list(dict.fromkeys([key, "pk", *filter(None, names)]))


def part_cells(
    columns: Sequence[ExportColumn],
    rows: Sequence[Any],
    *,
    fields: Sequence[str] | None,
    zone: tzinfo,
    is_plain: bool,
    is_book: bool,
) -> list[Sequence[Cell]]:
    """Rows as cells. ``fields`` names the places of the rows; None when they are models."""
    made = []
    for column in columns:
        values = _values(column, rows, fields, is_plain=is_plain)
        made.append(cells_make(column.kind, values, zone, is_book=is_book))
    return list(zip(*made, strict=True))


def _values(
    column: ExportColumn, rows: Sequence[Any], fields: Sequence[str] | None, *, is_plain: bool
) -> list[Any]:
    if column.fetch is not None:
        keys = [row.pk for row in rows] if fields is None else [row[1] for row in rows]
        found = column.fetch(keys) if keys else {}
        values = [found.get(key) for key in keys]
    elif fields is None:
        values = [column.read(row) for row in rows]
    else:
        place = fields.index(column.field(is_plain=is_plain))
        values = [row[place] for row in rows]
    if is_plain and column.plain is not None:
        return [column.plain(value) for value in values]
    return values if column.shown is None else _shown(column.shown, values)


def _shown(shown: Callable[[Any], object], values: Sequence[Any]) -> list[Any]:
    try:
        different = set(values) - {None}
    except TypeError:  # lists and objects cannot be kept by value
        return [None if value is None else shown(value) for value in values]
    words = {value: shown(value) for value in different}
    return [words.get(value) for value in values]
