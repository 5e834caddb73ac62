"""Figures of webhooks: what is due, what waits and why, and receivers that do not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Min, Q

from scrm.core import clock
from scrm.core.metrics import metric_register, reader_register
from scrm.events.metrics import AGE, ROWS, seconds_since
from scrm.webhooks.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from scrm.webhooks.rules import OPEN_AFTER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrm.core.metrics import Sample

OPEN = metric_register(
    "scrm_webhook_deliveries",
    "Deliveries that have not ended: due, being sent, waiting for a retry, held back by a receiver that fails",
    labels=("state",),
)
SILENT = metric_register(
    "scrm_webhook_silent_endpoints", "Endpoints whose receiver fails, so that they rest"
)


def deliveries_read() -> Iterator[Sample]:
    """One tenant's deliveries that have not ended; the index of due ones holds no others."""
    # A receiver that fails makes its own deliveries wait: that is no fault of the queue.
    is_held = Q(endpoint__is_active=False) | Q(endpoint__failures__gte=OPEN_AFTER)
    is_pending = Q(state=DeliveryState.PENDING)
    is_due = Q(not_before__lte=clock.now()) & ~is_held
    found = WebhookDelivery.objects.filter(
        state__in=[DeliveryState.PENDING, DeliveryState.CLAIMED]
    ).aggregate(
        rows=Count("pk", filter=is_due),
        oldest=Min("not_before", filter=is_due),
        due=Count("pk", filter=is_pending & is_due),
        sending=Count("pk", filter=Q(state=DeliveryState.CLAIMED)),
        held=Count("pk", filter=is_pending & is_held),
        pending=Count("pk", filter=is_pending),
    )
    yield ROWS, ("webhooks",), found["rows"]
    yield AGE, ("webhooks",), seconds_since(found["oldest"])
    for state in ("due", "sending", "held"):
        yield OPEN, (state,), found[state]
    yield OPEN, ("later",), found["pending"] - found["due"] - found["held"]
    silent = WebhookEndpoint.objects.filter(is_active=True, failures__gte=OPEN_AFTER)
    yield SILENT, (), silent.count()


reader_register("webhooks", deliveries_read, per_tenant=True)
