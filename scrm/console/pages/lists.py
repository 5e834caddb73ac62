"""The one list pattern: search, filters, chips, sort, columns, bulk bar, keyset footer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from scrm.console.columns import Cell, Column, Heading, Table, TableRow, beside, count_text
from scrm.console.elements import Action
from scrm.console.filters import (
    Chip,
    ChoiceFilter,
    Filter,
    ListQuery,
    RangeFilter,
    Sort,
    address,
    chips_make,
    query_read,
)
from scrm.console.keyset import Slice, Total, keyset_slice, total_capped
from scrm.console.pages.memory import ListMemory
from scrm.console.requests import htmx_target, wants_fragment

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse


@dataclass(frozen=True, kw_only=True)
class BulkAction:
    """An act on the chosen rows: opens `url_name` in a drawer with `ids=a,b` or `scope=all` plus the
    list's own query string, so that page can say who is skipped and why before anything happens."""

    key: str
    label: str | Promise
    url_name: str
    icon: str = ""
    permission: str = ""
    is_danger: bool = False


_EXPORT_CHOSEN = BulkAction(
    key="export",
    label=gettext_lazy("导出"),
    url_name="exports-new",
    icon="download",
    permission="exports.create",
)


@dataclass(frozen=True, kw_only=True)
class FilterControl:
    """A filter as the filter bar draws it."""

    filter: Filter
    options: Sequence[tuple[str, str, bool]] = ()
    low: str = ""
    high: str = ""
    chosen: int = 0
    # Only the chosen options are drawn; the rest is fetched when the menu opens.
    is_lazy: bool = False


# A longer menu weighs more than the rows it narrows; it is fetched by the element with this id.
_LONGEST_MENU = 15
_OPTIONS = "options-"


class ListPage(ListMemory):
    """A list of one kind of thing. Give `queryset` (from a selector) and `columns`; the rest is ready.

    A list that does not come from a query set overrides `slice_get` and `total_get` instead. `rows_make`
    may fetch what a whole page needs in one query. The address holds the whole state.
    """

    template_name: ClassVar[str] = "console/list.html"
    columns: ClassVar[Sequence[Column]] = ()
    filters: ClassVar[Sequence[Filter]] = ()
    sorts: ClassVar[Sequence[Sort]] = ()
    bulk_actions: ClassVar[Sequence[BulkAction]] = ()
    search_hint: ClassVar[str | Promise] = ""
    noun: ClassVar[str | Promise] = gettext_lazy("条")
    page_size: ClassVar[int] = 40
    empty_title: ClassVar[str | Promise] = gettext_lazy("还没有内容")
    empty_text: ClassVar[str | Promise] = ""
    empty_icon: ClassVar[str] = "inbox"
    # The kind of `scrm.files.exports` that takes out what this list shows.
    export_kind: ClassVar[str] = ""
    # Whether rows may be chosen one by one and taken out alone; their model has a `public_id`.
    can_export_chosen: ClassVar[bool] = False

    # -- what a list fills in ---------------------------------------------------------------------

    def queryset(self, query: ListQuery) -> QuerySet[Any]:
        """The matching rows in no order, from a selector."""
        raise NotImplementedError

    def columns_make(self) -> Sequence[Column]:
        """The columns; override when they need this brand's addresses or data."""
        return self.columns

    def slice_get(self, query: ListQuery) -> Slice[Any]:
        order = query.sort.order if query.sort is not None else ("-id",)
        return keyset_slice(
            self.queryset(query),
            order=order,
            after=query.after,
            before=query.before,
            limit=query.limit,
        )

    def total_get(self, query: ListQuery) -> Total:
        return total_capped(self.queryset(query))

    def rows_make(self, rows: Sequence[Any]) -> Sequence[Any]:
        """Turn a page of database rows into what the columns read."""
        return rows

    def row_key(self, row: Any) -> str:
        """The public id that bulk acts send."""
        return str(getattr(row, "public_id", ""))

    def row_label(self, row: Any) -> str:
        """How the row's checkbox is read out."""
        return str(row)

    def row_url(self, row: Any) -> str:
        """The row's page."""
        return ""

    def glance_url(self, row: Any) -> str:
        """What a click on the row shows in the drawer; empty opens nothing."""
        return ""

    def edit_url(self, row: Any) -> str:
        """The form the key `e` opens in the drawer; empty opens nothing."""
        return ""

    def row_actions(self, row: Any) -> Sequence[Action]:
        return ()

    def result_actions(self) -> Sequence[Action]:
        """Acts on the whole result beside the count, e.g. 存为人群."""
        return ()

    def empty_action(self) -> Action | None:
        """The one thing to do when the list has never held anything."""
        return None

    # -- state ------------------------------------------------------------------------------------

    @cached_property
    def query(self) -> ListQuery:
        return query_read(
            self.request.GET, filters=self.filters, sorts=self.sorts, limit=self.page_size
        )

    @cached_property
    def total(self) -> Total:
        return self.total_get(self.query)

    @cached_property
    def page_slice(self) -> Slice[Any]:
        found = self.slice_get(self.query)
        return found.with_rows(self.rows_make(found.rows))

    @cached_property
    def shown_columns(self) -> list[Column]:
        """The chosen columns in their own order; without a choice, all but the optional ones."""
        chosen = set(self.columns_wanted())
        known = [
            column for column in self.known_columns if column.key in chosen or column.is_primary
        ]
        if chosen & {column.key for column in self.known_columns}:
            return known
        return [column for column in self.known_columns if not column.optional]

    @cached_property
    def known_columns(self) -> Sequence[Column]:
        return self.columns_make()

    def visible_result_actions(self) -> list[Action]:
        return [
            action
            for action in (*self.result_actions(), *self._export_actions())
            if self.may(action.permission)
        ]

    def export_query(self) -> str:
        """What the list is narrowed by, as its export reads it; add what only the path says."""
        return address(self.request.GET, without=("sort", "col"))[1:]

    def _export_url(self, query: str) -> str:
        return f"{self.url('exports-new')}?{urlencode({'kind': self.export_kind, 'query': query})}"

    def _export_actions(self) -> list[Action]:
        if not self.export_kind:
            return []
        return [
            Action(
                label=gettext_lazy("导出"),
                href=self._export_url(self.export_query()),
                icon="download",
                opens="drawer",
                permission="exports.create",
            )
        ]

    def visible_empty_action(self) -> Action | None:
        action = self.empty_action()
        return action if action is not None and self.may(action.permission) else None

    def chips(self) -> list[Chip]:
        return chips_make(self.request.GET, self.query, self.filters)

    def clear_url(self) -> str:
        return address(self.request.GET, without=self._filter_keys())

    def next_url(self) -> str:
        return address(self.request.GET, after=self.page_slice.next) if self.page_slice.next else ""

    def previous_url(self) -> str:
        token = self.page_slice.previous
        return address(self.request.GET, before=token) if token else ""

    def first_url(self) -> str:
        return address(self.request.GET)

    def total_text(self) -> str:
        return count_text(self.total.count, is_capped=self.total.is_capped)

    def visible_bulk_actions(self) -> list[BulkAction]:
        taking = (_EXPORT_CHOSEN,) if self.export_kind and self.can_export_chosen else ()
        return [action for action in (*self.bulk_actions, *taking) if self.may(action.permission)]

    def bulk_url(self, action: BulkAction) -> str:
        """Where the act begins; the ids of the chosen follow (with `bulk_all_url`, as its end)."""
        return self._export_url("ids=") if action is _EXPORT_CHOSEN else self.url(action.url_name)

    def bulk_all_url(self, action: BulkAction) -> str:
        """Where the act begins for every match, if that is another address."""
        return self._export_url(self.export_query()) if action is _EXPORT_CHOSEN else ""

    def search_state(self) -> str:
        """The list's query without paging, sent along when a bulk act means every match."""
        return address(self.request.GET)[1:]

    # -- drawing ----------------------------------------------------------------------------------

    def table(self) -> Table:
        columns = self.shown_columns
        rows = [self._row(row, columns) for row in self.page_slice.rows]
        return Table(
            caption=self.heading(),
            headings=[self._heading(column) for column in columns],
            rows=rows,
            is_selectable=bool(self.visible_bulk_actions()),
            has_actions=any(row.actions for row in rows),
        )

    def _row(self, row: Any, columns: Sequence[Column]) -> TableRow:
        url = self.row_url(row)
        return TableRow(
            key=self.row_key(row),
            label=self.row_label(row),
            cells=[Cell(html=column.cell(row, row_url=url), column=column) for column in columns],
            url=url,
            glance_url=beside(url, self.glance_url(row)),
            edit_url=beside(url, self.edit_url(row)),
            actions=[action for action in self.row_actions(row) if self.may(action.permission)],
        )

    def _heading(self, column: Column) -> Heading:
        known = {sort.key for sort in self.sorts}
        now = self.query.sort.key if self.query.sort is not None else ""
        rising, falling = column.sort, f"-{column.sort}"
        if not column.sort or not known & {rising, falling}:
            return Heading(column=column)
        state: Literal["", "ascending", "descending"] = ""
        if now in {rising, falling}:
            state = "ascending" if now == rising else "descending"
        wanted = rising if (now == falling and rising in known) else falling
        wanted = wanted if wanted in known else rising
        return Heading(column=column, url=address(self.request.GET, sort=wanted), state=state)

    def controls(self) -> list[FilterControl]:
        return [self._control(item) for item in self.filters if not item.is_hidden]

    def _control(self, item: Filter, *, asked: bool = False) -> FilterControl:
        chosen = self.query.all(item.key)
        if isinstance(item, RangeFilter):
            low, high = chosen or ("", "")
            return FilterControl(filter=item, low=low, high=high, chosen=int(bool(chosen)))
        options = [(value, str(label), value in chosen) for value, label in item.options()]
        is_lazy = len(options) > _LONGEST_MENU and not item.is_more and not asked
        shown = [option for option in options if option[2]] if is_lazy else options
        return FilterControl(filter=item, options=shown, chosen=len(chosen), is_lazy=is_lazy)

    def hidden_inputs(self) -> list[tuple[str, str]]:
        """State without a control that a change of filters must keep."""
        hidden = [
            (item.key, value)
            for item in self.filters
            if isinstance(item, ChoiceFilter) and item.is_hidden
            for value in self.query.all(item.key)
        ]
        kept = [(key, value) for key in ("col", "view") for value in self.request.GET.getlist(key)]
        return [*hidden, *kept]

    def column_choices(self) -> list[tuple[Column, bool]]:
        shown = set(self.shown_columns)
        return [(column, column in shown) for column in self.known_columns if not column.is_primary]

    def menu_sorts(self) -> list[Sort]:
        return [sort for sort in self.sorts if sort.in_menu]

    def empty_state(self) -> tuple[str, str]:
        """No match reads differently from nothing there yet."""
        if self.query.is_narrowed:
            return _("没有符合条件的结果"), _("减少一个条件，或清空后再看。")
        return str(self.empty_title), str(self.empty_text)

    @override
    def fragment_for(self, target: str) -> str:
        return "console/list/_results.html" if target == "results" else "console/list/_listing.html"

    def _filter_keys(self) -> list[str]:
        keys = ["q"]
        for item in self.filters:
            keys += (
                [f"{item.key}_from", f"{item.key}_to"]
                if isinstance(item, RangeFilter)
                else [item.key]
            )
        return keys

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        target = htmx_target(self.request)
        if wants_fragment(self.request) and target.startswith(_OPTIONS):
            return self._menu(target.removeprefix(_OPTIONS))
        opens_with = self.default_address()
        if opens_with:
            return redirect(f"{request.path}{opens_with}")
        return self.answer(self.context())

    def _menu(self, key: str) -> HttpResponse:
        found = [item for item in self.filters if item.key == key and not item.is_hidden]
        if not found:
            raise Http404
        control = self._control(found[0], asked=True)
        return self.fragment("console/kit/filter_control.html", {"control": control})
