"""What people and keys do: test, replay, remove, choose; and what the night forgets."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from standardwebhooks import Webhook

from scrm.core import clock
from scrm.core.errors import InvalidTransition, InvalidValue, NotFound
from scrm.tenants.models import Tenant
from scrm.webhooks import services
from scrm.webhooks.models import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from scrm.webhooks.nightly import webhooks_purge_run
from tests.scrm.webhooks.conftest import Receiver, drain, endpoint, happen, later, only

pytestmark = pytest.mark.db


def test_a_test_leaves_once_even_while_the_endpoint_is_off(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    made = endpoint(receiver.url)
    public_id = made.endpoint.public_id
    services.endpoint_switch(public_id=public_id, is_active=False)
    services.endpoint_test(public_id=public_id)
    assert drain() == 1
    said = Webhook(made.secret).verify(receiver.heard[0].body, receiver.heard[0].headers)
    assert (said["type"], said["data"]) == ("webhook.test", {"webhook_id": public_id})
    receiver.answer = lambda _heard: 500
    services.endpoint_test(public_id=public_id)
    with later(days=1):
        drain()
    assert len(receiver.heard) == 2
    assert WebhookEndpoint.objects.get(public_id=public_id).failures == 0


def test_replays_send_the_same_again(brand: Tenant, receiver: Receiver, next_door: None) -> None:
    made = endpoint(receiver.url)
    happen("thg_1")
    drain()
    row = only()
    services.delivery_replay(public_id=row.public_id)
    with pytest.raises(InvalidTransition), transaction.atomic():
        services.delivery_replay(public_id=row.public_id)  # it is on its way
    drain()
    assert len(receiver.heard) == 2
    assert receiver.heard[0].body == receiver.heard[1].body
    assert len(set(receiver.ids)) == 1
    assert only().attempts == 2
    WebhookDelivery.objects.update(state="failed")
    public_id = made.endpoint.public_id
    hour = timedelta(hours=1)
    assert services.failed_replay(public_id=public_id, since=clock.now() + hour) == 0
    assert services.failed_replay(public_id=public_id, since=clock.now() - hour) == 1
    assert drain() == 1
    with pytest.raises(NotFound), transaction.atomic():
        services.delivery_replay(public_id="whd_unknown")


def test_what_waits_for_a_retry_is_sent_now_when_somebody_asks(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    receiver.answer = lambda _heard: 500
    endpoint(receiver.url)
    happen("thg_1")
    drain()
    row = only()
    assert (row.state, row.tries, drain()) == ("pending", 1, 0)  # the control: it waits
    receiver.answer = lambda _heard: 204
    services.delivery_replay(public_id=row.public_id)
    assert drain() == 1
    assert (only().state, only().attempts) == ("delivered", 2)


def test_a_removed_endpoint_hears_nothing_and_forgets_its_secret(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    made = endpoint(receiver.url)
    happen("thg_1")
    services.endpoint_remove(public_id=made.endpoint.public_id)
    assert drain() == 0
    found = WebhookEndpoint.objects.get()
    assert (found.secret, found.old_secret, only().state) == ("", "", "failed")
    assert only().error == "endpoint was removed"
    with pytest.raises(NotFound), transaction.atomic():
        services.endpoint_switch(public_id=made.endpoint.public_id, is_active=True)


@pytest.mark.parametrize("wanted", [(), ("no.such",), ("webhook.test",)])
def test_types_are_chosen_from_the_registry(brand: Tenant, wanted: tuple[str, ...]) -> None:
    with pytest.raises(InvalidValue):
        endpoint("https://receiver.invalid/", wanted=wanted)


def test_a_month_later_the_log_is_forgotten(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    endpoint(receiver.url)
    happen("thg_1")
    drain()
    assert webhooks_purge_run(clock.now().date())["deliveries"] == 0
    with later(days=31):
        happen("thg_2")
        counts = webhooks_purge_run(clock.now().date())
    assert counts["deliveries"] == 1
    assert WebhookDelivery.objects.count() == 1
    assert not WebhookAttempt.objects.exists()
