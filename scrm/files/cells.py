"""Pure rules of cells: what a value looks like in a file, and that no cell is ever a formula."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from typing import Any, Literal

from scrm.core.money import yuan_number, yuan_text

CellKind = Literal["text", "number", "yuan", "date", "datetime"]
Cell = str | int | float | None

# What a spreadsheet takes for the start of a formula (OWASP); a tab or return hides one of them.
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_GUARD = "'"
_FORBIDDEN = {code: None for code in (*range(32), 0xFFFE, 0xFFFF) if code not in {9, 10, 13}}
_LONGEST = 32_000  # a cell of a workbook holds 32,767 characters
# Text that `cell_safe` leaves as it is, told in one look: most of every file.
_FINE = re.compile(
    r"[^\x00-\x20=+\-@＝＋－＠'\u00a0\ufeff\ufffe\uffff][^\x00-\x1f\ufffe\uffff]{0,30000}"
).fullmatch
_TO_SECONDS = len("2026-11-22 09:30:00")
_TYPES: dict[CellKind, type] = {
    "text": str, "number": int, "yuan": int, "date": date, "datetime": datetime,
}  # fmt: skip


def cells_make(kind: CellKind, values: Sequence[Any], zone: tzinfo, *, is_book: bool) -> list[Cell]:
    """A column of cells, each as `cell_make` would write it."""
    if not {type(value) for value in values} <= {_TYPES[kind], type(None)}:
        return [cell_make(kind, value, zone, is_book=is_book) for value in values]
    if kind == "text":
        return [None if not text else text if _FINE(text) else cell_safe(text) for text in values]
    if kind == "number":
        return list(values)
    if kind == "yuan":
        yuan = yuan_number if is_book else yuan_text
        return [None if value is None else yuan(value) for value in values]
    if kind == "date":
        return [None if value is None else value.isoformat() for value in values]
    return [
        None if at is None else at.astimezone(zone).isoformat(" ", "seconds")[:_TO_SECONDS]
        for at in values
    ]


def cell_make(kind: CellKind, value: object, zone: tzinfo, *, is_book: bool) -> Cell:
    """The value as it stands in a file: figures stay figures, all else is text that cannot compute."""
    if value is None or value == "":
        return None
    if kind == "number" and isinstance(value, int):
        return int(value)
    if kind == "yuan" and isinstance(value, int):
        return yuan_number(value) if is_book else yuan_text(value)
    if kind == "datetime" and isinstance(value, datetime):
        return value.astimezone(zone).isoformat(" ", "seconds")[:_TO_SECONDS]
    if kind == "date" and isinstance(value, datetime):
        return value.astimezone(zone).date().isoformat()
    if kind in {"date", "datetime"} and isinstance(value, date):
        return value.isoformat()
    return cell_safe(str(value))


def cell_safe(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet would take it for a formula."""
    text = text.translate(_FORBIDDEN)[:_LONGEST]
    return _GUARD + text if text.lstrip(" \u00a0\ufeff").startswith(_RISKY) else text


def cell_plain(text: str) -> str:
    """What `cell_safe` wrote, without its apostrophe: our own files come back as they were."""
    rest = text.removeprefix(_GUARD)
    return rest if rest != text and rest.lstrip(" \u00a0\ufeff").startswith(_RISKY) else text
