"""What a list remembers of a person: saved views, the one it opens with, and the chosen columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from scrm.access.preferences import columns_of, default_view_of
from scrm.console.pages.base import ConsolePage
from scrm.console.requests import htmx_target, wants_fragment
from scrm.console.saved import query_kept, views_of

_ALL = "all"


@dataclass(frozen=True, kw_only=True)
class ShownView:
    """A saved view as the bar above the list draws it."""

    name: str
    url: str
    public_id: str = ""
    is_active: bool = False
    is_mine: bool = True
    is_shared: bool = False
    is_default: bool = False
    delete_url: str = ""
    default_url: str = ""


class ListMemory(ConsolePage):
    """Mixed into `ListPage`; a list is remembered by the name of its address."""

    @property
    def has_memory(self) -> bool:
        return bool(self.url_name) and hasattr(self.request, "operator")

    # -- columns ----------------------------------------------------------------------------------

    def columns_wanted(self) -> list[str]:
        """Columns the address names (a link somebody shared), else those the person chose."""
        asked = self.request.GET.getlist("col")
        if asked or not self.has_memory:
            return asked
        return columns_of(self.request.operator.preferences, self.url_name)

    def columns_url(self) -> str:
        """Where a choice of columns is posted."""
        if not self.has_memory:
            return ""
        return f"{self.url('list-columns')}?{urlencode({'list': self.url_name})}"

    # -- views ------------------------------------------------------------------------------------

    @cached_property
    def saved_views(self) -> Sequence[ShownView]:
        """The whole list first, then one's own and the shared views; empty as long as there are none."""
        if not self.has_memory:
            return ()
        operator = self.request.operator
        kept = views_of(page=self.url_name, operator_id=operator.pk)
        if not kept:
            return ()
        now = query_kept(self.request.GET.urlencode())
        shown = [
            ShownView(
                name=view.name,
                url=f"?{view.query}" if view.query else f"?view={_ALL}",
                public_id=view.public_id,
                is_active=view.query == now,
                is_mine=view.operator_id == operator.pk,
                is_shared=view.is_shared,
                is_default=view.public_id == self._default,
                delete_url=self.url("views-delete", view_id=view.public_id),
                default_url=self._default_url(view.public_id),
            )
            for view in kept
        ]
        whole = ShownView(name="", url=f"?view={_ALL}", is_active=not now)
        return [whole, *shown]

    @property
    def active_view(self) -> ShownView | None:
        """The saved view that is open now."""
        return next((view for view in self.saved_views if view.is_active and view.public_id), None)

    def save_view_url(self) -> str:
        """The form that keeps what is shown now; empty when that has a name already."""
        query = query_kept(self.request.GET.urlencode())
        if not self.has_memory or not query or self.active_view is not None:
            return ""
        return f"{self.url('views-new')}?{urlencode({'list': self.url_name, 'query': query})}"

    @cached_property
    def _default(self) -> str:
        return default_view_of(
            self.request.operator.preferences,
            tenant_id=self.request.tenant.pk,
            page=self.url_name,
        )

    def _default_url(self, view_id: str) -> str:
        wanted = "" if view_id == self._default else view_id
        return f"{self.url('views-default')}?{urlencode({'list': self.url_name, 'view': wanted})}"

    def default_address(self) -> str:
        """Where the bare address of the list leads, if the person chose a view to open with."""
        if self.request.GET or wants_fragment(self.request) or not self.has_memory:
            return ""
        if not self._default:
            return ""
        found = [view for view in self.saved_views if view.is_default and not view.is_active]
        return found[0].url if found else ""

    @property
    def is_results_part(self) -> bool:
        """Only the rows are being replaced: the bar above them follows beside."""
        return wants_fragment(self.request) and htmx_target(self.request) == "results"
