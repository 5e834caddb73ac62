"""Paste anything: apps register what a phone tail, an order number or a name may lead to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from scrm.console.routes import page_on
from scrm.tenants.flags import owner_on


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One thing found; `page` and `arguments` name its page of the current brand."""

    title: str
    page: str
    arguments: tuple[tuple[str, str], ...] = ()
    note: str = ""
    icon: str = "search"


@dataclass(frozen=True, kw_only=True)
class SearchSource:
    """`find(text)` returns at most a handful of hits and must be served by an index.

    `label` is the kind of thing it finds; hits are shown under it.
    """

    key: str
    find: Callable[[str], Sequence[Hit]]
    permission: str
    label: str | Promise = ""
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class Command:
    """Something to do, found by name in the palette: `page` is where it is done."""

    label: str | Promise
    page: str
    permission: str
    icon: str = "plus"
    order: int = 100


_sources: dict[str, SearchSource] = {}
_commands: dict[str, Command] = {}


def search_register(source: SearchSource) -> None:
    if source.key in _sources:
        raise ValueError(f"registered twice: {source.key}")
    _sources[source.key] = source


def command_register(command: Command) -> None:
    if command.page in _commands:
        raise ValueError(f"registered twice: {command.page}")
    _commands[command.page] = command


def commands_for(*, text: str, may: Callable[[str], bool]) -> list[Command]:
    """The commands this person may use now whose name holds the text."""
    return [
        command
        for command in sorted(_commands.values(), key=lambda found: (found.order, found.page))
        if text.lower() in str(command.label).lower()
        and may(command.permission)
        and page_on(command.page)
    ]


def search_groups(
    *, text: str, may: Callable[[str], bool], limit: int = 12
) -> list[tuple[str, list[Hit]]]:
    """Hits by kind, of every source this person may use, in the sources' order."""
    groups: list[tuple[str, list[Hit]]] = []
    left = limit
    for source in sorted(_sources.values(), key=lambda source: (source.order, source.key)):
        if left <= 0 or not may(source.permission) or not owner_on(source.find):
            continue
        hits = list(source.find(text))[:left]
        left -= len(hits)
        if hits:
            groups.append((str(source.label), hits))
    return groups


def search_all(*, text: str, may: Callable[[str], bool], limit: int = 12) -> list[Hit]:
    """Every hit in one list."""
    return [hit for _kind, hits in search_groups(text=text, may=may, limit=limit) for hit in hits]
