"""What is told outside: every type fits its schema, and no internal key, name or phone gets out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest

from members.identity.rules import Claim
from members.identity.services import Arrival, identity_resolve_many
from members.people.models import Member
from points.lots.services import points_grant, points_spend
from scrm.events.bus import EVENT_TYPES, Event
from scrm.events.models import OutboxEvent
from scrm.events.relay import relay_tenant
from scrm.tenants.models import Tenant
from scrm.webhooks import services
from scrm.webhooks.models import WebhookMessage
from scrm.webhooks.types import MOST_IDS, WEBHOOK_TYPES
from tests.scrm.webhooks.conftest import Receiver, drain
from tests.support.api import client

pytestmark = pytest.mark.db
AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
PUBLIC = re.compile(r"[a-z]{2,5}_[0-9a-z]{26}")
# Members of bodies that are numbers by nature; every other number would be somebody's key.
COUNTS = {"version", "points", "scored", "changed", "total", "sent", "failed", "suppressed"}


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, name)
    else:
        yield name, value


def leaks(body: dict[str, Any]) -> list[tuple[str, Any]]:
    """What looks like an internal key: a number that is no count, or an id that is no public id."""
    return [
        (name, value)
        for name, value in leaves(body)
        if (isinstance(value, int) and name not in COUNTS)
        or (name.endswith(("id", "ids")) and not PUBLIC.fullmatch(str(value)))
    ]


def test_the_leak_finder_finds_leaks() -> None:
    """The control."""
    assert leaks({"data": {"member_ids": [7]}}) == [("member_ids", 7)]
    assert leaks({"data": {"member_id": "7"}}) == [("member_id", "7")]


def test_every_type_has_a_source_words_and_an_example_that_fits() -> None:
    wanted = {
        "member.created", "member.merged", "order.changed", "points.pending", "points.available",
        "points.spent", "points.expired", "points.expiring_soon", "points.reversed",
        "points.debt_created", "rfm.completed", "push.completed",
    }  # fmt: skip
    rooms = {name for name in WEBHOOK_TYPES if not name.startswith("test.")}
    assert wanted <= rooms
    for name in rooms:
        found = WEBHOOK_TYPES[name]
        assert found.source in EVENT_TYPES
        assert found.label
        assert found.doc
        jsonschema.Draft202012Validator.check_schema(dict(found.schema))
        jsonschema.validate(found.example, dict(found.schema))
        assert leaks({"data": found.example}) == []


def test_what_really_happens_is_told_by_public_ids_only(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    rooms = [name for name in WEBHOOK_TYPES if not name.startswith("test.")]
    services.endpoint_create(url=receiver.url, types=rooms)
    people = [
        Arrival(
            claims=(Claim(type="phone", scope="", value=f"1380000{number:04d}"),),
            source="api",
            occurred_at=AT,
        )
        for number in range(MOST_IDS + 5)
    ]
    member_id = identity_resolve_many(people)[0]
    order = {
        "channel": "tmall",
        "external_id": "o-1",
        "member": [{"type": "phone", "value": "13800000000"}],
        "paid_at": AT.isoformat(),
        "lines": [{"external_id": "1", "subtotal": {"amount": 12_000, "currency": "CNY"}}],
    }
    assert client(brand).ask("POST", "orders", order).status_code == 201
    points_grant(member_id=member_id, points=50, reference="g-1")
    points_spend(member_id=member_id, points=20, reference="s-1", reason="gift")
    relay_tenant()
    drain()
    told = {}
    for message in WebhookMessage.objects.order_by("id"):
        body = json.loads(message.body)
        told.setdefault(body["type"], []).append(body)
        jsonschema.validate(body["data"], dict(WEBHOOK_TYPES[body["type"]].schema))
        assert leaks(body) == []
        assert "138000" not in message.body
    assert {"member.created", "order.changed", "points.available", "points.spent"} <= told.keys()
    created = [key for body in told["member.created"] for key in body["data"]["member_ids"]]
    assert sorted(created) == sorted(Member.objects.values_list("public_id", flat=True))
    assert [len(body["data"]["member_ids"]) for body in told["member.created"]] == [MOST_IDS, 5]
    mine = Member.objects.get(pk=member_id).public_id
    assert told["points.spent"][0]["data"] == {"members": [{"id": mine, "points": 20}]}
    assert len(receiver.heard) == WebhookMessage.objects.count()
    assert OutboxEvent.objects.filter(parked_at__isnull=False).count() == 0


def test_a_merge_names_both_by_public_ids(brand: Tenant) -> None:
    [source, target] = identity_resolve_many(
        [
            Arrival(
                claims=(Claim(type="phone", scope="", value=f"1390000000{number}"),),
                source="api",
                occurred_at=AT,
            )
            for number in range(2)
        ]
    )
    event = Event(
        id=OutboxEvent.objects.latest("id").pk,
        type="member.merged",
        subject="",
        payload={"source_id": source, "target_id": target},
        occurred_at=AT,
    )
    [data] = WEBHOOK_TYPES["member.merged"].data(event)
    jsonschema.validate(data, dict(WEBHOOK_TYPES["member.merged"].schema))
