"""What a setting may hold: its kind, its bounds and its shape, checked in one place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

LONGEST_TEXT = 200
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
_PERIOD = re.compile(rf"{_TIME.pattern}-{_TIME.pattern}")


class Kind(StrEnum):
    """How a value is stored, written and asked for. The word travels in the API."""

    INT = "int"
    BOOL = "bool"
    STR = "str"
    CHOICE = "choice"
    DAYS = "days"
    FEN = "fen"
    BP = "bp"
    TIME = "time"
    PERIOD = "period"
    LIST = "list"
    DICT = "dict"


COUNTED = frozenset({Kind.INT, Kind.DAYS, Kind.FEN, Kind.BP})


@dataclass(frozen=True, kw_only=True)
class NumberList:
    """A list of whole numbers: how many, from where on, and whether each must exceed the one before."""

    label: str | _StrPromise = ""
    unit: str | _StrPromise = ""
    length: int | None = None
    minimum: int = 0
    maximum: int = 10**15
    is_ascending: bool = False

    def fits(self, value: object) -> bool:
        """Whether the value is such a list."""
        if not isinstance(value, list) or (self.length is not None and len(value) != self.length):
            return False
        if not all(is_whole(item) and self.minimum <= item <= self.maximum for item in value):
            return False
        return not self.is_ascending or all(low < high for low, high in pairwise(value))


@dataclass(frozen=True, kw_only=True)
class Part:
    """One question of a value that is asked for in several: a choice, or a whole number.

    ``when``: values of the first part for which it is asked.
    """

    name: str
    label: str | _StrPromise
    choices: Mapping[str, str | _StrPromise] | None = None
    minimum: int = 0
    maximum: int = 10**15
    when: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Parts:
    """How a value that is no word of people's own is asked for: taken apart and put together again.

    The first part is a choice. ``join`` gets the parts that are asked for then.
    """

    parts: tuple[Part, ...]
    split: Callable[[Any], dict[str, Any]]
    join: Callable[[Mapping[str, Any]], Any]


Schema = NumberList | Mapping[str, NumberList]


def is_whole(value: object) -> bool:
    """An integer that is no truth value."""
    return isinstance(value, int) and not isinstance(value, bool)


def fits_schema(schema: Schema | None, value: object) -> bool:
    """Whether a list or an object has the shape; without one any will do."""
    if schema is None:
        return True
    if isinstance(schema, NumberList):
        return schema.fits(value)
    return (
        isinstance(value, dict)
        and set(value) == set(schema)
        and all(shape.fits(value[name]) for name, shape in schema.items())
    )


def fits_kind(kind: Kind, value: Any) -> bool:
    """Whether the value is of the kind, bounds and shape aside."""
    if kind in COUNTED:
        return is_whole(value)
    if kind in {Kind.STR, Kind.CHOICE}:
        return isinstance(value, str) and len(value) <= LONGEST_TEXT and "\x00" not in value
    if kind is Kind.TIME:
        return isinstance(value, str) and _TIME.fullmatch(value) is not None
    if kind is Kind.PERIOD:
        return isinstance(value, str) and (not value or _PERIOD.fullmatch(value) is not None)
    return isinstance(value, {Kind.BOOL: bool, Kind.LIST: list, Kind.DICT: dict}[kind])
