"""Pages 13 and 14: the wizard's four steps, what it lacks, and a plan that is sold, renewed and refunded."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from members.benefits.models import BenefitGrant, BenefitOffer
from members.benefits.services import benefit_create
from members.plans.models import PaidMembership, PaidPlan
from members.programme.models import Programme
from members.programme.selectors import missing_parts
from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.approvals.models import Approval
from scrm.approvals.services import approval_decide
from scrm.events.actor import acting_as
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.members.tiers.shop import bought, member_of


class Desk:
    """Somebody at the console of a brand."""

    def __init__(self, brand: Tenant) -> None:
        self.brand, self.client = brand, Client()
        self.operator = Operator.objects.create_user(email="desk@example.com", password=None)
        membership_grant(operator=self.operator, tenant=brand, roles=("private_domain_lead",))
        self.client.force_login(self.operator, backend="django.contrib.auth.backends.ModelBackend")

    def get(self, path: str) -> str:
        answer = self.client.get(f"/console/{self.brand.slug}/{path}")
        assert answer.status_code == 200, path
        return str(answer.content.decode())

    def post(self, path: str, **data: Any) -> Any:
        return self.client.post(f"/console/{self.brand.slug}/{path}", data)


@pytest.fixture
def desk(brand: Tenant) -> Desk:
    return Desk(brand)


def test_the_wizard_keeps_each_step_and_asks_for_a_second_person_when_all_four_are_there(
    desk: Desk, brand: Tenant
) -> None:
    benefit_create(code="returns", name="无理由退货", kind="no_reason_return", value=7)
    benefit_create(code="line", name="专属客服", kind="service_line")
    assert "还没有会员方案" in desk.get("members/programme/")
    started = desk.post("members/programme/start/")
    draft = Programme.objects.get()
    address = f"members/programme/{draft.public_id}"
    assert started["Location"].endswith(f"{address}/edit/")
    assert "还不能生效" in desk.get(f"{address}/")
    refused = desk.post(f"{address}/submit/", reason="")
    assert (refused.status_code, "四步还没有填完" in refused.content.decode()) == (422, True)
    desk.post(f"{address}/edit/?step=goal", text="让老客回来", measure="repurchase", figure="50")
    desk.post(
        f"{address}/edit/?step=ladder",
        name_0="普通", threshold_0="0", times_0="1", name_1="银卡", threshold_1="100", times_1="1.2",
    )  # fmt: skip
    draft.refresh_from_db()
    silver = draft.ladder["tiers"][1]["code"]
    shown = desk.get(f"{address}/edit/?step=benefits")
    assert shown.index("等级权益") < shown.index("升级礼遇") < shown.index("渠道层级权益")
    wrong = desk.post(f"{address}/edit/?step=benefits", **{f"tiers-{silver}-returns": "many"})
    assert (wrong.status_code, "请填写数字" in wrong.content.decode()) == (422, True)
    desk.post(
        f"{address}/edit/?step=benefits",
        **{f"tiers-{silver}-returns": "30", "layers-4-line": "on"},
    )
    last = desk.post(
        f"{address}/edit/?step=life_cycle",
        metric="rolling_days", window_days="365", valid_days="365", grace_days="30",
        downgrade="one_down", keep_ratio="80", recheck_days="30",
    )  # fmt: skip
    assert last["Location"].endswith(f"{address}/")
    draft.refresh_from_db()
    assert missing_parts(draft) == []
    preview = desk.get(f"{address}/")
    assert "提交审批" in preview
    assert "100.00% → 80.00%" in preview
    assert desk.post(f"{address}/submit/", reason="开业").status_code == 302
    assert "等待另一位同事审批" in desk.get(f"{address}/")
    other = Operator.objects.create_user(email="second@example.com", password=None)
    membership_grant(operator=other, tenant=brand, roles=("private_domain_lead",))
    with acting_as("operator", id=str(other.pk), label="second"):
        approval_decide(Approval.objects.get().public_id, approve=True)
    assert "生效中：第 1 版" in desk.get("members/programme/")
    assert "专属客服" in desk.get("members/benefits/")
    tiers = desk.get("members/tiers/")
    assert "服务权益" in tiers
    assert "30 天" in tiers
    assert BenefitOffer.objects.count() == 2


def test_a_plan_is_made_sold_renewed_and_refunded_on_page_14(desk: Desk) -> None:
    benefit_create(code="ship", name="包邮", kind="free_shipping", value=9900)
    bought(1, 0, 10)
    member = member_of()
    assert "还没有付费会员方案" in desk.get("members/plans/")
    typed = {
        "name": "年卡", "price": "199", "term_months": "12", "renew_days": "0",
        "refund_days": "7", "refund_after": "pro_rata", "offer_ship": "0",
    }  # fmt: skip
    assert desk.post("members/plans/new/", **{**typed, "price": "x"}).status_code == 422
    assert desk.post("members/plans/new/", **typed).status_code == 302
    plan = PaidPlan.objects.get()
    assert "包邮 不限金额" in desk.get("members/plans/")
    sold = desk.post(f"members/{member.public_id}/plan/", plan=plan.public_id, reference="pay-1")
    assert sold.status_code == 302
    term = PaidMembership.objects.get()
    desk.post(f"members/plans/terms/{term.public_id}/renew/", reference="pay-2", price="99")
    following = PaidMembership.objects.exclude(pk=term.pk).get()
    assert (following.price_fen, following.from_at) == (9900, term.until)
    refund = f"members/plans/terms/{following.public_id}/refund/"
    assert "应退 ¥99.00" in desk.get(refund)
    assert desk.post(refund, reason="不要了").status_code == 302
    late = desk.get(f"members/plans/terms/{following.public_id}/")
    assert "已退款" in late
    shown = desk.get("members/plans/")
    assert "65.00%" in shown
    assert "2021" in shown
    assert "¥298.00" in shown
    assert "pay-1" in desk.get("members/plans/terms/?q=pay-1&cols=reference")


def test_a_member_s_page_shows_benefits_grants_and_plans(desk: Desk, brand: Tenant) -> None:
    benefit_create(code="pack", name="生日礼包", kind="gift_pack", value=9900)
    bought(1, 0, 10)
    member = member_of()
    given = desk.post(f"members/{member.public_id}/grant/", benefit="pack", reference="T1")
    assert given.status_code == 302
    again = desk.post(f"members/{member.public_id}/grant/", benefit="pack", reference="T1")
    assert (again.status_code, BenefitGrant.objects.count()) == (302, 1)
    with tenant_scope(brand):
        grant = BenefitGrant.objects.get()
    rail = desk.client.get(
        f"/console/{brand.slug}/members/{member.public_id}/benefits/",
        headers={"HX-Request": "true"},
    )
    assert "生日礼包" in rail.content.decode()
    tab = desk.client.get(
        f"/console/{brand.slug}/members/{member.public_id}/?tab=grants",
        headers={"HX-Request": "true", "HX-Target": "tab-panel"},
    ).content.decode()
    assert f"grants/{grant.public_id}/use/" in tab
    assert "核销后不能撤回" in desk.get(f"members/grants/{grant.public_id}/use/")
    desk.post(f"members/grants/{grant.public_id}/use/")
    grant.refresh_from_db()
    assert grant.used_at is not None
    late = desk.post(f"members/grants/{grant.public_id}/void/", reason="错发")
    assert (late.status_code, "已经使用" in late.content.decode()) == (422, True)
