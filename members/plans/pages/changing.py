"""Forms of plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.benefits.models import Place
from members.benefits.selectors import offers_at
from members.benefits.words import value_text
from members.plans.forms import OFFER, PlanForm
from members.plans.models import PaidPlan
from members.plans.selectors import (
    plan_get,
)
from members.plans.services import (
    plan_close,
    plan_create,
    plan_update,
)
from scrm.console.elements import Action
from scrm.console.pages import ActPage, FormPage
from scrm.console.requests import toast
from scrm.console.routes import page
from scrm.core.money import yuan_text


class _PlanFormPage(FormPage):
    permission = "plans.edit"
    nav_key = "plans"
    form_class = PlanForm

    @override
    def cancel_url(self) -> str:
        return self.url("plans")


@page("members/plans/new/", name="plans-new")
class NewPlanPage(_PlanFormPage):
    """Something new to sell."""

    title = gettext_lazy("新建付费会员方案")

    @override
    def save(self, form: forms.BaseForm) -> str:
        plan = plan_create(**form.cleaned_data)
        toast(self.request, "success", _("%(name)s 已开始销售") % {"name": plan.name})
        return self.cancel_url()


@page("members/plans/<str:plan_id>/edit/", name="plans-edit")
class EditPlanPage(_PlanFormPage):
    """Another price or other terms for later purchases."""

    title = gettext_lazy("编辑付费会员方案")

    @cached_property
    def plan(self) -> PaidPlan:
        return plan_get(self.kwargs["plan_id"])

    @override
    def heading(self) -> str:
        return self.plan.name

    @override
    def subtitle(self) -> str:
        return _("价格与期限只影响之后的购买；权益对所有持有者生效")

    @override
    def actions(self) -> Sequence[Action]:
        is_closed = self.plan.closed_at is not None
        return (
            Action(
                label=_("恢复销售") if is_closed else _("停售"),
                href=self.url("plans-close", plan_id=self.plan.public_id),
                method="post",
            ),
        )

    @override
    def initial(self) -> Mapping[str, Any]:
        plan = self.plan
        names = ("name", "term_months", "renew_days", "refund_days", "refund_after", "description")
        offers = offers_at(Place.PLAN, plan.public_id)
        form = PlanForm()
        kinds = {benefit.code: benefit.kind for benefit in form.benefits}
        return {
            **{name: getattr(plan, name) for name in names},
            "price": yuan_text(plan.price_fen),
            "segment": plan.segment.public_id if plan.segment else "",
            **{
                OFFER + code: value_text(kinds[code], value) or True
                for code, value in offers.items()
                if code in kinds
            },
        }

    @override
    def save(self, form: forms.BaseForm) -> str:
        plan = plan_update(public_id=self.plan.public_id, **form.cleaned_data)
        toast(self.request, "success", _("已保存 %(name)s") % {"name": plan.name})
        return self.cancel_url()


@page("members/plans/<str:plan_id>/close/", name="plans-close")
class ClosePlanPage(ActPage):
    """Off sale, or on sale again."""

    permission = "plans.edit"
    nav_key = "plans"
    title = gettext_lazy("停售或恢复销售")

    @override
    def act(self) -> str:
        is_closed = plan_get(self.kwargs["plan_id"]).closed_at is not None
        plan = plan_close(public_id=self.kwargs["plan_id"], is_closed=not is_closed)
        words = _("已停售，已开通的不受影响") if plan.closed_at else _("已恢复销售")
        toast(self.request, "success", words)
        return self.url("plans")
