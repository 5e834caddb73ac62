"""Figures of webhooks that are due; what waits for its next try is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Min

from scrm.core import clock
from scrm.core.metrics import reader_register
from scrm.events.metrics import AGE, ROWS, seconds_since
from scrm.webhooks.models import DeliveryState, WebhookDelivery

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrm.core.metrics import Sample


def deliveries_read() -> Iterator[Sample]:
    """One tenant's due deliveries."""
    due = WebhookDelivery.objects.filter(
        state__in=[DeliveryState.PENDING, DeliveryState.CLAIMED], not_before__lte=clock.now()
    )
    found = due.aggregate(rows=Count("pk"), oldest=Min("not_before"))
    yield ROWS, ("webhooks",), found["rows"]
    yield AGE, ("webhooks",), seconds_since(found["oldest"])


reader_register("webhooks", deliveries_read, per_tenant=True)
