"""Page 4, 经营总览: where an operator's day begins."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import NoReverseMatch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from analytics.overview import cards, tiles
from analytics.overview.asking import COMPARES, Asked, asked
from analytics.overview.figures import Overview
from analytics.overview.loop import loop_source
from analytics.overview.panels import OverviewPanel, overview_panels
from analytics.overview.rules import PRESETS
from analytics.overview.selectors import days_listed, overview_get, today
from scrm.console.elements import Action
from scrm.console.pages.base import ConsolePage
from scrm.console.requests import wants_fragment
from scrm.console.routes import Nav, page
from scrm.console.writing import datetime_text
from scrm.core.money import yuan_text

_NO_PANEL = "analytics/overview/_no_panel.html"


@dataclass(frozen=True)
class LazyPanel:
    """A card that is fetched when it comes into view."""

    id: str
    url: str


@page("analytics/overview/", name="analytics-overview", nav=Nav(section="analytics", order=10))
class OverviewPage(ConsolePage):
    """The formula, the trend, who matters, what was reached."""

    permission = "analytics.view"
    title = gettext_lazy("经营总览")
    template_name = "analytics/overview/overview.html"

    _asked: Asked | None = None
    _overview: Overview | None = None

    @property
    def asked(self) -> Asked:
        if self._asked is None:
            self._asked = asked(self.request.GET)
        return self._asked

    @property
    def overview(self) -> Overview:
        if self._overview is None:
            self._overview = overview_get(self.asked.period, compare=self.asked.compare)
        return self._overview

    @override
    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        key = self.request.GET.get("panel", "")
        if key and wants_fragment(self.request):
            found = [panel for panel in self._panels("table") if panel.key == key]
            return self.fragment(
                found[0].template if found else _NO_PANEL,
                dict(found[0].load(self)) if found else {},
            )
        return self.answer(self.context())

    @override
    def subtitle(self) -> str:
        overview = self.overview
        text = _("数据截至 %(at)s（%(zone)s）") % {
            "at": datetime_text(overview.as_of),
            "zone": self.request.tenant.timezone,
        }
        if overview.is_settling:
            text += _("，之后的订单正在汇总")
        if overview.standing is not None:
            text += _(" · 夜间指标截至 %(day)s") % {"day": overview.standing.as_of}
        return text

    @override
    def actions(self) -> Sequence[Action]:
        href = self.url("analytics-overview-export") + self.asked.query()
        return [Action(label=_("导出"), href=href, icon="download")]

    @override
    def context(self) -> dict[str, object]:
        overview, standing = self.overview, self.overview.standing
        if not overview.has_orders and not overview.members:
            return {"overview": overview, "start": self._start()}
        members = self._members_page()
        return {
            "overview": overview,
            "asked": self.asked,
            "today": today(),
            "formula": tiles.formula_tiles(overview, members_page=members),
            "formula_line": cards.formula_line(overview),
            "stats": tiles.stat_tiles(overview),
            "trend": cards.trend(overview),
            "trend_note": cards.share_text(overview),
            "has_trend": any(day.gmv_fen for day in overview.current.days),
            "matrices": [self._drawn(panel) for panel in self._panels("matrix")],
            "tables": [
                LazyPanel(id=f"panel-{panel.key}", url=f"?panel={panel.key}")
                for panel in self._panels("table")
            ],
            "reach_parts": cards.reach_parts(overview.reach),
            "pushes": self._page("push-list") if self.may("pushes.view") else "",
            "pareto_marks": (
                cards.pareto_marks(standing, members_page=members) if standing else []
            ),
            "pareto": cards.pareto_chart(standing) if standing and standing.payers else None,
            "channels": cards.channels_table(overview, members_page=members),
            "loop": cards.loop_tiles(overview, pages=self._loop_pages(members)),
        }

    # -- what the template asks --------------------------------------------------------------------

    def ranges(self) -> list[tuple[str, str, bool]]:
        return [
            (_("%(days)s 天") % {"days": days}, self.asked.query(preset=days), days == self.asked.preset)
            for days in PRESETS
        ]  # fmt: skip

    def compares(self) -> list[tuple[str, str, bool]]:
        return [(key, str(text), key == self.asked.compare) for key, text in COMPARES.items()]

    # -- parts -------------------------------------------------------------------------------------

    def _panels(self, slot: str) -> list[OverviewPanel]:
        return overview_panels(slot="table" if slot == "table" else "matrix", may=self.may)

    def _drawn(self, panel: OverviewPanel) -> str:
        return render_to_string(
            panel.template, {**panel.load(self), "page": self}, request=self.request
        )

    def _members_page(self) -> str:
        return self._page("members-list") if self.may("members.view") else ""

    def _loop_pages(self, members: str) -> dict[str, str]:
        counted = {part.part: part.page for part in self.overview.loop if part.page}
        found = {
            part: self._page(name)
            for part, name in counted.items()
            if (source := loop_source(part)) is not None
            and (not source.permission or self.may(source.permission))
        }
        return {"members": members, **found}

    def _start(self) -> Action | None:
        href = self._page("orders-import") if self.may("orders.write") else ""
        if not href:
            return None
        return Action(label=_("导入订单"), href=href, icon="upload", is_primary=True)

    def _page(self, name: str) -> str:
        try:
            return self.url(name)
        except NoReverseMatch:  # the room that owns it is not installed
            return ""


@page("analytics/overview/export/", name="analytics-overview-export")
class OverviewExportPage(ConsolePage):
    """The days of a period as a file that spreadsheets open."""

    permission = "analytics.view"
    title = gettext_lazy("导出经营总览")
    nav_key = "analytics-overview"

    @override
    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        period = asked(self.request.GET).period
        name = f"overview-{period.first:%Y%m%d}-{period.last:%Y%m%d}.csv"
        response = HttpResponse(
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
        response.write("\ufeff")  # Excel takes a file without it for GBK
        writer = csv.writer(response)
        writer.writerow(
            [
                _("日期"), _("GMV（元）"), _("退款（元）"), _("订单"), _("下单会员"), _("首购会员"), _("新会员"),
                _("新增好友"), _("流失好友"), _("积分发放"), _("积分消耗"), _("积分过期"),
            ]
        )  # fmt: skip
        for day in days_listed(period):
            writer.writerow(
                [
                    day.local_date.isoformat(), yuan_text(day.gmv_fen), yuan_text(day.refunded_fen), day.orders,
                    day.buyers, day.first_buyers, day.new_members, day.new_friends, day.lost_friends,
                    day.points_issued, day.points_spent, day.points_expired,
                ]
            )  # fmt: skip
        return response
