"""Paid plans by REST."""

from __future__ import annotations

from django.db.models import QuerySet

from members.plans import serializers as shapes
from members.plans.doors import PlanShown, plan_read, plan_write
from members.plans.models import PaidMembership, PaidPlan
from members.plans.selectors import plans_listed, term_get, terms_listed
from members.plans.services import plan_buy, plan_close, plan_refund, plan_renew
from scrm.api.operations import Answer, operation
from scrm.api.routes import route_register
from scrm.api.views import ApiView

_CREATED, _FOUND = 201, 200
_YEAR = {"name": "年卡", "price": {"amount": 19900, "currency": "CNY"}, "term_months": 12}


class _PlanView(ApiView):
    scope_read = "plans.view"
    scope_write = "plans.edit"
    tag = "plans"


class PlanList(_PlanView):
    """What is sold."""

    @operation(
        "paid_plans_list", "List plans, newest first; those off sale have `closed_at`.",
        answer=shapes.PlanOut, is_list=True,
    )  # fmt: skip
    def get(self) -> QuerySet[PaidPlan]:
        return plans_listed()

    @operation(
        "paid_plan_create", "Put a plan on sale.",
        body=shapes.PlanIn, answer=shapes.PlanDetailOut, status=_CREATED,
        errors=("invalid_value", "not_found"), examples={"a year": _YEAR},
    )  # fmt: skip
    def post(self) -> PlanShown:
        return plan_write(self.body)


class PlanDetail(_PlanView):
    """One plan."""

    @operation("paid_plan_get", "A plan with its benefits.", answer=shapes.PlanDetailOut)
    def get(self, public_id: str) -> PlanShown:
        return plan_read(public_id)

    @operation(
        "paid_plan_change", "Change a plan for later purchases; benefits change for all who hold it.",
        body=shapes.PlanPatch, answer=shapes.PlanDetailOut, errors=("invalid_value", "not_found"),
    )  # fmt: skip
    def patch(self, public_id: str) -> PlanShown:
        return plan_write(self.body, public_id)

    @operation("paid_plan_close", "Take a plan off sale; terms that were bought run on.")
    def delete(self, public_id: str) -> None:
        plan_close(public_id=public_id)


class TermList(ApiView):
    """Bought terms."""

    scope_read = "plans.view"
    scope_write = "plans.sell"
    tag = "plans"

    @operation(
        "paid_memberships_list", "List bought terms, newest first.",
        query=shapes.TermQuery, answer=shapes.TermOut, is_list=True,
    )  # fmt: skip
    def get(self) -> QuerySet[PaidMembership]:
        asked = self.query
        return terms_listed(
            member=asked.get("member", ""),
            plans=[asked["plan"]] if asked.get("plan") else (),
            states=[asked["state"]] if asked.get("state") else (),
        )

    @operation(
        "paid_membership_buy", "Sell a plan to a member; the same reference answers 200.",
        body=shapes.BuyIn, answer=shapes.TermOut, status=_CREATED, also=(_FOUND,),
        errors=("not_found", "plan_held", "not_eligible", "invalid_transition", "invalid_value"),
    )  # fmt: skip
    def post(self) -> Answer:
        told = self.body
        term, is_new = plan_buy(
            member=told["member"],
            plan=told["plan"],
            reference=told["reference"],
            at=told.get("occurred_at"),
            price_fen=told.get("price"),
        )
        return Answer(value=term, status=_CREATED if is_new else _FOUND)


class TermDetail(ApiView):
    """One term."""

    scope_read = "plans.view"
    tag = "plans"

    @operation("paid_membership_get", "A bought term.", answer=shapes.TermOut)
    def get(self, public_id: str) -> PaidMembership:
        return term_get(public_id)


class TermRenewal(ApiView):
    """The next term."""

    scope_write = "plans.sell"
    tag = "plans"

    @operation(
        "paid_membership_renew", "Sell the next term; the same reference answers 200.",
        body=shapes.RenewIn, answer=shapes.TermOut, status=_CREATED, also=(_FOUND,),
        errors=("invalid_transition", "invalid_value"),
    )  # fmt: skip
    def post(self, public_id: str) -> Answer:
        told = self.body
        term, is_new = plan_renew(
            public_id=public_id,
            reference=told["reference"],
            at=told.get("occurred_at"),
            price_fen=told.get("price"),
        )
        return Answer(value=term, status=_CREATED if is_new else _FOUND)


class TermRefund(ApiView):
    """The end of a term."""

    scope_write = "plans.refund"
    tag = "plans"

    @operation(
        "paid_membership_refund", "End a term now and say what is to be given back; the tier stays.",
        body=shapes.RefundIn, answer=shapes.TermOut, errors=("invalid_transition", "invalid_value"),
    )  # fmt: skip
    def post(self, public_id: str) -> PaidMembership:
        told = self.body
        return plan_refund(public_id=public_id, reason=told["reason"], at=told.get("occurred_at"))


route_register("paid-plans", PlanList, "paid-plans")
route_register("paid-plans/<str:public_id>", PlanDetail, "paid-plan")
route_register("paid-memberships", TermList, "paid-memberships")
route_register("paid-memberships/<str:public_id>", TermDetail, "paid-membership")
route_register("paid-memberships/<str:public_id>/renew", TermRenewal, "paid-membership-renewal")
route_register("paid-memberships/<str:public_id>/refund", TermRefund, "paid-membership-refund")
