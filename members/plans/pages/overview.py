"""What is sold, how it sells, and whether paid members come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.benefits.models import Place
from members.benefits.selectors import offers_read
from members.benefits.words import value_words
from members.plans.models import PaidPlan, TermState
from members.plans.rules import BENCHMARK_BP, BENCHMARK_YEAR
from members.plans.selectors import (
    Figures,
    figures_read,
    members_by_plan,
    plans_listed,
)
from scrm.console.columns import Column, table_make
from scrm.console.elements import Action, Badge, Kpi
from scrm.console.pages import ConsolePage
from scrm.console.routes import Nav, page
from scrm.console.writing import bp_text, thousands, yuan

_NOTHING = "—"


@dataclass(frozen=True, kw_only=True)
class PlanRow:
    """A plan with who holds it and what it brings."""

    plan: PaidPlan
    members: int
    benefits: str


@page("members/plans/", name="plans", nav=Nav(section="members", order=32))
class PlansPage(ConsolePage):
    """What is sold, how it sells, and whether paid members come back."""

    permission = "plans.view"
    title = gettext_lazy("付费会员")
    template_name = "members/plans/plans.html"

    @override
    def subtitle(self) -> str:
        return _("与等级是两条线：付费会员到期，等级不变")

    @override
    def actions(self) -> Sequence[Action]:
        return (
            Action(label=_("开通记录"), href=self.url("plans-terms"), icon="list"),
            Action(
                label=_("新建方案"), href=self.url("plans-new"), icon="plus", is_primary=True,
                permission="plans.edit",
            ),
        )  # fmt: skip

    @override
    def context(self) -> dict[str, Any]:
        found = figures_read()
        holders, offers = members_by_plan(), offers_read(Place.PLAN)
        rows = [
            PlanRow(
                plan=plan,
                members=holders.get(plan.pk, 0),
                benefits=" · ".join(
                    f"{offer.benefit.name} {value_words(offer.benefit.kind, offer.value)}"
                    for offer in offers.get((Place.PLAN, plan.public_id), ())
                ),
            )
            for plan in plans_listed().order_by("closed_at", "-pk")
        ]
        return {
            "kpis": _kpis(found),
            "has_plans": bool(rows),
            "table": table_make(
                caption=_("方案"), columns=self._columns(), rows=rows, row_url=self._row_url
            ),
            "found": found,
            "repurchase_bp": found.repurchase_bp,
            "benchmark_bp": BENCHMARK_BP,
            "benchmark_year": BENCHMARK_YEAR,
        }

    def _row_url(self, row: PlanRow) -> str:
        if not self.may("plans.edit"):
            return ""
        return self.url("plans-edit", plan_id=row.plan.public_id)

    def _columns(self) -> Sequence[Column]:
        def terms_url(row: PlanRow) -> str:
            asked = {"plan": row.plan.public_id, "state": TermState.ACTIVE.value}
            return f"{self.url('plans-terms')}?{urlencode(asked)}"

        return (
            Column(key="name", label=_("方案"), is_primary=True, value=lambda row: row.plan.name),
            Column(key="price", label=_("价格"), kind="yuan", value=lambda row: row.plan.price_fen),
            Column(
                key="term",
                label=_("有效期"),
                value=lambda row: _("%(n)s 个月") % {"n": row.plan.term_months},
            ),
            Column(key="benefits", label=_("权益"), value=lambda row: row.benefits),
            Column(key="members", label=_("持有会员"), kind="number", href=terms_url),
            Column(
                key="segment",
                label=_("可购买的人群"),
                value=lambda row: row.plan.segment.name if row.plan.segment else _("所有会员"),
            ),
            Column(
                key="state",
                label=_("状态"),
                kind="status",
                value=lambda row: (
                    Badge(_("已停售"), "muted") if row.plan.closed_at else Badge(_("在售"), "good")
                ),
            ),
        )


def _kpis(found: Figures) -> list[Kpi]:
    renewal = found.renewal_bp
    return [
        Kpi(
            label=_("付费会员"), value=thousands(found.members), explain=_("现在持有任一方案的会员")
        ),
        Kpi(
            label=_("近 30 天销售"),
            value=yuan(found.sold_fen),
            note=_("%(n)s 笔，其中续费 %(m)s 笔")
            % {"n": thousands(found.sold), "m": thousands(found.renewed)},
        ),
        Kpi(
            label=_("续费率"),
            value=_NOTHING if renewal is None else bp_text(renewal),
            note=_("%(n)s 期到期") % {"n": thousands(found.due)},
            explain=_("近 365 天到期的，有多少续了下一期"),
        ),
        Kpi(
            label=_("近 30 天退款"),
            value=yuan(found.refunded_fen),
            note=_("%(n)s 笔") % {"n": thousands(found.refunded)},
        ),
    ]
