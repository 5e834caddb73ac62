"""Members by the hundred: per-row outcomes, one effect per Idempotency-Key, few queries."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.identity.models import Identity
from members.people.models import Member, SourceTouch
from scrm.events.models import AuditLog
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.support.api import client
from tests.support.api import tenant as new_tenant

pytestmark = pytest.mark.db


@pytest.fixture
def brand(db: None) -> Tenant:
    return new_tenant()


def person(number: int, **more: Any) -> dict[str, Any]:
    return {
        "identities": [{"type": "phone", "value": f"138{number:08d}"}], "source": "tmall", **more,
    }  # fmt: skip


def test_five_hundred_people_are_taken_at_once_in_few_queries(brand: Tenant) -> None:
    api = client(brand)
    with CaptureQueriesContext(connection) as queries:
        told = api.ask("POST", "members/batch", {"members": [person(n) for n in range(500)]})
    assert told.status_code == 200
    rows = told.json()["members"]
    assert [row["is_new"] for row in rows] == [True] * 500
    assert len({row["id"] for row in rows}) == 500
    assert len(queries) < 60
    with tenant_scope(brand):
        assert Member.objects.count() == 500
        assert SourceTouch.objects.count() == 500
        assert AuditLog.objects.get(action="members.batch_taken").after == {
            "people": 500, "new": 500, "refused": 0,
        }  # fmt: skip
    again = api.ask("POST", "members/batch", {"members": [person(n) for n in range(3)]}).json()
    assert [(row["id"], row["is_new"]) for row in again["members"]] == [
        (row["id"], False) for row in rows[:3]
    ]


def test_known_people_cost_few_queries_and_their_latest_arrival_names_the_source(
    brand: Tenant,
) -> None:
    api = client(brand)

    def told(**more: Any) -> None:
        people = [person(n, **more) for n in range(120)]
        assert api.ask("POST", "members/batch", {"members": people}).status_code == 200

    def sources() -> set[tuple[str, str]]:
        with tenant_scope(brand):
            return set(Member.objects.values_list("first_source", "latest_source"))

    told()
    with CaptureQueriesContext(connection) as queries:
        told(source="store")
    assert len(queries) < 40
    assert sources() == {("tmall", "store")}
    told(source="jd", occurred_at="2020-01-01T00:00:00Z")  # told late: no newer arrival
    assert sources() == {("tmall", "store")}
    with tenant_scope(brand):
        assert SourceTouch.objects.count() == 360


def test_a_refused_person_leaves_the_others_alone(brand: Tenant) -> None:
    bad = {"identities": [{"type": "phone", "value": "not a number"}]}
    late = person(3, occurred_at="2999-01-01T00:00:00Z")
    told = client(brand).ask(
        "POST", "members/batch", {"members": [person(1), bad, late, person(1, city="上海")]}
    )
    first, second, third, fourth = told.json()["members"]
    assert (first["is_new"], first["code"]) == (True, "")
    assert (second["id"], second["code"], second["pointer"]) == (
        "", "invalid_value", "/identities/0/phone",
    )  # fmt: skip
    assert (third["code"], third["pointer"]) == ("from_the_future", "/occurred_at")
    assert (fourth["id"], fourth["is_new"]) == (first["id"], False)
    with tenant_scope(brand):
        assert Member.objects.get().city == "上海"


def test_a_field_of_a_wrong_form_refuses_the_whole_batch(brand: Tenant) -> None:
    told = client(brand).ask("POST", "members/batch", {"members": [person(1), person(2, town="x")]})
    assert told.status_code == 422
    assert told.json()["errors"][0]["pointer"] == "/members/1/town"
    with tenant_scope(brand):
        assert not Member.objects.exists()


def test_a_batch_sent_again_has_one_effect(brand: Tenant) -> None:
    api, body = client(brand), {"members": [person(n) for n in range(5)]}
    first, again = (api.ask("POST", "members/batch", body, key="m-1") for _ in range(2))
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert api.ask("POST", "members/batch", {"members": [person(9)]}, key="m-1").status_code == 422
    with tenant_scope(brand):
        assert Identity.objects.count() == 5


@pytest.mark.parametrize("count", [0, 501])
def test_a_batch_has_one_to_five_hundred_people(brand: Tenant, count: int) -> None:
    told = client(brand).ask(
        "POST", "members/batch", {"members": [person(n) for n in range(count)]}
    )
    assert told.status_code == 422


def test_an_order_that_cannot_be_read_leaves_the_others_alone(brand: Tenant) -> None:
    fen = {"amount": 100, "currency": "CNY"}
    order = {
        "channel": "tmall", "external_id": "T1", "member": person(1)["identities"],
        "paid_at": "2026-01-15T04:00:00Z", "lines": [{"external_id": "1", "subtotal": fen}],
    }  # fmt: skip
    twice = {"line": "1", "amount": {"amount": 10, "currency": "CNY"}}
    refund = {"external_id": "R", "occurred_at": "2026-01-16T04:00:00Z", "lines": [twice, twice]}
    told = client(brand).ask(
        "POST", "orders/batch",
        {"orders": [{**order, "external_id": "T0", "refunds": [refund]}, order]},
    ).json()  # fmt: skip
    assert [row["code"] for row in told["orders"]] == ["order_refused", ""]
