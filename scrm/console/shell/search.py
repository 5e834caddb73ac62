"""The command palette: pages by name, then whatever the apps find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from scrm.console.navigation import items_on
from scrm.console.pages.base import ConsolePage
from scrm.console.requests import wants_fragment
from scrm.console.search import search_all

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_LONGEST = 80
_SHOWN = 12


@dataclass(frozen=True, kw_only=True)
class ShownHit:
    title: str
    url: str
    note: str
    icon: str


class SearchPart(ConsolePage):
    """Hits for the palette; opened as a page (Enter without script) a single hit is entered at once."""

    permission = ""
    title = gettext_lazy("搜索")
    template_name = "console/search.html"
    nav_key = "search"
    url_name = "search"

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        text = request.GET.get("q", "").strip()[:_LONGEST].replace("\x00", "")
        hits = self._hits(text) if text else []
        if wants_fragment(request):
            return self.fragment(
                "console/shell/_palette_results.html", {"hits": hits, "query": text}
            )
        if len(hits) == 1:
            return redirect(hits[0].url)
        return self.answer({"hits": hits, "query": text})

    def _hits(self, text: str) -> list[ShownHit]:
        pages = [
            ShownHit(
                title=str(item.label), url=self.url(item.key), note=_("页面"), icon="file-text"
            )
            for item in items_on()
            if text.lower() in str(item.label).lower() and self.may(item.permission)
        ]
        found = [
            ShownHit(
                title=hit.title,
                url=self.url(hit.page, **dict(hit.arguments)),
                note=hit.note,
                icon=hit.icon,
            )
            for hit in search_all(text=text, may=self.may)
        ]
        return (found + pages)[:_SHOWN]
