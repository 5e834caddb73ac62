"""RFM on the member's page and on the overview."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.overview.panels import OverviewPanel, overview_panel_register
from analytics.rfm.cards import matrix_rows, members_link
from analytics.rfm.rules import TOP
from analytics.rfm.selectors import (
    TopMember,
    matrix_get,
    run_current,
    score_of,
    segment_top,
)
from analytics.rfm.words import SEGMENT_WORDS
from scrm.console.columns import Column, table_make
from scrm.console.elements import Badge, Person
from scrm.console.pages.base import ConsolePage
from scrm.console.panels import Panel, panel_register

_TOP_MEMBERS = 6
_RETAIN = "important_retain"


def rfm_panel(member_id: int) -> Mapping[str, object]:
    """A member's digits, what they mean and how they moved."""
    score, run = score_of(member_id), run_current()
    if score is None or run is None:
        return {"score": None, "run": run}
    words = SEGMENT_WORDS[score.segment]
    return {
        "score": score,
        "run": run,
        "badge": Badge(words.label, words.tone),
        "words": words,
        "pairs": [
            (_("R 最近消费"), _("%(score)s 分") % {"score": score.r}),
            (_("F 消费频次"), _("%(score)s 分") % {"score": score.f}),
            (_("M 消费金额"), _("%(score)s 分") % {"score": score.m}),
        ],
    }


def overview_matrix(page: ConsolePage) -> Mapping[str, object]:
    """The matrix in small: one row of the database."""
    matrix = matrix_get(is_compared=False)
    link = partial(members_link, page.url("members-list"))
    return {
        "matrix": matrix,
        "href": page.url("analytics-rfm"),
        "rows": []
        if matrix is None
        else matrix_rows(matrix, show="members", link=link, totals=False),
        "columns": [f"F{f}" for f in range(1, TOP + 1)],
    }


def overview_retain(page: ConsolePage) -> Mapping[str, object]:
    """Members worth winning back, by what they have spent."""

    def address(row: TopMember) -> str:
        return page.url("members-detail", member_id=row.member.public_id)

    table = table_make(
        caption=_("重要挽留会员"),
        columns=(
            Column(key="member", label=_("会员"), kind="person", is_primary=True, value=_person),
            Column(key="net_fen", label=_("累计消费"), kind="yuan"),
            Column(key="last_paid_date", label=_("最近消费"), kind="date"),
        ),
        rows=segment_top(_RETAIN, limit=_TOP_MEMBERS),
        row_url=address,
    )
    return {"table": table, "href": members_link(page.url("members-list"), segment=f"in:{_RETAIN}")}


def _person(row: TopMember) -> Person:
    member = row.member
    return Person(
        name=member.display_name or _("未命名"), note=member.phone_masked or member.member_no
    )


panel_register(
    Panel(
        key="rfm", slot="rail", label=gettext_lazy("RFM"), template="analytics/rfm/_rail.html", load=rfm_panel,
        permission="analytics.view", order=10,
    )
)  # fmt: skip
overview_panel_register(
    OverviewPanel(
        key="rfm-matrix",
        slot="matrix",
        template="analytics/rfm/_overview_matrix.html",
        load=overview_matrix,
    )
)
overview_panel_register(
    OverviewPanel(
        key="rfm-retain", slot="table", template="analytics/rfm/_overview_retain.html", load=overview_retain,
        permission="members.view", order=10,
    )
)  # fmt: skip
