"""What operators see of webhooks: lag of what is due, and apart from it what a failing receiver holds back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from scrm.core import clock
from scrm.tenants.models import Tenant
from scrm.webhooks import services
from scrm.webhooks.deliveries import deliveries_claim
from scrm.webhooks.metrics import deliveries_read
from scrm.webhooks.models import WebhookDelivery, WebhookEndpoint
from scrm.webhooks.rules import OPEN_AFTER
from tests.scrm.webhooks.conftest import Receiver, endpoint, happen

pytestmark = pytest.mark.db
AGE, ROWS = ("scrm_queue_age_seconds", "webhooks"), ("scrm_queue_rows", "webhooks")
OTHERS = """
    SELECT c.relname, EXISTS (SELECT FROM pg_constraint WHERE conindid = c.oid AND contype IN ('p', 'u'))
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE i.indrelid = 'webhooks_webhookdelivery'::regclass AND c.relname <> 'webhook_delivery_due'
"""
SILENT = ("scrm_webhook_silent_endpoints",)


def told() -> dict[tuple[str, ...], float]:
    return {(name, *labels): value for name, labels, value in deliveries_read()}


def states() -> dict[str, float]:
    return {key[1]: value for key, value in told().items() if key[0] == "scrm_webhook_deliveries"}


def test_each_delivery_that_has_not_ended_is_counted_once(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    assert states() == {"due": 0, "sending": 0, "held": 0, "later": 0}
    assert (told()[AGE], told()[ROWS], told()[SILENT]) == (0, 0, 0)
    endpoint(receiver.url)
    with clock.frozen(clock.now() - timedelta(hours=1)):
        happen("thg_1")
    happen("thg_2")
    happen("thg_3")
    late = WebhookDelivery.objects.latest("id")
    WebhookDelivery.objects.filter(pk=late.pk).update(not_before=clock.now() + timedelta(hours=2))
    assert states() == {"due": 2, "sending": 0, "held": 0, "later": 1}
    assert told()[ROWS] == 2
    assert 3600 <= told()[AGE] < 3700
    assert len(deliveries_claim()) == 2
    assert states() == {"due": 0, "sending": 2, "held": 0, "later": 1}
    WebhookDelivery.objects.update(state="delivered")
    assert states() == {"due": 0, "sending": 0, "held": 0, "later": 0}


def test_a_receiver_that_fails_is_told_apart_from_a_queue_that_stands(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    found = endpoint(receiver.url).endpoint
    with clock.frozen(clock.now() - timedelta(hours=1)):
        happen("thg_1")
    assert told()[AGE] >= 3600  # the control
    WebhookEndpoint.objects.update(failures=OPEN_AFTER)
    assert (told()[AGE], told()[ROWS], told()[SILENT]) == (0, 0, 1)
    assert states() == {"due": 0, "sending": 0, "held": 1, "later": 0}
    services.endpoint_switch(public_id=found.public_id, is_active=False)
    assert (told()[SILENT], sum(states().values())) == (0, 0)


def test_the_figures_read_the_index_of_what_has_not_ended(
    brand: Tenant, owner_connection: Any
) -> None:
    """With no other index to fall back on: of an empty table the planner may read any that fits."""
    waiting = WebhookDelivery.objects.filter(state__in=["pending", "claimed"])
    with owner_connection.cursor() as cursor:
        cursor.execute("BEGIN; SET LOCAL enable_seqscan = off")
        cursor.execute(OTHERS)
        for name, is_constraint in cursor.fetchall():
            dropped = f"ALTER TABLE webhooks_webhookdelivery DROP CONSTRAINT {name} CASCADE"
            cursor.execute(dropped if is_constraint else f"DROP INDEX {name}")
        plans = []
        for rows in (waiting, WebhookDelivery.objects.all()):
            cursor.execute(
                "EXPLAIN " + rows.query.sql_with_params()[0], rows.query.sql_with_params()[1]
            )
            plans.append("webhook_delivery_due" in str(cursor.fetchall()))
        cursor.execute("ROLLBACK")
    assert plans == [True, False], "the control: without the states the index does not fit"
