"""Around an endpoint that fails: the circuit, the five days, the 410."""

from __future__ import annotations

import pytest

from scrm.events.models import AuditLog, Notice
from scrm.tenants.models import Tenant
from scrm.webhooks.deliveries import deliveries_claim
from scrm.webhooks.draining import tenant_drain
from scrm.webhooks.models import (
    WebhookDelivery,
    WebhookEndpoint,
    WebhookMessage,
)
from tests.scrm.webhooks.conftest import Receiver, closed_door, drain, endpoint, happen, later, only

pytestmark = pytest.mark.db


def failing(receiver: Receiver, times: int) -> WebhookEndpoint:
    receiver.answer = lambda _heard: 500
    made = endpoint(receiver.url)
    for number in range(times):
        happen(f"thg_{number}")
        drain()
    return made.endpoint


def test_five_failures_open_the_circuit_and_one_probe_closes_it(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    found = failing(receiver, 5)
    happen("thg_6", "thg_7")
    assert drain() == 0
    with later(seconds=31):
        assert tenant_drain() == 1  # the probe
        assert tenant_drain() == 0
        found.refresh_from_db()
        assert found.failures == 6
    receiver.answer = lambda _heard: 204
    with later(seconds=200):
        assert tenant_drain() == 1
        assert drain() >= 5  # everything that waited follows
        found.refresh_from_db()
        assert (found.failures, found.circuit_until, found.failing_since) == (0, None, None)
    assert WebhookDelivery.objects.exclude(state="delivered").count() == 0


def test_half_open_lets_one_through_at_a_time(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    failing(receiver, 5)
    happen("thg_6")
    with later(seconds=31):
        assert len(deliveries_claim()) == 1
        assert deliveries_claim() == []


def test_a_sick_neighbour_takes_nobodys_turn(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    sick = endpoint(closed_door())
    endpoint(receiver.url)
    for number in range(8):
        happen(f"thg_{number}")
        drain()
    assert len(receiver.heard) == 8
    assert WebhookEndpoint.objects.get(pk=sick.endpoint.pk).failures == 5


def test_five_days_of_failure_switch_it_off_with_a_notice(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    found = failing(receiver, 1)
    happen("thg_9")
    with later(days=4, hours=23):
        drain()
        found.refresh_from_db()
        assert found.is_active
    with later(days=5, hours=1):
        happen("thg_10")
        drain()
    found.refresh_from_db()
    assert (found.is_active, found.off_reason) == (False, "failing")
    assert not WebhookDelivery.objects.exclude(state="failed").exists()
    notice = Notice.objects.get()
    assert (notice.kind, notice.permission, notice.page) == (
        "webhook.off",
        "webhooks.edit",
        "webhook",
    )
    happen("thg_11")
    assert WebhookMessage.objects.filter(body__contains="thg_11").count() == 0


def test_410_switches_it_off_at_once(brand: Tenant, receiver: Receiver, next_door: None) -> None:
    receiver.answer = lambda _heard: 410
    made = endpoint(receiver.url)
    happen("thg_1")
    drain()
    found = WebhookEndpoint.objects.get(pk=made.endpoint.pk)
    assert (found.is_active, found.off_reason, only().state) == (False, "gone", "failed")
    assert AuditLog.objects.filter(action="webhook.switched_off").count() == 1
    with later(days=2):
        assert drain() == 0
    assert len(receiver.heard) == 1
