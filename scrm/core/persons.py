"""Where persons are: who erases one, who hands out what is kept of one, and which tables hold none.

Every room that keeps something of a person registers here, in a module `erasing.py` of its own; the room
`members/privacy` asks them in order. A table that nobody answers for fails tests/rules/test_persons.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, quote_plus

from django.utils.functional import Promise

# Names of one character and short numbers stand in half of all texts: they are not looked for.
_SHORTEST = 2
_SHORTEST_NUMBER = 6
# Shorter words of Latin letters and digits count only by themselves: Ann is not in channel.
_UNMISTAKABLE = 8
_GONE = "•••"
_SMALLEST_PHONE = 10_000_000


@dataclass(frozen=True, kw_only=True)
class Person:
    """One person: the living member and everybody merged into it, with every word that tells who it is.

    ``identifiers`` are (type, scope, plain value), e.g. ("phone", "", "13800000000"). ``names`` are other
    words that stand for the person: names, remarks. ``at`` is when the person asked.
    """

    member_ids: tuple[int, ...]
    public_ids: tuple[str, ...]
    member_nos: tuple[str, ...]
    identifiers: tuple[tuple[str, str, str], ...]
    names: tuple[str, ...] = ()
    at: datetime

    def values_of(self, *types: str) -> tuple[str, ...]:
        """Plain values of the identifiers of these types."""
        return tuple(sorted({value for kind, _, value in self.identifiers if kind in types}))

    @property
    def keys(self) -> tuple[str, ...]:
        """Words that belong to nobody else: phones, mail addresses, ids of channels."""
        values = {value for _, _, value in self.identifiers}
        # Masked ones tell enough to whoever knows the person.
        values |= {f"{each[:3]}****{each[-4:]}" for each in self.values_of("phone")}
        return _long_enough(values)

    @property
    def words(self) -> tuple[str, ...]:
        """Everything that no text of the brand may hold any longer; the longest first."""
        return _long_enough({*self.keys, *self.names})

    def knowing(
        self, *, names: Iterable[str] = (), identifiers: Iterable[tuple[str, str, str]] = ()
    ) -> Person:
        """The same person with more words."""
        return replace(
            self,
            names=_long_enough({*self.names, *(each.strip() for each in names)}),
            identifiers=tuple(sorted({*self.identifiers, *identifiers})),
        )


def _long_enough(words: Iterable[str]) -> tuple[str, ...]:
    found = {
        each
        for each in words
        if len(each) >= (_SHORTEST_NUMBER if each.isdecimal() else _SHORTEST) and each.strip("•* ")
    }
    return tuple(sorted(found, key=lambda word: (-len(word), word)))


# -- the rooms ------------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Eraser:
    """What one room takes away. Every callable runs in a transaction of its caller, in the brand's scope.

    ``erase`` deals with about so many rows and returns how many; it is called until it returns 0, so rows
    that are dealt with must not be found again. ``count`` is for the preview. ``tables`` are the labels
    of the models that this room answers for. With ``is_instant`` it runs in the one short transaction
    that takes the member away.
    """

    key: str
    order: int
    label: str | Promise
    erase: Callable[[Person, int], int]
    tables: tuple[str, ...] = ()
    count: Callable[[Person], int] | None = None
    is_instant: bool = False
    blockers: Callable[[Person], Sequence[str | Promise]] | None = None


@dataclass(frozen=True, kw_only=True)
class Exporter:
    """What one room hands out about a person: plain records, ready for JSON, in an order people can read."""

    key: str
    order: int
    label: str | Promise
    export: Callable[[Person], Iterable[Mapping[str, object]]]


ERASERS: dict[str, Eraser] = {}
EXPORTERS: dict[str, Exporter] = {}
KNOWERS: dict[str, Callable[[Person], Person]] = {}
KEPT: dict[str, str] = {}


def eraser_register(
    key: str,
    *,
    order: int,
    label: str | Promise,
    erase: Callable[[Person, int], int],
    tables: Sequence[str] = (),
    count: Callable[[Person], int] | None = None,
    is_instant: bool = False,
    blockers: Callable[[Person], Sequence[str | Promise]] | None = None,
) -> None:
    """Take part in erasing a person; order: members' rooms 10…199, other apps 200…, the kernel 800…"""
    if key in ERASERS:
        message = f"eraser {key} is registered twice"
        raise ValueError(message)
    ERASERS[key] = Eraser(
        key=key, order=order, label=label, erase=erase, tables=tuple(tables), count=count,
        is_instant=is_instant, blockers=blockers,
    )  # fmt: skip


def exporter_register(
    key: str,
    *,
    order: int,
    label: str | Promise,
    export: Callable[[Person], Iterable[Mapping[str, object]]],
) -> None:
    """Take part in handing out what is kept of a person."""
    if key in EXPORTERS:
        message = f"exporter {key} is registered twice"
        raise ValueError(message)
    EXPORTERS[key] = Exporter(key=key, order=order, label=label, export=export)


def knower_register(key: str, know: Callable[[Person], Person]) -> None:
    """Add the words by which a room knows a person, before anything is erased; see `Person.knowing`."""
    if key in KNOWERS:
        message = f"knower {key} is registered twice"
        raise ValueError(message)
    KNOWERS[key] = know


def kept_register(*tables: str, why: str) -> None:
    """Say of tables that an erase leaves them alone, and why: no person is in them, or only a key."""
    for table in tables:
        if table in KEPT:
            message = f"table {table} is kept twice"
            raise ValueError(message)
        KEPT[table] = why


def erasers() -> list[Eraser]:
    """Every room that erases, in order."""
    return sorted(ERASERS.values(), key=lambda each: (each.order, each.key))


def exporters() -> list[Exporter]:
    """Every room that hands something out, in order."""
    return sorted(EXPORTERS.values(), key=lambda each: (each.order, each.key))


def person_known(person: Person) -> Person:
    """The person with the words of every room."""
    for _, know in sorted(KNOWERS.items()):
        person = know(person)
    return person


# -- words in texts -----------------------------------------------------------------------------------------
def spellings(words: Iterable[str]) -> tuple[str, ...]:
    """The words as they may stand in texts: plain, inside JSON, inside an address."""
    found: set[str] = set()
    for word in words:
        found |= {word, json.dumps(word, ensure_ascii=False)[1:-1], json.dumps(word)[1:-1]}
        found |= {quote(word), quote(word, safe=""), quote_plus(word)}
    return _long_enough(found)


def words_in(words: Iterable[str]) -> re.Pattern[str]:
    """Finds any spelling of the words, whatever the case of its letters. Of no words it finds nothing."""
    found = [_bounded(each) for each in spellings(words)]
    return re.compile("|".join(found) if found else r"(?!)", re.IGNORECASE)


def _bounded(word: str) -> str:
    is_short = len(word) < _UNMISTAKABLE
    before = r"(?<![A-Za-z0-9])" if is_short and word[0].isascii() and word[0].isalnum() else ""
    after = r"(?![A-Za-z0-9])" if is_short and word[-1].isascii() and word[-1].isalnum() else ""
    return f"{before}{re.escape(word)}{after}"


def text_without(text: str, pattern: re.Pattern[str]) -> str:
    """The text with every found word blacked out; it never grows."""
    return pattern.sub(lambda found: _GONE[: len(found[0])], text)


def value_without(value: Any, pattern: re.Pattern[str]) -> Any:
    """The JSON value with every found word blacked out, at any depth, names of members too."""
    if isinstance(value, str):
        return text_without(value, pattern)
    if isinstance(value, Mapping):
        return {
            text_without(str(key), pattern): value_without(inner, pattern)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [value_without(inner, pattern) for inner in value]
    if isinstance(value, int) and value > _SMALLEST_PHONE and pattern.fullmatch(str(value)):
        return _GONE
    return value
