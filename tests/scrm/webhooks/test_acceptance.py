"""A brand engineer's path: a thousand members and orders by API, each call made twice, and every one heard."""

from __future__ import annotations

import pytest
from standardwebhooks import Webhook

from members.orders.models import Order
from members.people.models import Member
from scrm.events.relay import relay_tenant
from scrm.tenants.models import Tenant
from tests.scrm.webhooks.conftest import Receiver, drain, later
from tests.support.api import client

pytestmark = pytest.mark.db
PEOPLE, PART = 1_000, 250


def test_a_thousand_members_and_orders_are_told_once_each_and_verified(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    api = client(brand)
    wanted = {"url": receiver.url, "types": ["member.created", "order.changed"]}
    secret = api.ask("POST", "webhooks", wanted, key="hook").json()["secret"]
    for start in range(0, PEOPLE, PART):
        numbers = range(start, start + PART)
        phones = [{"type": "phone", "value": f"138{number:08d}"} for number in numbers]
        people = {"members": [{"identities": [phone]} for phone in phones]}
        orders = {
            "orders": [
                {
                    "channel": "tmall",
                    "external_id": f"o-{phone['value']}",
                    "member": [phone],
                    "paid_at": "2026-11-20T12:00:00+08:00",
                    "lines": [
                        {"external_id": "1", "subtotal": {"amount": 9_900, "currency": "CNY"}}
                    ],
                }
                for phone in phones
            ]
        }
        for address, body in (("members/batch", people), ("orders/batch", orders)):
            first = api.ask("POST", address, body, key=f"{address}-{start}")
            again = api.ask("POST", address, body, key=f"{address}-{start}")
            assert first.status_code == 200, first.content
            assert again.json() == first.json()
    # The first attempt of every third message meets a receiver that is busy.
    receiver.answer = lambda _heard: 503 if len(receiver.heard) % 3 == 1 else 200
    relay_tenant(seconds=60)
    drain()
    receiver.answer = lambda _heard: 200
    with later(minutes=10):
        drain()
    taken: dict[str, dict[str, object]] = {}
    for one in receiver.heard:
        taken[one.headers["webhook-id"]] = Webhook(secret).verify(one.body, one.headers)
    members = [key for said in taken.values() for key in said["data"].get("member_ids", ())]  # type: ignore[attr-defined]
    orders_told = [
        order["id"]
        for said in taken.values()
        for order in said["data"].get("orders", ())  # type: ignore[attr-defined]
    ]
    assert sorted(members) == sorted(Member.objects.values_list("public_id", flat=True))
    assert sorted(set(orders_told)) == sorted(Order.objects.values_list("public_id", flat=True))
    assert (len(members), len(orders_told)) == (PEOPLE, PEOPLE)
