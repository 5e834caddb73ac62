"""Orders and members by REST, end to end."""

from __future__ import annotations

from typing import Any

import pytest

from members.orders.models import MemberRollup, Order, Refund
from members.people.models import Member
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.support.api import ApiClient, client, tenant

AT = "2026-01-15T12:00:00+08:00"


def fen(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "CNY"}


def body(external_id: str = "o1", **told: Any) -> dict[str, Any]:
    return {
        "channel": "tmall",
        "external_id": external_id,
        "member": [{"type": "phone", "value": "13800000001"}],
        "placed_at": AT,
        "paid_at": AT,
        "lines": [{"external_id": "1", "subtotal": fen(10_000)}],
    } | told


@pytest.fixture
def api(brand: Tenant) -> ApiClient:
    return client(brand)


def test_an_order_is_taken_once_and_told_again(api: ApiClient) -> None:
    first = api.ask("POST", "orders", body())
    assert first.status_code == 201, first.content
    assert first.json()["net"] == fen(10_000)
    again = api.ask("POST", "orders", body())
    assert again.status_code == 200
    assert again.json()["id"] == first.json()["id"]
    with_key = api.ask("POST", "orders", body(), key="another-key")
    assert with_key.json()["id"] == first.json()["id"]
    assert Order.objects.count() == 1


def test_completed_then_paid_then_placed_is_the_same_order(api: ApiClient) -> None:
    """EC-104"""
    facts = {"channel": "tmall", "external_id": "o1", "member": body()["member"]}
    made = api.ask("POST", "orders", facts | {"completed_at": "2026-01-22T12:00:00+08:00"})
    assert (made.status_code, made.json()["is_valid"]) == (201, False)
    order_id = made.json()["id"]
    paid = api.ask("POST", f"orders/{order_id}/events", {"type": "paid", "occurred_at": AT})
    assert paid.json()["net"] == fen(0)
    placed = api.ask(
        "POST",
        f"orders/{order_id}/events",
        {"type": "placed", "occurred_at": AT, "lines": body()["lines"]},
    )
    assert (placed.json()["net"], placed.json()["is_valid"]) == (fen(10_000), True)


def test_refunds_count_once_and_never_exceed_what_was_paid(api: ApiClient) -> None:
    order_id = api.ask("POST", "orders", body()).json()["id"]
    told = {"external_id": "R1", "occurred_at": AT, "lines": [{"line": "1", "amount": fen(4_000)}]}
    for _again in range(2):
        found = api.ask("POST", f"orders/{order_id}/refunds", told)
        assert (found.status_code, found.json()["net"]) == (200, fen(6_000))
    event = {
        "type": "refunded",
        "external_id": "R2",
        "occurred_at": AT,
        "refunded_lines": [{"line": "1", "amount": fen(6_001)}],
    }
    refused = api.ask("POST", f"orders/{order_id}/events", event)
    assert (refused.status_code, refused.json()["code"]) == (422, "refund_exceeds_paid")
    assert Refund.objects.count() == 1
    assert MemberRollup.objects.get().net_fen == 6_000


def test_the_future_is_refused(api: ApiClient) -> None:
    refused = api.ask("POST", "orders", body(paid_at="2099-01-01T00:00:00Z"))
    assert (refused.status_code, refused.json()["code"]) == (422, "from_the_future")
    assert Order.objects.count() == Member.objects.count() == 0


@pytest.mark.parametrize(
    "told",
    [
        {"lines": [{"external_id": "1", "subtotal": fen(-1)}]},
        {"lines": [{"external_id": "1", "subtotal": {"amount": 1.5, "currency": "CNY"}}]},
        {"lines": [{"external_id": "1", "subtotal": {"amount": 1, "currency": "USD"}}]},
        {"lines": "none"},
        {"paid_at": "yesterday"},
        {"paid_at": "2026-01-15T12:00:00"},
        {"member": [{"type": "shoe size", "value": "43"}]},
        {"member": [{"type": "phone", "value": "abc"}]},
        {"member": []},
        {"surprise": 1},
        {"external_id": ""},
        {"refunds": [{"external_id": "R", "occurred_at": AT, "lines": []}]},
    ],
)
def test_bad_input_is_a_problem_and_writes_nothing(api: ApiClient, told: dict[str, Any]) -> None:
    refused = api.ask("POST", "orders", body(**told))
    assert refused.status_code == 422, refused.content
    assert refused["Content-Type"].startswith("application/problem+json")
    assert Order.objects.count() == Member.objects.count() == 0


def test_a_batch_answers_at_the_places_of_its_messages(api: ApiClient) -> None:
    told = api.ask("POST", "orders/batch", {"orders": [body("a"), body("b", member=[]), body("a")]})
    assert told.status_code == 200, told.content
    first, refused, again = told.json()["orders"]
    assert first["id"] == again["id"] != ""
    assert (refused["id"], refused["code"]) == ("", "member_required")


def test_another_brands_order_is_not_there(api: ApiClient, brand: Tenant) -> None:
    """EC-101"""
    order_id = api.ask("POST", "orders", body()).json()["id"]
    stranger = client(tenant())
    assert stranger.ask("GET", f"orders/{order_id}").status_code == 404
    told = {"type": "completed", "occurred_at": AT}
    assert stranger.ask("POST", f"orders/{order_id}/events", told).status_code == 404
    member_id = api.ask("GET", "members").json()["data"][0]["id"]
    assert stranger.ask("GET", f"members/{member_id}").status_code == 404
    assert stranger.ask("GET", f"orders?member={member_id}").status_code == 404
    with tenant_scope(brand):
        assert Order.objects.get().completed_at is None


def test_lists_stay_stable_while_rows_come_in(api: ApiClient) -> None:
    """EC-102"""
    for number in range(5):
        api.ask("POST", "orders", body(f"o{number}"))
    page = api.ask("GET", "orders?limit=2").json()
    seen = [row["external_id"] for row in page["data"]]
    api.ask("POST", "orders", body("late"))
    while page["has_more"]:
        page = api.ask("GET", f"orders?limit=2&cursor={page['next']}").json()
        seen += [row["external_id"] for row in page["data"]]
    assert seen == ["o4", "o3", "o2", "o1", "o0"]


def test_a_member_is_found_by_any_identifier(api: ApiClient) -> None:
    told = {
        "identities": [
            {"type": "phone", "value": "+86 138-0000-0001"},
            {"type": "unionid", "value": "union-1"},
        ],
        "display_name": "王宇轩",
    }
    made = api.ask("POST", "members", told)
    assert made.status_code == 201, made.content
    assert made.json()["phone"] == "138****0001"
    again = api.ask("POST", "members", {"identities": [{"type": "unionid", "value": "union-1"}]})
    assert (again.status_code, again.json()["id"]) == (200, made.json()["id"])
    for query in (
        "phone=13800000001",
        "identity_type=unionid&identity_value=union-1",
        f"member_no={made.json()['member_no']}",
    ):
        assert [row["id"] for row in api.ask("GET", f"members?{query}").json()["data"]] == [
            made.json()["id"]
        ]
    assert api.ask("GET", "members?phone=13800000009").json()["data"] == []
    assert api.ask("GET", "members?identity_type=unionid").status_code == 422


def test_a_member_can_be_changed_and_its_story_read(api: ApiClient) -> None:
    order_id = api.ask("POST", "orders", body()).json()["member"]
    changed = api.ask("PATCH", f"members/{order_id}", {"city": "上海", "is_opted_out": True})
    assert (changed.json()["city"], changed.json()["is_opted_out"]) == ("上海", True)
    story = api.ask("GET", f"members/{order_id}/timeline").json()["data"]
    assert [entry["kind"] for entry in story] == ["order"]
    known_by = api.ask("GET", f"members/{order_id}/identities").json()["data"]
    assert [(row["type"], row["value"]) for row in known_by] == [("phone", "")]


def test_a_key_without_the_scope_is_refused(brand: Tenant) -> None:
    reader = client(brand, scopes=["orders.view"])
    assert reader.ask("GET", "orders").status_code == 200
    assert reader.ask("POST", "orders", body()).status_code == 403
    assert reader.ask("GET", "members").status_code == 403
