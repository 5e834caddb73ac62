"""The command palette: what the apps find by kind, then what can be done, then pages by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from scrm.access.models import Language
from scrm.console.navigation import items_on
from scrm.console.pages.base import ConsolePage
from scrm.console.requests import came_from, wants_fragment
from scrm.console.routes import page_url
from scrm.console.search import commands_for, search_groups
from scrm.console.shell.frame import Preferences

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_LONGEST = 80
_SHOWN = 12


@dataclass(frozen=True, kw_only=True)
class ShownHit:
    """One line: a link, a preference that is posted, or (neither) the table of keys."""

    title: str
    icon: str
    url: str = ""
    note: str = ""
    preference: tuple[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class HitGroup:
    """Hits of one kind under its name."""

    label: str
    hits: Sequence[ShownHit]


class SearchPart(ConsolePage):
    """Hits for the palette; opened as a page (Enter before they came) a single hit is entered at once."""

    permission = ""
    title = gettext_lazy("搜索")
    template_name = "console/search.html"
    nav_key = "search"
    url_name = "search"

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        text = request.GET.get("q", "").strip()[:_LONGEST].replace("\x00", "")
        groups = [group for group in self._groups(text) if group.hits]
        hits = [hit for group in groups for hit in group.hits]
        context = {
            "groups": groups,
            "query": text,
            "is_only": bool(text) and len(hits) == 1 and bool(hits[0].url),
            "back": came_from(request),
        }
        if wants_fragment(request):
            return self.fragment("console/shell/_palette_results.html", context)
        if context["is_only"]:
            return redirect(hits[0].url)
        return self.answer(context)

    def _groups(self, text: str) -> Iterator[HitGroup]:
        left = _SHOWN
        if text:
            for label, hits in search_groups(text=text, may=self.may, limit=_SHOWN):
                left -= len(hits)
                yield HitGroup(
                    label=label or _("结果"),
                    hits=[
                        ShownHit(
                            title=hit.title,
                            url=self.url(hit.page, **dict(hit.arguments)),
                            note=hit.note,
                            icon=hit.icon,
                        )
                        for hit in hits
                    ],
                )
        yield HitGroup(label=_("操作"), hits=[*self._commands(text), *self._preferences(text)])
        if text:
            yield HitGroup(label=_("页面"), hits=self._pages(text)[: max(left, 0)])
            yield HitGroup(label=_("品牌"), hits=self._brands(text))

    def _commands(self, text: str) -> list[ShownHit]:
        return [
            ShownHit(title=str(found.label), url=self.url(found.page), icon=found.icon)
            for found in commands_for(text=text, may=self.may)
        ]

    def _preferences(self, text: str) -> list[ShownHit]:
        looks = Preferences.of(self.request)
        is_compact, is_green = looks.density == "compact", looks.rise == "green"
        is_english = self.request.operator.language == Language.ENGLISH
        words = [
            ShownHit(
                title=_("标准行距") if is_compact else _("紧凑行距"),
                icon="list",
                preference=("density", "regular" if is_compact else "compact"),
            ),
            ShownHit(
                title=_("红涨绿跌") if is_green else _("绿涨红跌"),
                icon="activity",
                preference=("rise", "red" if is_green else "green"),
            ),
            ShownHit(
                title="简体中文" if is_english else "English",
                icon="language",
                preference=("language", "zh-hans" if is_english else "en"),
            ),
            ShownHit(title=_("键盘快捷键"), icon="help-circle", note="?"),
        ]
        return [hit for hit in words if text.lower() in hit.title.lower()]

    def _pages(self, text: str) -> list[ShownHit]:
        return [
            ShownHit(title=str(item.label), url=self.url(item.key), icon="file-text")
            for item in items_on()
            if text.lower() in str(item.label).lower() and self.may(item.permission)
        ]

    def _brands(self, text: str) -> list[ShownHit]:
        return [
            ShownHit(
                title=place.tenant.name,
                url=page_url(place.tenant.slug, "home"),
                icon="arrows-exchange",
                note=_("切换品牌"),
            )
            for place in self.request.memberships
            if place.tenant != self.request.tenant and text.lower() in place.tenant.name.lower()
        ]
