"""A page about one thing: header, figures, tabs that load when opened, and a rail on the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from typing_extensions import override

from scrm.console.elements import Kpi, Tab
from scrm.console.pages.base import ConsolePage
from scrm.console.requests import htmx_target, wants_fragment


@dataclass(frozen=True, kw_only=True)
class VisibleTab:
    tab: Tab
    url: str
    is_active: bool


@dataclass(frozen=True, kw_only=True)
class RailCard:
    """A card of the right rail, already filled."""

    title: str
    template: str
    context: Mapping[str, object]


class DetailPage(ConsolePage):
    """A page about one thing. `subject_get` raises NotFound for an unknown id or another brand's.

    Tabs are addressed by `?tab=`; only the open one is computed. The template extends
    `console/detail.html` and fills the blocks `detail_header`, `detail_rail` and so on.
    """

    template_name: ClassVar[str] = "console/detail.html"

    def subject_get(self, *args: Any, **arguments: Any) -> Any:
        raise NotImplementedError

    def tabs(self) -> Sequence[Tab]:
        return ()

    def tab_answer(self, key: str) -> tuple[str, Mapping[str, object]]:
        """Template and context of one tab."""
        raise NotImplementedError

    def kpis(self) -> Sequence[Kpi]:
        return ()

    def rail(self) -> Sequence[RailCard]:
        return ()

    @cached_property
    def subject(self) -> Any:
        arguments = self.request.resolver_match.kwargs if self.request.resolver_match else {}
        return self.subject_get(**{k: v for k, v in arguments.items() if k != "tenant_slug"})

    @cached_property
    def visible_tabs(self) -> list[VisibleTab]:
        allowed = [tab for tab in self.tabs() if self.may(tab.permission)]
        asked = self.request.GET.get("tab", "")
        known = {tab.key for tab in allowed}
        active = asked if asked in known else (allowed[0].key if allowed else "")
        return [
            VisibleTab(tab=tab, url=f"?tab={tab.key}", is_active=tab.key == active)
            for tab in allowed
        ]

    @override
    def context(self) -> dict[str, object]:
        """Adds the open tab's template and context; extend with `super().context() | {…}`."""
        for shown in self.visible_tabs:
            if shown.is_active:
                template, values = self.tab_answer(shown.tab.key)
                return {"subject": self.subject, "tab_template": template, **values}
        return {"subject": self.subject}

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.subject is None:
            raise Http404
        if wants_fragment(self.request) and htmx_target(self.request) == "tab-panel":
            return self._tab_fragment()
        return self.answer(self.context())

    def _tab_fragment(self) -> HttpResponse:
        active = next((shown for shown in self.visible_tabs if shown.is_active), None)
        if active is None:
            raise Http404
        template, values = self.tab_answer(active.tab.key)
        return render(
            self.request,
            "console/detail/_tabs.html",
            {**values, "subject": self.subject, "tab_template": template, "page": self},
        )
