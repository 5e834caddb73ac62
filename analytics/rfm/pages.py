"""Page 5: the matrix, its segments and the rules behind them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from analytics.rfm.cards import (
    SHOWS,
    CutRow,
    SegmentCard,
    cut_rows,
    matrix_rows,
    members_link,
    segment_cards,
)
from analytics.rfm.rules import TOP
from analytics.rfm.selectors import Matrix, matrix_get
from scrm.console.elements import Action, HeatRow
from scrm.console.pages import ConsolePage
from scrm.console.routes import Nav, page
from scrm.console.writing import datetime_text, thousands


@page("analytics/rfm/", name="analytics-rfm", nav=Nav(section="analytics", order=20))
class RfmPage(ConsolePage):
    """Every cell and every card opens exactly the members it counts."""

    permission = "analytics.view"
    title = gettext_lazy("RFM 矩阵")
    template_name = "analytics/rfm/matrix.html"

    @cached_property
    def matrix(self) -> Matrix | None:
        return matrix_get()

    @cached_property
    def show(self) -> str:
        asked = self.request.GET.get("show", "")
        return asked if asked in SHOWS else "members"

    @override
    def subtitle(self) -> str:
        if self.matrix is None:
            return _("还没有打分")
        return _("数据截至 %(day)s · 过去 %(days)s 天 · %(count)s 人有得分 · 打分于 %(at)s") % {
            "day": self.matrix.as_of.isoformat(),
            "days": self.matrix.window_days,
            "count": thousands(self.matrix.scored),
            "at": datetime_text(self.matrix.finished_at),
        }

    @override
    def actions(self) -> Sequence[Action]:
        if self.matrix is None:
            return ()
        return [
            Action(label=_("查看全部"), href=self.link(), icon="users", permission="members.view")
        ]

    def link(self, **conditions: str) -> str:
        """The member list narrowed by fields of ours, e.g. ``r="eq:5"``."""
        return members_link(self.url("members-list"), **conditions)

    @override
    def context(self) -> dict[str, Any]:
        if self.matrix is None:
            return {"matrix": None}
        rows: Sequence[HeatRow] = matrix_rows(self.matrix, show=self.show, link=self.link)
        cards: Sequence[SegmentCard] = segment_cards(self.matrix, link=self.link)
        cuts: Sequence[CutRow] = cut_rows(self.matrix)
        return {
            "matrix": self.matrix,
            "shows": [(key, label, key == self.show) for key, label in SHOWS.items()],
            "rows": rows,
            "columns": [*(f"F{f}" for f in range(1, TOP + 1)), _("合计")],
            "cards": cards,
            "cuts": cuts,
            "may_list": self.may("members.view"),
        }
