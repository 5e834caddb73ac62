"""What the workbench shows, brought by the rooms that know it.

    todo_register(Todo(key="pushes", label=_("待员工确认的推送"), icon="send", permission="pushes.view",
                       page="push-list", query="state=awaiting_staff", load=pushes_waiting))

``load`` runs inside the tenant's scope and costs one query; nothing to do is None or a count of 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from scrm.console.elements import Kpi
from scrm.tenants.flags import owner_on

if TYPE_CHECKING:
    from scrm.console.pages.base import ConsolePage

May = Callable[[str], bool]


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """How many wait, and since when the oldest does."""

    count: int
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Todo:
    """One kind of thing that waits for somebody; `page` and `query` open exactly those."""

    key: str
    label: str | Promise
    icon: str
    permission: str
    page: str
    load: Callable[[ConsolePage], Waiting | None]
    query: str = ""
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class TodaySource:
    """Figures of today beside yesterday's."""

    key: str
    permission: str
    load: Callable[[ConsolePage], Sequence[Kpi]]
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class Recent:
    """Something people worked on lately."""

    title: str
    kind: str | Promise
    at: datetime
    page: str
    arguments: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class RecentSource:
    """``load(limit)`` returns the newest things of one kind, in one query."""

    key: str
    permission: str
    load: Callable[[int], Sequence[Recent]]
    order: int = 100


_todos: dict[str, Todo] = {}
_today: dict[str, TodaySource] = {}
_recent: dict[str, RecentSource] = {}


def _put(known: dict[str, Any], thing: Any) -> None:
    if thing.key in known:
        message = f"registered twice: {thing.key}"
        raise ValueError(message)
    known[thing.key] = thing


def todo_register(todo: Todo) -> None:
    """Bring one kind of to-do."""
    _put(_todos, todo)


def today_register(source: TodaySource) -> None:
    """Bring figures of the day."""
    _put(_today, source)


def recent_register(source: RecentSource) -> None:
    """Bring what people worked on."""
    _put(_recent, source)


def _visible(known: dict[str, Any], may: May) -> list[Any]:
    found = sorted(known.values(), key=lambda thing: (thing.order, thing.key))
    return [
        thing
        for thing in found
        if (not thing.permission or may(thing.permission)) and owner_on(thing.load)
    ]


def todos_for(may: May) -> Sequence[Todo]:
    """Kinds of to-dos that concern this person."""
    return _visible(_todos, may)


def today_for(page: ConsolePage) -> list[Kpi]:
    """Figures of the day this person may see."""
    return [kpi for source in _visible(_today, page.may) for kpi in source.load(page)]


def recents_for(may: May, *, limit: int) -> list[Recent]:
    """The newest things of all kinds."""
    found = [item for source in _visible(_recent, may) for item in source.load(limit)]
    return sorted(found, key=lambda item: item.at, reverse=True)[:limit]
