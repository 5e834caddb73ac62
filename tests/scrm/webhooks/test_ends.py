"""Every delivery ends, and says how: a removed endpoint, one that is off, a call under way, a worker that always dies."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from scrm.core import clock
from scrm.core.ids import uuid7
from scrm.tenants.models import Tenant
from scrm.webhooks import services
from scrm.webhooks.deliveries import deliveries_claim, delivery_settle
from scrm.webhooks.draining import claim_send
from scrm.webhooks.fan_out import deliveries_make, messages_keep
from scrm.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from scrm.webhooks.rules import WAITS
from tests.scrm.webhooks.conftest import Receiver, drain, endpoint, happen, only

pytestmark = pytest.mark.db


def late_fact(found: WebhookEndpoint) -> None:
    """A fact that still saw the endpoint listen, written after it was switched off or removed."""
    messages = messages_keep(
        event_id=uuid7(), type="test.happened", occurred_at=clock.now(), bodies=["{}"]
    )
    deliveries_make(messages, [found])


def test_what_waits_for_a_removed_endpoint_ends_and_says_so(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    made = endpoint(receiver.url)
    happen("thg_1")
    services.endpoint_test(public_id=made.endpoint.public_id)
    services.endpoint_remove(public_id=made.endpoint.public_id)
    late_fact(made.endpoint)
    assert WebhookDelivery.objects.filter(state="pending").count() == 1  # the control
    assert drain() == 0
    rows = WebhookDelivery.objects.exclude(ended_at=None).values_list("state", "error")
    assert list(rows) == [("failed", "endpoint was removed")] * 3
    assert receiver.heard == []


def test_what_is_written_for_an_endpoint_that_is_off_ends_too_and_a_test_still_leaves(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    made = endpoint(receiver.url)
    services.endpoint_switch(public_id=made.endpoint.public_id, is_active=False)
    late_fact(made.endpoint)
    services.endpoint_test(public_id=made.endpoint.public_id)
    assert drain() == 1
    rows = WebhookDelivery.objects.order_by("id").values_list("is_test", "state", "error")
    assert list(rows) == [(False, "failed", "endpoint is off"), (True, "delivered", "")]
    assert [one.said["type"] for one in receiver.heard] == ["webhook.test"]


@pytest.mark.parametrize(
    ("status", "state", "error"), [(204, "delivered", ""), (500, "failed", "endpoint is off")]
)
def test_a_call_under_way_when_the_endpoint_is_switched_off_is_in_the_log(
    brand: Tenant, receiver: Receiver, next_door: None, status: int, state: str, error: str
) -> None:
    receiver.answer = lambda _heard: status
    made = endpoint(receiver.url)
    happen("thg_1")
    [claim] = deliveries_claim()
    services.endpoint_switch(public_id=made.endpoint.public_id, is_active=False)
    assert delivery_settle(claim, claim_send(claim))
    row = only()
    assert (row.state, row.error, row.status) == (state, error, status)
    assert WebhookAttempt.objects.get().status == status


def test_a_delivery_that_kills_every_worker_is_given_up(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    endpoint(receiver.url)
    happen("thg_1")
    for _worker in WAITS:
        [lost] = deliveries_claim()
        WebhookDelivery.objects.update(lease_until=Now() - timedelta(seconds=1))
    assert drain() == 0
    row = only()
    assert (row.state, row.error, row.attempts) == ("failed", "interrupted", len(WAITS))
    outcomes = set(WebhookAttempt.objects.values_list("outcome", flat=True))
    assert (outcomes, WebhookAttempt.objects.count()) == ({"interrupted"}, len(WAITS))
    # The last worker was only slow: its end comes too late.
    assert not delivery_settle(lost, claim_send(lost))
    services.delivery_replay(public_id=row.public_id)
    assert drain() == 1
    assert only().state == "delivered"
