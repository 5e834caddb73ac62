"""Addresses of benefits, paid plans and programmes."""

from __future__ import annotations

from members.benefits.services import benefit_create, benefit_grant
from members.identity.rules import Claim
from members.people.doors import member_identify
from members.people.rules import Profile
from members.plans.services import plan_buy, plan_create
from members.programme.services import programme_start
from tests.rules.urls.rows import Api, Page

_FEN = {"amount": 100, "currency": "CNY"}


def objects() -> dict[str, str]:
    claim = Claim(type="phone", value="13800009921")
    who = member_identify(claims=(claim,), source="walls", profile=Profile()).card.public_id
    benefit = benefit_create(code="of_a", name="of A", kind="gift_pack", value=100)
    grants = [
        benefit_grant(member=who, benefit="of_a", source_id=f"of-A-{n}")[0].public_id
        for n in range(4)
    ]
    plans = [plan_create(name=f"of A {n}", price_fen=100, term_months=1) for n in range(5)]
    terms = [
        plan_buy(member=who, plan=each.public_id, reference=f"of-A-{each.pk}")[0].public_id
        for each in plans[:3]
    ]
    return {
        "plan_member": who,
        "benefit": benefit.public_id,
        "benefit_spare": benefit_create(code="of_a_2", name="A", kind="coupon").public_id,
        "grant_used": grants[0],
        "grant_voided": grants[1],
        "grant_page": grants[2],
        "grant_void_page": grants[3],
        "benefit_page": benefit_create(code="of_a_3", name="A", kind="coupon").public_id,
        "plan": plans[0].public_id,
        "plan_page": plans[3].public_id,
        "plan_closing": plans[2].public_id,
        "plan_spare": plans[4].public_id,
        "term": terms[0],
        "term_refunded": terms[1],
        "term_page": terms[2],
        "programme": programme_start()[0].public_id,
    }


_BENEFIT = {"public_id": "{benefit}"}
_PLAN = {"public_id": "{plan}"}
_TERM = {"public_id": "{term}"}
_MEMBER = {"public_id": "{plan_member}"}
_PROGRAMME = {"public_id": "{programme}"}
_SPARE = {"benefit_id": "{benefit_page}"}
_WHO = {"member_id": "{plan_member}"}
_ONE_TERM = {"term_id": "{term}"}
_ONE_PLAN = {"plan_id": "{plan}"}
_ONE_PROGRAMME = {"programme_id": "{programme}"}
_PLAN_TYPED = {
    "price": "19.9", "term_months": "1", "renew_days": "0", "refund_days": "7",
    "refund_after": "none",
}  # fmt: skip

ROWS = [
    Api("benefits"),
    Api("benefits", "POST", body={"name": "new", "kind": "service_line"}, owner=201),
    Api("benefit", path=_BENEFIT),
    Api("benefit", "PATCH", path=_BENEFIT, body={"description": "x"}),
    Api("benefit", "DELETE", path={"public_id": "{benefit_spare}"}, owner=204),
    Api("member-benefits", path=_MEMBER),
    Api("member-grants", path=_MEMBER),
    Api(
        "member-grants",
        "POST",
        path=_MEMBER,
        body={"benefit": "of_a", "reference": "new"},
        owner=201,
    ),
    Api("benefit-grant-use", "POST", path={"public_id": "{grant_used}"}),
    Api(
        "benefit-grant-void", "POST", path={"public_id": "{grant_voided}"}, body={"reason": "错发"}
    ),
    Api("paid-plans"),
    Api("paid-plans", "POST", body={"name": "new", "price": _FEN, "term_months": 1}, owner=201),
    Api("paid-plan", path=_PLAN),
    Api("paid-plan", "PATCH", path=_PLAN, body={"description": "x"}),
    Api("paid-plan", "DELETE", path={"public_id": "{plan_closing}"}, owner=204),
    Api("paid-memberships"),
    Api(
        "paid-memberships",
        "POST",
        body={"member": "{member}", "plan": "{plan}", "reference": "new"},
        owner=201,
    ),
    Api("paid-membership", path=_TERM),
    Api("paid-membership-renewal", "POST", path=_TERM, body={"reference": "next"}, owner=201),
    Api(
        "paid-membership-refund",
        "POST",
        path={"public_id": "{term_refunded}"},
        body={"reason": "不要了"},
    ),
    Api("programmes"),
    Api("programmes", "POST", stranger=201),
    Api("programme", path=_PROGRAMME),
    Api("programme", "PUT", path=_PROGRAMME, body={"ladder": {"tiers": []}}),
    Api("programme-preview", path=_PROGRAMME),
    Api("programme-activation", "POST", path=_PROGRAMME, body={}, owner=409),
    Page("benefits-list"),
    Page("benefits-list", query={"q": "of", "kind": "gift_pack"}),
    Page("benefits-new"),
    Page("benefits-new", "POST", data={"kind": "service_line", "name": "new too"}, owner=302),
    Page("benefits-edit", path=_SPARE),
    Page("benefits-edit", "POST", path=_SPARE, data={"name": "A", "value": "1"}, owner=302),
    Page("benefits-archive", "POST", path=_SPARE, owner=302),
    Page("members-benefits", path=_WHO),
    Page("members-grant", path=_WHO),
    Page("members-grant", "POST", path=_WHO, data={"benefit": "of_a", "reference": "p"}, owner=302),
    Page("grants-use", path={"grant_id": "{grant_page}"}),
    Page("grants-use", "POST", path={"grant_id": "{grant_page}"}, owner=302),
    Page("grants-void", path={"grant_id": "{grant_void_page}"}),
    Page(
        "grants-void",
        "POST",
        path={"grant_id": "{grant_void_page}"},
        data={"reason": "错发"},
        owner=302,
    ),
    Page("plans"),
    Page("plans-terms"),
    Page("plans-terms", query={"q": "of-A", "state": "active"}),
    Page("plans-term", path=_ONE_TERM),
    Page("plans-renew", path=_ONE_TERM),
    Page("plans-renew", "POST", path=_ONE_TERM, data={"reference": "page"}, owner=302),
    Page("plans-refund", path={"term_id": "{term_page}"}),
    Page(
        "plans-refund",
        "POST",
        path={"term_id": "{term_page}"},
        data={"reason": "不要了"},
        owner=302,
    ),
    Page("members-plan", path=_WHO),
    Page(
        "members-plan",
        "POST",
        path=_WHO,
        data={"plan": "{plan_page}", "reference": "sold"},
        owner=302,
    ),
    Page("plans-new"),
    Page("plans-new", "POST", data={**_PLAN_TYPED, "name": "typed"}, owner=302),
    Page("plans-edit", path=_ONE_PLAN),
    Page("plans-edit", "POST", path=_ONE_PLAN, data={**_PLAN_TYPED, "name": "typed 2"}, owner=302),
    Page("plans-close", "POST", path={"plan_id": "{plan_spare}"}, owner=302),
    Page("programme"),
    Page("programme-start", "POST", owner=302),
    Page("programme-detail", path=_ONE_PROGRAMME),
    Page("programme-edit", path=_ONE_PROGRAMME),
    Page("programme-edit", path=_ONE_PROGRAMME, query={"step": "ladder"}),
    Page("programme-edit", path=_ONE_PROGRAMME, query={"step": "benefits"}),
    Page("programme-edit", path=_ONE_PROGRAMME, query={"step": "life_cycle"}),
    Page(
        "programme-edit",
        "POST",
        path=_ONE_PROGRAMME,
        data={"text": "复购", "measure": "members", "figure": "5"},
        owner=302,
    ),
    Page("programme-submit", path=_ONE_PROGRAMME),
    Page("programme-submit", "POST", path=_ONE_PROGRAMME, owner=422),
    Page("programme-discard", "POST", path=_ONE_PROGRAMME, owner=302),
    Api("programme", "DELETE", path=_PROGRAMME, owner=204),
]
