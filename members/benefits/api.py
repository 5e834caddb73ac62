"""Benefits by REST."""

from __future__ import annotations

from django.db.models import QuerySet

from members.benefits import serializers as shapes
from members.benefits.doors import MemberBenefits, member_benefits, member_grant, member_grants
from members.benefits.models import Benefit, BenefitGrant
from members.benefits.selectors import benefit_get, benefits_listed
from members.benefits.services import (
    benefit_archive,
    benefit_create,
    benefit_update,
    grant_use,
    grant_void,
)
from scrm.api.operations import Answer, operation
from scrm.api.routes import route_register
from scrm.api.views import ApiView

_CREATED, _FOUND = 201, 200


class _BenefitView(ApiView):
    scope_read = "benefits.view"
    scope_write = "benefits.edit"
    tag = "benefits"


class BenefitList(_BenefitView):
    """The catalogue."""

    @operation(
        "benefits_list", "List benefits in use, newest first.",
        answer=shapes.BenefitOut, is_list=True,
    )  # fmt: skip
    def get(self) -> QuerySet[Benefit]:
        return benefits_listed()

    @operation(
        "benefit_create", "Put a benefit into the catalogue.",
        body=shapes.BenefitIn, answer=shapes.BenefitOut, status=_CREATED, errors=("invalid_value",),
        examples={"30 days to return": {"name": "30 天无理由退货", "kind": "no_reason_return", "value": 30}},
    )  # fmt: skip
    def post(self) -> Benefit:
        return benefit_create(**self.body)


class BenefitDetail(_BenefitView):
    """One benefit."""

    @operation("benefit_get", "A benefit.", answer=shapes.BenefitOut)
    def get(self, public_id: str) -> Benefit:
        return benefit_get(public_id)

    @operation(
        "benefit_change", "Change what is given; where it is offered already it keeps its value there.",
        body=shapes.BenefitPatch, answer=shapes.BenefitOut, errors=("invalid_value",),
    )  # fmt: skip
    def patch(self, public_id: str) -> Benefit:
        return benefit_update(public_id=public_id, **self.body)

    @operation(
        "benefit_archive", "Take a benefit out of the catalogue; grants of it stay good.",
        errors=("benefit_in_use",),
    )  # fmt: skip
    def delete(self, public_id: str) -> None:
        benefit_archive(public_id=public_id)


class MemberBenefitList(ApiView):
    """What a member may use."""

    scope_read = "benefits.view"
    tag = "benefits"

    @operation(
        "member_benefits", "The best of each benefit over tier, paid plan, channel layer and grants.",
        answer=shapes.MemberBenefitsOut, errors=("not_found",),
    )  # fmt: skip
    def get(self, public_id: str) -> MemberBenefits:
        return member_benefits(public_id)


class MemberGrants(ApiView):
    """Grants of a member."""

    scope_read = "benefits.view"
    scope_write = "benefits.grant"
    tag = "benefits"

    @operation(
        "member_grants_list", "Everything granted to the member, newest first.",
        answer=shapes.GrantOut, is_list=True,
    )  # fmt: skip
    def get(self, public_id: str) -> QuerySet[BenefitGrant]:
        return member_grants(public_id)

    @operation(
        "member_grant", "Give the member a benefit to use once; the same reference answers 200.",
        body=shapes.GrantIn, answer=shapes.GrantOut, status=_CREATED, also=(_FOUND,),
        errors=("invalid_value",), examples={"a gift": {"benefit": "gift_pack", "reference": "CARE-1"}},
    )  # fmt: skip
    def post(self, public_id: str) -> Answer:
        grant, is_new = member_grant(public_id, **self.body)
        return Answer(value=grant, status=_CREATED if is_new else _FOUND)


class GrantUse(ApiView):
    """A benefit taken up."""

    scope_write = "benefits.grant"
    tag = "benefits"

    @operation(
        "benefit_grant_use", "Mark a grant as used; again changes nothing.",
        answer=shapes.GrantOut, errors=("invalid_transition",),
    )  # fmt: skip
    def post(self, public_id: str) -> BenefitGrant:
        return grant_use(public_id=public_id)


class GrantVoid(ApiView):
    """A grant taken back."""

    scope_write = "benefits.grant"
    tag = "benefits"

    @operation(
        "benefit_grant_void", "Take back a grant nobody has used.",
        body=shapes.VoidIn, answer=shapes.GrantOut, errors=("invalid_transition",),
    )  # fmt: skip
    def post(self, public_id: str) -> BenefitGrant:
        return grant_void(public_id=public_id, reason=self.body["reason"])


route_register("benefits", BenefitList, "benefits")
route_register("benefits/<str:public_id>", BenefitDetail, "benefit")
route_register("members/<str:public_id>/benefits", MemberBenefitList, "member-benefits")
route_register("members/<str:public_id>/benefit-grants", MemberGrants, "member-grants")
route_register("benefit-grants/<str:public_id>/use", GrantUse, "benefit-grant-use")
route_register("benefit-grants/<str:public_id>/void", GrantVoid, "benefit-grant-void")
