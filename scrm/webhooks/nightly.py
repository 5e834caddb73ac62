"""Retention: what was delivered or given up a month ago is forgotten."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from scrm.core import clock
from scrm.events.jobs.nightly import nightly_register
from scrm.webhooks.models import DeliveryState as State
from scrm.webhooks.models import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookMessage,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet

KEEP = timedelta(days=30)
_CHUNK = 5_000


def webhooks_purge_run(_as_of: date) -> dict[str, int]:
    """Forget deliveries that ended thirty days ago, their attempts, and messages nobody refers to."""
    before = clock.now() - KEEP
    counts = {"deliveries": 0, "messages": 0, "endpoints": 0}
    while keys := list(_ended(before)[:_CHUNK]):
        WebhookAttempt.objects.filter(delivery_id__in=keys).delete()
        WebhookDelivery.objects.filter(pk__in=keys).delete()
        counts["deliveries"] += len(keys)
    held = WebhookDelivery.objects.filter(message_id=OuterRef("pk"))
    old = WebhookMessage.objects.filter(~Exists(held), created_at__lt=before)
    while parts := list(old.values_list("pk", flat=True)[:_CHUNK]):
        # In pieces: a delete reads the bodies first.
        counts["messages"] += WebhookMessage.objects.filter(pk__in=parts).delete()[0]
    listening = WebhookDelivery.objects.values("endpoint_id")
    gone = WebhookEndpoint.objects.filter(removed_at__lt=before).exclude(pk__in=listening)
    counts["endpoints"] = gone.delete()[0]
    return counts


def _ended(before: datetime) -> QuerySet[WebhookDelivery, int]:
    rows = WebhookDelivery.objects.filter(
        state__in=[State.DELIVERED, State.FAILED], created_at__lt=before, ended_at__lt=before
    )
    return rows.order_by("created_at", "id").values_list("pk", flat=True)


nightly_register(
    "webhooks_purge", order=960, run=webhooks_purge_run, label=_("清理 Webhook 投递记录")
)
