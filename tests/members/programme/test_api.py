"""Benefits, plans and programmes by REST."""

from __future__ import annotations

from typing import Any

from scrm.tenants.models import Tenant
from tests.members.programme.test_activation import WHOLE
from tests.members.tiers.shop import bought, member_of
from tests.support.api import client

_FEN = {"amount": 19900, "currency": "CNY"}


def test_a_member_has_the_benefits_of_the_plan_they_bought_until_it_is_refunded(
    brand: Tenant,
) -> None:
    bought(1, 0, 10)
    api, who = client(brand), member_of().public_id
    made = api.ask(
        "POST", "benefits", {"name": "7 天退货", "kind": "no_reason_return", "value": 7}, key="b"
    )
    assert (made.status_code, made.json()["code"]) == (201, "no_reason_return")
    plan = api.ask(
        "POST",
        "paid-plans",
        {
            "name": "年卡", "price": _FEN, "term_months": 12,
            "benefits": [{"benefit": "no_reason_return", "value": 30}],
        },
        key="p",
    ).json()  # fmt: skip
    assert plan["benefits"] == [{"benefit": "no_reason_return", "value": 30}]
    sale = {"member": who, "plan": plan["id"], "reference": "pay-1"}
    bought_now = api.ask("POST", "paid-memberships", sale, key="s1")
    again = api.ask("POST", "paid-memberships", sale, key="s2")
    assert (bought_now.status_code, again.status_code) == (201, 200)
    assert bought_now.json() == again.json()
    held = api.ask("POST", "paid-memberships", {**sale, "reference": "pay-2"}, key="s3")
    assert (held.status_code, held.json()["code"]) == (409, "plan_held")
    (has,) = api.ask("GET", f"members/{who}/benefits").json()["benefits"]
    assert (has["code"], has["value"], has["origin"]) == ("no_reason_return", 30, "plan")
    back = api.ask(
        "POST", f"paid-memberships/{again.json()['id']}/refund", {"reason": "不要了"}, key="r"
    ).json()
    assert (back["state"], back["refunded"]) == ("refunded", _FEN)
    assert api.ask("GET", f"members/{who}/benefits").json()["benefits"] == []
    listed = api.ask("GET", f"paid-memberships?member={who}&state=refunded").json()["data"]
    assert [row["id"] for row in listed] == [back["id"]]


def test_who_is_not_of_the_segment_is_refused_with_403(brand: Tenant) -> None:
    bought(1, 0, 10)
    api = client(brand)
    rule = {"all": [{"field": "orders.count", "op": "gte", "value": 5}]}
    segment = api.ask("POST", "segments", {"name": "大客户", "rule": rule}, key="g").json()["id"]
    told: dict[str, Any] = {"name": "黑卡", "price": _FEN, "term_months": 1, "segment": segment}
    plan = api.ask("POST", "paid-plans", told, key="p").json()
    assert plan["segment"] == segment
    sale = {"member": member_of().public_id, "plan": plan["id"], "reference": "x"}
    refused = api.ask("POST", "paid-memberships", sale, key="s")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_eligible")


def test_a_programme_is_written_part_by_part_previewed_and_asked_for(brand: Tenant) -> None:
    api = client(brand)
    for kind in ("no_reason_return", "gift_pack"):
        value = 7 if kind == "no_reason_return" else 9900
        api.ask("POST", "benefits", {"name": kind, "kind": kind, "value": value}, key=kind)
    draft = api.ask("POST", "programmes", key="d").json()
    assert draft["missing"] == ["goal", "ladder", "benefits", "life_cycle"]
    address = f"programmes/{draft['id']}"
    refused = api.ask("POST", f"{address}/activate", {}, key="a1")
    assert (refused.status_code, refused.json()["code"]) == (409, "programme_incomplete")
    assert refused.json()["details"]["parts"] == ["goal", "ladder", "benefits", "life_cycle"]
    life = {
        "metric": "rolling_days", "window_days": 365, "valid_days": 365, "grace_days": 30,
        "downgrade": "one_down", "keep_ratio": 10000, "recheck_days": 30,
    }  # fmt: skip
    offers = [{"benefit": "no_reason_return", "value": 7}]
    parts = {
        "goal": WHOLE["goal"],
        "ladder": WHOLE["ladder"],
        "benefits": {
            "tiers": [{"key": "silver", "benefits": offers}],
            "gifts": [{"key": "gold", "benefits": [{"benefit": "gift_pack", "value": 9900}]}],
        },
        "life_cycle": life,
    }
    saved = api.ask("PUT", address, parts, key="s").json()
    assert (saved["missing"], saved["life_cycle"]) == ([], life)
    shown = api.ask("GET", f"{address}/preview").json()
    assert (shown["total"], len(shown["offers"])) == (0, 2)
    asked = api.ask("POST", f"{address}/activate", {"reason": "上线"}, key="a2")
    assert asked.status_code == 200
    assert asked.json()["approval"].startswith("apr_")
    assert api.ask("GET", address).json()["is_waiting"] is True
    twice = api.ask("POST", f"{address}/activate", {}, key="a3")
    assert (twice.status_code, twice.json()["code"]) == (409, "approval_waiting")


def test_what_is_not_a_part_is_refused_with_its_place(brand: Tenant) -> None:
    api = client(brand)
    address = f"programmes/{api.ask('POST', 'programmes', key='d').json()['id']}"
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"benefits": {"layers": [{"key": "9", "benefits": []}]}}, "/benefits/layers/9"),
        (
            {"benefits": {"tiers": [{"key": "x", "benefits": [{"benefit": "y"}]}]}},
            "/benefits/tiers/x/y",
        ),
        ({"goal": {"text": "x", "measure": "none", "figure": 1}}, "/goal/measure"),
    ]
    for place, (body, pointer) in enumerate(wrong):
        refused = api.ask("PUT", address, body, key=f"w{place}")
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
