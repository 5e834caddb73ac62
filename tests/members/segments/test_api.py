"""Segments by REST."""

from __future__ import annotations

from typing import Any

import pytest

from scrm.tenants.models import Tenant
from tests.factories.members import member, order, phone_of
from tests.support.api import ApiClient, client, tenant

BIG: dict[str, Any] = {"all": [{"field": "orders.net", "op": "gte", "value": 50_000}]}


@pytest.fixture
def api(brand: Tenant) -> ApiClient:
    for number, paid in enumerate((10_000, 50_000, 90_000)):
        order(phone=phone_of(number), paid_fen=paid)
    return client(brand)


def test_count_list_and_size_agree(api: ApiClient) -> None:
    made = api.ask("POST", "segments", {"name": "高消费", "rule": BIG})
    assert made.status_code == 201, made.content
    counted = api.ask("POST", "segments/count", {"rule": BIG}).json()
    listed = api.ask("GET", f"segments/{made.json()['id']}/members").json()["data"]
    assert made.json()["size"] == counted["exact"]["members"] == len(listed) == 2
    assert counted["exact"]["average"]["amount"] == 70_000
    assert counted["words"] == "Total spend ≥ ¥500.00"


def test_the_words_of_a_rule_come_in_the_language_asked_for(api: ApiClient) -> None:
    counted = api.ask("POST", "segments/count", {"rule": BIG}, accept_language="zh-CN").json()
    assert counted["words"] == "累计消费 ≥ ¥500.00"


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"all": {}},
        {"all": [{"field": "nothing", "op": "eq", "value": 1}]},
        {"all": [{"field": "orders.net", "op": "in", "value": [1]}]},
        {"all": [{"field": "orders.net", "op": "gte", "value": "1; DROP TABLE"}]},
        {"all": [{"field": "orders.net", "op": "gte", "value": True}]},
        {"all": [{"field": "orders.net", "op": "gte", "value": 1.5}]},
        {"all": [{"field": "orders.net", "op": "gte", "value": None}]},
        {"all": [{"field": "orders.net", "op": "between", "value": [2, 1]}]},
        {"all": [{"field": "orders.net", "op": "between", "value": [1]}]},
        {"all": [{"field": "member.city", "op": "in", "value": []}]},
        {"all": [{"field": "member.city", "op": "in", "value": "上海"}]},
        {"all": [{"field": "orders.last_paid_date", "op": "gte", "value": "2026-13-01"}]},
        {"all": [{"any": [{"all": []}]}]},
        {"all": [], "any": []},
        {"all": [{"field": "orders.net", "op": "gte", "value": 1}] * 51},
    ],
)
def test_a_rule_that_cannot_be_run_is_refused(api: ApiClient, rule: dict[str, Any]) -> None:
    refused = api.ask("POST", "segments/count", {"rule": rule})
    assert refused.status_code == 422, refused.content
    assert api.ask("POST", "segments", {"name": "x", "rule": rule}).status_code == 422
    assert api.ask("GET", "segments").json()["data"] == []


def test_a_name_is_taken_until_its_segment_is_put_away(api: ApiClient) -> None:
    first = api.ask("POST", "segments", {"name": "a", "rule": BIG}).json()
    again = api.ask("POST", "segments", {"name": "a", "rule": BIG})
    assert (again.status_code, again.json()["code"]) == (409, "segment_name_taken")
    assert api.ask("DELETE", f"segments/{first['id']}").status_code == 204
    assert api.ask("GET", f"segments/{first['id']}").status_code == 404
    assert api.ask("POST", "segments", {"name": "a", "rule": BIG}).status_code == 201


def test_a_segment_can_be_changed(api: ApiClient) -> None:
    made = api.ask("POST", "segments", {"name": "a", "rule": BIG}).json()
    changed = api.ask("PATCH", f"segments/{made['id']}", {"rule": {"not": BIG}}).json()
    assert (changed["name"], changed["size"]) == ("a", 1)


def test_another_brands_segment_is_not_there(api: ApiClient) -> None:
    made = api.ask("POST", "segments", {"name": "a", "rule": BIG}).json()
    stranger = client(tenant())
    assert stranger.ask("GET", f"segments/{made['id']}/members").status_code == 404
    assert stranger.ask("GET", f"members?segment={made['id']}").status_code == 404


def test_fields_say_what_they_take(api: ApiClient) -> None:
    member()
    answer = api.ask("GET", "segments/fields", accept_language="zh-CN").json()
    fields = {row["key"]: row for row in answer["data"]}
    assert fields["orders.net"]["operators"] == ["gte", "lte", "between", "eq", "ne"]
    assert {"value": "male", "label": "男"} in fields["member.gender"]["choices"]
