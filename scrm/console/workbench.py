"""What the workbench shows, brought by the rooms that know it.

    todo_register(Todo(key="pushes", label=_("待员工确认的推送"), icon="send", permission="pushes.view",
                       page="push-list", query="state=awaiting_staff", rows=pushes_awaiting, since="scheduled_at"))

``rows`` gives a selector's query set, or None for nobody's business; all kinds are counted in one query.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.functional import Promise

from scrm.console.elements import Kpi
from scrm.console.routes import page_open
from scrm.tenants.flags import owner_on

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from scrm.console.pages.base import ConsolePage

May = Callable[[str], bool]


@dataclass(frozen=True, kw_only=True)
class Todo:
    """One kind of thing that waits for somebody; `page` and `query` open exactly those.

    ``since`` names the column that says since when each waits.
    """

    key: str
    label: str | Promise
    icon: str
    permission: str
    page: str
    rows: Callable[[ConsolePage], QuerySet[Any] | None]
    since: str
    query: str = ""
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A kind of to-do with how many wait, and since when the oldest does."""

    todo: Todo
    count: int
    since: datetime | None


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
        if (not thing.permission or may(thing.permission))
        and owner_on(thing.rows if isinstance(thing, Todo) else thing.load)
    ]


def todos_for(may: May) -> Sequence[Todo]:
    """Kinds of to-dos that concern this person."""
    return _visible(_todos, may)


def waiting_for(page: ConsolePage) -> list[Waiting]:
    """What waits for this person, in order, counted in one query however many kinds there are."""
    known: dict[str, Todo] = {}
    parts, values = [], []
    for todo in todos_for(page.may):
        rows = todo.rows(page)
        if rows is None:
            continue
        sql, params = rows.order_by().values_list("pk", todo.since).query.sql_with_params()
        known[todo.key] = todo
        parts.append(f"SELECT %s, count(*), min(q.since) FROM ({sql}) q(id, since)")  # noqa: S608
        values += [todo.key, *params]
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        found = {key: (count, since) for key, count, since in cursor.fetchall()}
    return [
        Waiting(todo=todo, count=found[key][0], since=found[key][1])
        for key, todo in known.items()
        if found[key][0]
    ]


def today_for(page: ConsolePage) -> list[Kpi]:
    """Figures of the day this person may see."""
    return [kpi for source in _visible(_today, page.may) for kpi in source.load(page)]


def recents_for(may: May, *, limit: int) -> list[Recent]:
    """The newest things of all kinds whose pages this person may open."""
    loaded = [item for source in _visible(_recent, may) for item in source.load(limit)]
    found = [item for item in loaded if page_open(item.page, may)]
    return sorted(found, key=lambda item: item.at, reverse=True)[:limit]
