"""From a fact to a signed call: once per endpoint, again until taken, and the circuit around it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from standardwebhooks import Webhook, WebhookVerificationError

from scrm.core import clock
from scrm.events.models import AuditLog, EventHeard, OutboxEvent
from scrm.events.relay import relay_tenant
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.webhooks import deliveries, services
from scrm.webhooks.deliveries import deliveries_claim, delivery_settle
from scrm.webhooks.draining import claim_send, webhooks_drain
from scrm.webhooks.models import (
    DeliveryState,
    WebhookAttempt,
    WebhookDelivery,
    WebhookMessage,
)
from scrm.webhooks.rules import LONGEST, WAITS, rest_after, times_faults, wait_after
from tests.scrm.webhooks.conftest import Receiver, drain, endpoint, happen, later, only
from tests.support.api import tenant as new_tenant

pytestmark = pytest.mark.db


# ------------------------------------------------------------------------------------- what is said
def test_the_standard_library_verifies_what_arrives(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    made = endpoint(receiver.url)
    happen("thg_1", "thg_2")
    assert drain() == 1
    [one] = receiver.heard
    said = Webhook(made.secret).verify(one.body, one.headers)
    assert said["type"] == "test.happened"
    assert said["data"] == {"thing_ids": ["thg_1", "thg_2"]}
    assert (said["version"], one.headers["content-type"]) == (1, "application/json")
    assert one.path == "/hooks?token=secret-in-url"
    assert only().state == DeliveryState.DELIVERED
    with pytest.raises(WebhookVerificationError):  # the control: a changed byte is noticed
        Webhook(made.secret).verify(one.body + b" ", one.headers)


def test_two_secrets_sign_while_the_old_one_lasts(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    old = endpoint(receiver.url)
    new = services.secret_rotate(public_id=old.endpoint.public_id)
    happen("thg_1")
    drain()
    for secret in (old.secret, new.secret):
        Webhook(secret).verify(receiver.heard[0].body, receiver.heard[0].headers)
    with later(hours=25):
        happen("thg_2")
        drain()
    last = receiver.heard[-1]
    assert len(last.headers["webhook-signature"].split()) == 1
    Webhook(new.secret).verify(last.body, last.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old.secret).verify(last.body, last.headers)


def test_a_fact_about_many_is_told_in_parts(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    endpoint(receiver.url)
    happen(*(f"thg_{number}" for number in range(250)))
    drain()
    told = [one.said["data"]["thing_ids"] for one in receiver.heard]
    assert sorted(map(len, told)) == [50, 100, 100]
    assert len({thing for part in told for thing in part}) == 250
    assert len(set(receiver.ids)) == 3


def test_secrets_lie_sealed_and_nowhere_else(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    made = endpoint(receiver.url)
    services.secret_rotate(public_id=made.endpoint.public_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret || old_secret FROM webhooks_webhookendpoint")
        assert "whsec_" not in cursor.fetchone()[0]
    told = json.dumps(list(AuditLog.objects.values_list("before", "after")))
    assert "whsec_" not in told
    assert "secret-in-url" not in told


def test_only_what_was_asked_for_is_told_and_only_to_the_own_brand(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    endpoint(receiver.url, wanted=("member.created",))
    with tenant_scope(new_tenant()):
        endpoint(receiver.url)
    happen("thg_1")
    webhooks_drain(seconds=5)
    assert receiver.heard == []
    assert not WebhookMessage.objects.exists()


# ------------------------------------------------------------------------------------- once
def test_a_fact_heard_twice_is_one_row(brand: Tenant, receiver: Receiver, next_door: None) -> None:
    """Late and doubled relays: the outbox's own memory is wiped, the unique rows still hold."""
    endpoint(receiver.url)
    endpoint(receiver.url)
    happen("thg_1")
    first = set(WebhookDelivery.objects.values_list("public_id", flat=True))
    EventHeard.objects.all().delete()
    OutboxEvent.objects.update(dispatched_at=None)
    relay_tenant()
    assert set(WebhookDelivery.objects.values_list("public_id", flat=True)) == first
    assert len(first) == 2
    assert WebhookMessage.objects.count() == 1


def test_without_its_unique_key_the_row_would_be_doubled(
    brand: Tenant, receiver: Receiver, next_door: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above: a message that is made anew each time doubles the deliveries."""
    from scrm.core.ids import uuid7
    from scrm.webhooks import fan_out

    kept = fan_out.messages_keep
    monkeypatch.setattr(
        fan_out, "messages_keep", lambda **facts: kept(**{**facts, "event_id": uuid7()})
    )
    endpoint(receiver.url)
    happen("thg_1")
    EventHeard.objects.all().delete()
    OutboxEvent.objects.update(dispatched_at=None)
    relay_tenant()
    assert WebhookDelivery.objects.count() == 2


def test_a_claimed_delivery_is_nobody_elses(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    endpoint(receiver.url)
    happen("thg_1")
    [claim] = deliveries_claim()
    assert deliveries_claim() == []
    assert delivery_settle(claim, claim_send(claim))
    assert len(receiver.heard) == 1
    assert drain() == 0


def test_a_dead_workers_delivery_goes_again_under_the_same_id(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    endpoint(receiver.url)
    happen("thg_1")
    [lost] = deliveries_claim()
    claim_send(lost)  # it left, and then the worker was killed
    assert drain() == 0  # while the lease lasts nobody touches it
    WebhookDelivery.objects.update(lease_until=Now() - timedelta(seconds=1))
    assert drain() == 1
    assert len(set(receiver.ids)) == 1
    assert len(receiver.heard) == 2
    calls = WebhookAttempt.objects.order_by("number").values_list("number", "outcome")
    assert list(calls) == [(1, "interrupted"), (2, "taken")]
    # The worker was not dead after all: its end comes too late and writes nothing.
    assert not delivery_settle(lost, claim_send(lost))
    assert only().attempts == 2


def test_no_transaction_is_open_while_a_receiver_is_called(
    brand: Tenant, receiver: Receiver, next_door: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    depth = len(connection.savepoint_ids)
    seen: list[int] = []
    real = deliveries.delivery_settle

    def settle(*given: Any) -> bool:
        seen.append(len(connection.savepoint_ids))
        return real(*given)

    monkeypatch.setattr("scrm.webhooks.draining.delivery_settle", settle)
    endpoint(receiver.url)
    happen("thg_1")
    drain()
    assert seen == [depth]


# ------------------------------------------------------------------------------------- again
def test_the_table_of_waits_ends_within_three_days() -> None:
    assert [wait.total_seconds() for wait in WAITS[:7]] == [0, 5, 300, 1800, 7200, 18000, 36000]
    total = sum(WAITS, timedelta())
    assert timedelta(hours=70) < total <= LONGEST
    assert (wait_after(1), wait_after(len(WAITS))) == (timedelta(seconds=5), None)
    assert [rest_after(n) for n in (4, 5, 6, 60)] == [
        None,
        timedelta(seconds=30),
        timedelta(minutes=1),
        timedelta(hours=1),
    ]
    assert times_faults(timeout=15, lease=60) == []
    assert times_faults(timeout=15, lease=45)


def test_a_refused_message_goes_again_by_the_table_and_then_is_given_up(
    brand: Tenant, receiver: Receiver, next_door: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "OPEN_AFTER", 1_000)
    monkeypatch.setattr(deliveries, "rest_after", lambda _failures: None)
    receiver.answer = lambda _heard: 500
    endpoint(receiver.url)
    start = clock.now()
    with clock.frozen(start):
        happen("thg_1")
        drain()
    at = start
    for wait in WAITS[1:]:
        with clock.frozen(at + wait - timedelta(seconds=1)):
            assert drain() == 0
        at += wait
        with clock.frozen(at):
            assert drain() == 1
    row = only()
    assert (row.state, row.attempts, row.status) == ("failed", len(WAITS), 500)
    assert len(set(receiver.ids)) == 1
    with clock.frozen(at + timedelta(days=9)):
        assert drain() == 0


def test_an_order_swapped_by_a_retry_is_told_by_its_time(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    """EC-103: order is not promised; the timestamp of the fact and the id are."""
    receiver.answer = lambda _heard: 503 if len(receiver.heard) == 1 else 204
    endpoint(receiver.url)
    happen("thg_1")
    drain()
    happen("thg_2")
    drain()
    with later(seconds=6):
        drain()
    things = [one.said["data"]["thing_ids"][0] for one in receiver.heard]
    assert things == ["thg_1", "thg_2", "thg_1"]
    first, second, again = receiver.heard
    assert first.said["timestamp"] < second.said["timestamp"]
    assert (again.body, again.headers["webhook-id"]) == (first.body, first.headers["webhook-id"])
