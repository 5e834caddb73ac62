"""Every term that was sold; sell, renew and refund one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.benefits.forms import ReasonForm
from members.people.selectors import member_get
from members.plans.forms import RenewForm, SellForm
from members.plans.models import PaidMembership, TermState
from members.plans.selectors import (
    plan_choices,
    term_get,
    terms_listed,
)
from members.plans.services import (
    plan_buy,
    plan_refund,
    plan_renew,
    refund_quote,
)
from members.tiers.words import last_day
from scrm.console.columns import Column
from scrm.console.elements import Action, Badge, Crumb, Person, Tone
from scrm.console.filters import ChoiceFilter, ListQuery, Sort
from scrm.console.pages import ConsolePage, FormPage, ListPage
from scrm.console.requests import toast
from scrm.console.routes import page
from scrm.console.writing import yuan
from scrm.core.errors import DomainError

_TONES: dict[str, Tone] = {
    TermState.ACTIVE: "good",
    TermState.EXPIRED: "muted",
    TermState.REFUNDED: "warn",
}


@page("members/plans/terms/", name="plans-terms")
class TermListPage(ListPage):
    """Every term that was sold, with what became of it."""

    permission = "plans.view"
    nav_key = "plans"
    title = gettext_lazy("开通记录")
    noun = gettext_lazy("期")
    search_hint = gettext_lazy("会员号 / 支付单号")
    filters = (
        ChoiceFilter(key="plan", label=gettext_lazy("方案"), choices=plan_choices),
        ChoiceFilter(key="state", label=gettext_lazy("状态"), choices=TermState.choices),
    )
    sorts = (
        Sort(key="-bought", label=gettext_lazy("最近购买"), order=("-bought_at", "-id")),
        Sort(key="until", label=gettext_lazy("最先到期"), order=("until", "id")),
    )
    empty_title = gettext_lazy("还没有开通记录")
    empty_text = gettext_lazy("在会员详情里开通，或由商城通过接口写入。")
    empty_icon = "crown"
    columns = (
        Column(
            key="person",
            label=gettext_lazy("会员"),
            kind="person",
            is_primary=True,
            value=lambda row: Person(
                name=row.member.display_name or row.member.member_no, note=row.member.phone_masked
            ),
        ),
        Column(key="plan", label=gettext_lazy("方案"), value=lambda row: row.plan.name),
        Column(
            key="kind",
            label=gettext_lazy("类型"),
            value=lambda row: _("续费") if row.renewed_from_id else _("开通"),
        ),
        Column(key="price_fen", label=gettext_lazy("实付"), kind="yuan"),
        Column(key="bought_at", label=gettext_lazy("购买时间"), kind="datetime"),
        Column(key="until", label=gettext_lazy("有效期至"), value=lambda row: last_day(row.until)),
        Column(
            key="state",
            label=gettext_lazy("状态"),
            kind="status",
            value=lambda row: Badge(TermState(row.state).label, _TONES[row.state]),
        ),
        Column(
            key="refunded",
            label=gettext_lazy("已退"),
            kind="yuan",
            value=lambda row: row.refunded_fen or None,
        ),
        Column(key="reference", label=gettext_lazy("支付单号"), optional=True),
    )

    @override
    def queryset(self, query: ListQuery) -> QuerySet[Any]:
        return terms_listed(plans=query.all("plan"), states=query.all("state"), search=query.search)

    @override
    def row_url(self, row: Any) -> str:
        return self.url("plans-term", term_id=row.public_id)


@page("members/plans/terms/<str:term_id>/", name="plans-term")
class TermPage(ConsolePage):
    """One term, and what may be done with it."""

    permission = "plans.view"
    nav_key = "plans"
    template_name = "members/plans/term.html"

    @cached_property
    def term(self) -> PaidMembership:
        return term_get(self.kwargs["term_id"])

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [
            Crumb(_("付费会员"), self.url("plans")),
            Crumb(_("开通记录"), self.url("plans-terms")),
        ]

    @override
    def heading(self) -> str:
        member = self.term.member
        return f"{member.display_name or member.member_no} · {self.term.plan.name}"

    @override
    def actions(self) -> Sequence[Action]:
        if self.term.state != TermState.ACTIVE:
            return ()
        return (
            Action(
                label=_("退款"),
                href=self.url("plans-refund", term_id=self.term.public_id),
                is_danger=True,
                permission="plans.refund",
            ),
            Action(
                label=_("续费"),
                href=self.url("plans-renew", term_id=self.term.public_id),
                is_primary=True,
                permission="plans.sell",
            ),
        )

    @override
    def context(self) -> dict[str, Any]:
        term = self.term
        pairs: list[tuple[str, object]] = [
            (_("状态"), TermState(term.state).label),
            (_("实付"), yuan(term.price_fen)),
            (_("支付单号"), term.reference),
            (_("有效期至"), last_day(term.until)),
        ]
        if term.state == TermState.REFUNDED:
            pairs += [(_("已退"), yuan(term.refunded_fen)), (_("原因"), term.refund_reason)]
        return {"term": term, "pairs": pairs}


class _TermFormPage(FormPage):
    nav_key = "plans"

    @override
    def cancel_url(self) -> str:
        return self.url("plans-term", term_id=self.kwargs["term_id"])


@page("members/plans/terms/<str:term_id>/renew/", name="plans-renew")
class RenewPage(_TermFormPage):
    """The next term."""

    permission = "plans.sell"
    title = gettext_lazy("续费")
    submit_label = gettext_lazy("续费")
    form_class = RenewForm

    @override
    def subtitle(self) -> str:
        term = term_get(self.kwargs["term_id"])
        return _("%(plan)s · 从 %(day)s 之后接着算") % {
            "plan": term.plan.name,
            "day": last_day(term.until),
        }

    @override
    def save(self, form: forms.BaseForm) -> str:
        told = form.cleaned_data
        term, _new = plan_renew(
            public_id=self.kwargs["term_id"], reference=told["reference"], price_fen=told["price"]
        )
        toast(self.request, "success", _("已续费至 %(day)s") % {"day": last_day(term.until)})
        return self.url("plans-term", term_id=term.public_id)


@page("members/plans/terms/<str:term_id>/refund/", name="plans-refund")
class RefundPage(_TermFormPage):
    """End a term; what is given back is said first."""

    permission = "plans.refund"
    title = gettext_lazy("退付费会员")
    submit_label = gettext_lazy("退款")
    is_danger = True
    form_class = ReasonForm
    form_intro = "members/plans/_refund_intro.html"

    @override
    def context(self) -> dict[str, Any]:
        term = term_get(self.kwargs["term_id"])
        try:
            quote: dict[str, Any] = {"fen": refund_quote(term)}
        except DomainError as refusal:
            quote = {"refusal": str(refusal)}
        return {**super().context(), "term": term, "quote": quote}

    @override
    def save(self, form: forms.BaseForm) -> str:
        term = plan_refund(public_id=self.kwargs["term_id"], reason=form.cleaned_data["reason"])
        words = _("已结束，应退 %(amount)s") % {"amount": yuan(term.refunded_fen)}
        toast(self.request, "success", words)
        return self.cancel_url()


@page("members/<str:member_id>/plan/", name="members-plan")
class SellPage(FormPage):
    """Sell a plan to a member."""

    permission = "plans.sell"
    nav_key = "members-list"
    title = gettext_lazy("开通付费会员")
    submit_label = gettext_lazy("开通")
    form_class = SellForm

    @override
    def cancel_url(self) -> str:
        return self.url("members-detail", member_id=self.kwargs["member_id"])

    @override
    def subtitle(self) -> str:
        member = member_get(self.kwargs["member_id"])
        return member.display_name or member.member_no

    @override
    def save(self, form: forms.BaseForm) -> str:
        told = form.cleaned_data
        term, _new = plan_buy(
            member=self.kwargs["member_id"],
            plan=told["plan"],
            reference=told["reference"],
            price_fen=told["price"],
        )
        toast(self.request, "success", _("已开通至 %(day)s") % {"day": last_day(term.until)})
        return self.cancel_url()
