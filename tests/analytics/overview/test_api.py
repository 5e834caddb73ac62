from __future__ import annotations

from typing import Any

import pytest

from analytics.overview.services import overview_freeze
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.analytics.overview.books import settle
from tests.factories.members import START, order, phone_of
from tests.support.api import client, tenant

NOW = "2026-01-20T04:00:00Z"


@pytest.fixture
def shop(brand: Tenant) -> Tenant:
    for number in range(4):
        order(phone=phone_of(number), paid_fen=10_000)
    order(phone=phone_of(0), paid_fen=2_000)
    settle()
    overview_freeze(START.date())
    return brand


def ask(of: Tenant, query: str = "", **headers: Any) -> Any:
    return client(of, ["analytics.view"]).ask("GET", f"overview{query}", **headers)


def test_it_tells_factors_product_actual_and_gap(shop: Tenant) -> None:
    told = ask(shop, "?from=2026-01-10&to=2026-01-20", now=NOW).json()
    now = told["current"]
    assert (now["first"], now["last"], now["orders"], now["buyers"]) == (
        "2026-01-10",
        "2026-01-20",
        5,
        4,
    )
    assert now["gmv"] == {"amount": 42_000, "currency": "CNY"}
    formula = now["formula"]
    assert (formula["traffic"], formula["conversion_bp"]) == (4, 10_000)
    assert formula["order_value"]["amount"] == 8_400
    assert (formula["fission_hundredths"], formula["lifetime_orders_hundredths"]) == (None, 125)
    assert formula["product"]["amount"] == formula["actual"]["amount"] == 42_000
    assert formula["gap"]["amount"] == 0
    assert formula["missing"] == ["fission: no source of referrals yet"]
    assert formula["raw_index"] is None
    assert len(told["days"]) == 11
    assert told["previous"]["gmv"]["amount"] == 0


def test_raw_mode_adds_the_labelled_index(shop: Tenant) -> None:
    told = ask(shop, "?from=2026-01-10&to=2026-01-20&mode=raw&compare=none", now=NOW).json()
    assert told["previous"] is None
    # 4 × 100 % × 84 yuan × LTV 105 yuan
    assert told["current"]["formula"]["raw_index"] == 35_280


def test_the_loop_names_all_eight_parts(shop: Tenant) -> None:
    told = ask(shop, now=NOW).json()
    counts = {part["part"]: part["count"] for part in told["loop"]}
    assert len(counts) == 8
    assert (
        counts["members"]
        == client(shop).ask("GET", "members?limit=100").json()["data"].__len__()
        == 4
    )
    assert counts["mcns"] is None


def test_the_standing_tells_the_concentration(shop: Tenant) -> None:
    standing = ask(shop, now=NOW).json()["standing"]
    assert [(mark["top_bp"], mark["members"], mark["share_bp"]) for mark in standing["pareto"]] == [
        (200, 1, 2857), (2000, 1, 2857),
    ]  # fmt: skip
    assert standing["ltv"]["amount"] == 10_500


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?days=0", 422), ("?days=400", 422), ("?days=x", 422), ("?from=2026-01-20&to=2026-01-10", 422),
        ("?to=2026-01-21", 422), ("?from=2026-13-01", 422), ("?moon=1", 422), ("?compare=moon", 422),
        ("?days=7&days=8", 422), ("?from=0001-01-01&to=0001-01-02&compare=year", 422),
    ],
)  # fmt: skip
def test_bad_questions_are_refused(shop: Tenant, query: str, status: int) -> None:
    answer = ask(shop, query, now=NOW)
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"].startswith("application/problem+json")


def test_a_key_without_the_scope_and_another_brand_see_nothing(shop: Tenant) -> None:
    assert client(shop, ["orders.view"]).ask("GET", "overview").status_code == 403
    other = tenant()
    with tenant_scope(other):
        told = ask(other, now=NOW).json()
    assert told["current"]["members"] == 0
    assert told["standing"] is None
