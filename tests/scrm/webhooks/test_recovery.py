"""A receiver is well again, or its address was wrong: the circuit closes and what waited goes at once."""

from __future__ import annotations

import pytest

from scrm.events.models import AuditLog
from scrm.tenants.models import Tenant
from scrm.webhooks import services
from scrm.webhooks.deliveries import deliveries_claim, delivery_settle
from scrm.webhooks.draining import claim_send, tenant_drain
from scrm.webhooks.models import WebhookDelivery, WebhookEndpoint
from scrm.webhooks.rules import LONGEST, OPEN_AFTER
from tests.scrm.webhooks.conftest import Receiver, closed_door, drain, endpoint, happen, later, only

pytestmark = pytest.mark.db
SOUND = (0, None, None)


def circuit(found: WebhookEndpoint) -> tuple[int, object, object]:
    found.refresh_from_db()
    return (found.failures, found.failing_since, found.circuit_until)


def resting(url: str) -> WebhookEndpoint:
    """An endpoint whose circuit is open, with a fact that waits behind it."""
    made = endpoint(url)
    for number in range(OPEN_AFTER):
        happen(f"thg_{number}")
        drain()
    happen("thg_waits")
    assert tenant_drain() == 0  # the control: it rests
    return made.endpoint


def test_a_corrected_address_is_tried_at_once(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    found = resting(closed_door())
    services.endpoint_change(public_id=found.public_id, changes={"url": receiver.url})
    assert circuit(found) == SOUND
    assert drain() == OPEN_AFTER + 1
    assert len(set(receiver.ids)) == OPEN_AFTER + 1
    assert not WebhookDelivery.objects.exclude(state="delivered").exists()


def test_a_change_of_words_leaves_the_circuit_open(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    """The control of the test above."""
    receiver.answer = lambda _heard: 500
    found = resting(receiver.url)
    services.endpoint_change(
        public_id=found.public_id, changes={"description": "CRM", "url": receiver.url}
    )
    assert circuit(found)[0] == OPEN_AFTER
    assert drain() == 0


def test_a_test_that_is_taken_closes_the_circuit(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    receiver.answer = lambda _heard: 500
    found = resting(receiver.url)
    services.endpoint_test(public_id=found.public_id)
    drain()
    assert circuit(found)[0] == OPEN_AFTER  # a test that fails changes nothing
    receiver.answer = lambda _heard: 204
    services.endpoint_test(public_id=found.public_id)
    drain()
    assert circuit(found) == SOUND
    waiting = WebhookDelivery.objects.filter(is_test=False).exclude(state="delivered")
    assert not waiting.exists()


def test_the_extra_try_is_not_counted_and_ends_with_the_three_days(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    receiver.answer = lambda _heard: 500
    made = endpoint(receiver.url)
    happen("thg_1")
    drain()
    assert only().tries == 1
    WebhookEndpoint.objects.update(failures=OPEN_AFTER)
    receiver.answer = lambda heard: 204 if heard.said["type"] == "webhook.test" else 500
    services.endpoint_test(public_id=made.endpoint.public_id)
    drain()
    row = WebhookDelivery.objects.get(is_test=False)
    assert (row.state, row.tries, row.attempts) == ("pending", 1, 2)
    with later(seconds=LONGEST.total_seconds() + 1):
        WebhookEndpoint.objects.update(failures=OPEN_AFTER)
        WebhookDelivery.objects.filter(pk=row.pk).update(not_before=row.not_before + LONGEST * 2)
        services.endpoint_test(public_id=made.endpoint.public_id)
        drain()
        row.refresh_from_db()
    assert row.attempts == 2


def test_the_old_address_is_not_held_against_the_new_one(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    """A call to the old address was under way, and it says 410."""
    receiver.answer = lambda heard: 410 if heard.path == "/old" else 204
    base = receiver.url.split("/hooks")[0]
    found = endpoint(f"{base}/old").endpoint
    happen("thg_1")
    [claim] = deliveries_claim()
    services.endpoint_change(public_id=found.public_id, changes={"url": f"{base}/new"})
    assert delivery_settle(claim, claim_send(claim))
    found.refresh_from_db()
    assert (found.is_active, circuit(found)) == (True, SOUND)
    assert drain() == 1
    assert [one.path for one in receiver.heard] == ["/old", "/new"]
    assert only().state == "delivered"


def test_a_new_path_on_the_same_host_is_a_change(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    """The audit log says the host only; what is saved is the whole address."""
    found = endpoint(receiver.url).endpoint
    url = f"{receiver.url.split('/hooks')[0]}/other?token=new-secret"
    services.endpoint_change(public_id=found.public_id, changes={"url": url})
    found.refresh_from_db()
    assert found.url == url
    said = AuditLog.objects.get(action="webhook.changed")
    assert "new-secret" not in str((said.before, said.after))
    services.endpoint_change(public_id=found.public_id, changes={"url": url})
    assert AuditLog.objects.filter(action="webhook.changed").count() == 1


def test_calls_under_way_when_the_circuit_opens_do_not_lengthen_its_rest(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    receiver.answer = lambda _heard: 500
    found = endpoint(receiver.url).endpoint
    for number in range(8):
        happen(f"thg_{number}")
    claims = [*deliveries_claim(), *deliveries_claim()]
    assert len(claims) == 8
    for claim in claims:
        assert delivery_settle(claim, claim_send(claim))
    assert circuit(found)[0] == OPEN_AFTER
    with later(seconds=31):
        assert tenant_drain() == 1
    assert circuit(found)[0] == OPEN_AFTER + 1
