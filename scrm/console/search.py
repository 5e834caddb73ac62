"""Paste anything: apps register what a phone tail, an order number or a name may lead to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
    """`find(text)` returns at most a handful of hits and must be served by an index."""

    key: str
    find: Callable[[str], Sequence[Hit]]
    permission: str
    order: int = 100


_sources: dict[str, SearchSource] = {}


def search_register(source: SearchSource) -> None:
    if source.key in _sources:
        raise ValueError(f"registered twice: {source.key}")
    _sources[source.key] = source


def search_all(*, text: str, may: Callable[[str], bool], limit: int = 12) -> list[Hit]:
    """Hits of every source this person may use, in the sources' order."""
    hits: list[Hit] = []
    for source in sorted(_sources.values(), key=lambda source: (source.order, source.key)):
        if len(hits) < limit and may(source.permission) and owner_on(source.find):
            hits += source.find(text)
    return hits[:limit]
