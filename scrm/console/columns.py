"""Columns of a list: what each shows and how it is written, so that all lists read alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from scrm.console.elements import Action, Badge, Person
from scrm.console.writing import bp_text, date_text, datetime_text, thousands, yuan

Kind = Literal[
    "text", "number", "yuan", "bp", "date", "datetime", "tag", "status", "person", "html"
]

_RIGHT = frozenset({"number", "yuan", "bp"})
NOTHING = "—"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column. `value` is an attribute name or a function of the row; empty means the key.

    `sort` names the sort of the list this heading switches (its opposite is `-sort`); `is_primary`
    makes it the headline of the card on a phone and the link to the row's page; `optional` columns
    start hidden and can be chosen.
    """

    key: str
    label: str | Promise
    kind: Kind = "text"
    value: str | Callable[[Any], object] = ""
    sort: str = ""
    is_primary: bool = False
    on_phone: bool = True
    optional: bool = False
    href: Callable[[Any], str] | None = None

    @property
    def is_right(self) -> bool:
        return self.kind in _RIGHT

    @property
    def css_class(self) -> str:
        names = {
            "cell-primary": self.is_primary,
            "num": self.is_right,
            "not-phone": not self.on_phone,
        }
        return " ".join(name for name, is_so in names.items() if is_so)

    def read(self, row: object) -> object:
        if callable(self.value):
            return self.value(row)
        name = self.value or self.key
        return row.get(name) if isinstance(row, Mapping) else getattr(row, name)

    def cell(self, row: object, *, row_url: str = "") -> SafeString:
        """The written cell; the primary column carries the link to the row's page."""
        written = cell_text(self.kind, self.read(row))
        target = self.href(row) if self.href is not None else (row_url if self.is_primary else "")
        if not target:
            return written
        return format_html('<a class="cell-link" href="{}">{}</a>', target, written)


def cell_text(kind: Kind, value: object) -> SafeString:
    """One value as it is written in tables; nothing is a long dash."""
    if value is None or value in ("", ()):
        return format_html("<i>{}</i>", NOTHING)  # forty rows of it weigh
    return _WRITERS[kind](value)


def tag_html(badge: Badge | str) -> SafeString:
    badge = badge if isinstance(badge, Badge) else Badge(str(badge))
    return format_html('<span class="tag tag-{}">{}</span>', badge.tone, badge.text)


def status_html(badge: Badge | str) -> SafeString:
    badge = badge if isinstance(badge, Badge) else Badge(str(badge))
    return format_html('<span class="status status-{}">{}</span>', badge.tone, badge.text)


def avatar_html(name: str) -> SafeString:
    return format_html('<span class="avatar" aria-hidden="true">{}</span>', name[:1] or "?")


def person_html(person: Person) -> SafeString:
    return format_html(
        '<span class="person">{}<b>{}</b> <i>{}</i></span>',
        avatar_html(person.name),
        person.name,
        person.note,
    )


def _tags(value: object) -> SafeString:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return format_html_join(" ", "{}", ((tag_html(badge),) for badge in value))
    return tag_html(value if isinstance(value, Badge) else str(value))


def _text(value: object) -> SafeString:
    return format_html("{}", value)


def _status(value: object) -> SafeString:
    return status_html(value if isinstance(value, Badge) else str(value))


def _person(value: object) -> SafeString:
    return person_html(value if isinstance(value, Person) else Person(name=str(value)))


def _number(value: object) -> SafeString:
    return _text(thousands(int(str(value))))


def _yuan(value: object) -> SafeString:
    return _text(yuan(int(str(value))))


def _bp(value: object) -> SafeString:
    return _text(bp_text(int(str(value))))


def _date(value: object) -> SafeString:
    return _text(date_text(value) if isinstance(value, date) else value)


def _datetime(value: object) -> SafeString:
    return _text(datetime_text(value) if isinstance(value, datetime) else value)


_WRITERS: dict[Kind, Callable[[object], SafeString]] = {
    "text": _text,
    "html": _text,
    "number": _number,
    "yuan": _yuan,
    "bp": _bp,
    "date": _date,
    "datetime": _datetime,
    "tag": _tags,
    "status": _status,
    "person": _person,
}


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A column heading with the address that sorts by it."""

    column: Column
    url: str = ""
    state: Literal["", "ascending", "descending"] = ""


@dataclass(frozen=True, kw_only=True)
class Cell:
    html: SafeString
    column: Column


@dataclass(frozen=True, kw_only=True)
class TableRow:
    """One written row; `key` is its public id for bulk acts."""

    key: str
    label: str
    cells: Sequence[Cell]
    url: str = ""
    # What a click shows in the drawer, and the form the key `e` opens there: seen from `url`, where an
    # empty address is the row's own page; None opens nothing.
    glance_url: str | None = None
    edit_url: str | None = None
    actions: Sequence[Action] = ()


@dataclass(frozen=True, kw_only=True)
class Table:
    """A finished table for the `data_table` tag."""

    caption: str
    headings: Sequence[Heading]
    rows: Sequence[TableRow]
    is_selectable: bool = False
    has_actions: bool = False

    @property
    def glance_url(self) -> str | None:
        """What all rows say alike, so that it is said once; None where they differ."""
        return _alike([row.glance_url for row in self.rows])

    @property
    def edit_url(self) -> str | None:
        return _alike([row.edit_url for row in self.rows])


def _alike(addresses: Sequence[str | None]) -> str | None:
    return addresses[0] if len(set(addresses)) == 1 else None


def table_make(
    *,
    caption: str,
    columns: Sequence[Column],
    rows: Sequence[Any],
    row_url: Callable[[Any], str] | None = None,
    row_actions: Callable[[Any], Sequence[Action]] | None = None,
    row_glance: Callable[[Any], str] | None = None,
) -> Table:
    """A plain table outside a list page: the same columns, no search, sort or paging."""
    written = []
    for row in rows:
        url = row_url(row) if row_url is not None else ""
        written.append(
            TableRow(
                key="",
                label="",
                cells=[
                    Cell(html=column.cell(row, row_url=url), column=column) for column in columns
                ],
                url=url,
                glance_url=beside(url, row_glance(row)) if row_glance is not None else None,
                actions=row_actions(row) if row_actions is not None else (),
            )
        )
    return Table(
        caption=caption,
        headings=[Heading(column=column) for column in columns],
        rows=written,
        has_actions=row_actions is not None,
    )


def beside(url: str, address: str) -> str | None:
    """An address seen from the row's own; nothing stays nothing."""
    return address.removeprefix(url) if address else None


def count_text(count: int, *, is_capped: bool) -> str:
    """`9,178`, or `10,000+` when counting stopped there."""
    written = thousands(count)
    return _("%(count)s+") % {"count": written} if is_capped else written
