"""Reads of endpoints and their deliveries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from scrm.core import clock
from scrm.core.errors import NotFound
from scrm.webhooks.models import (
    DeliveryState,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from scrm.webhooks.rules import OPEN_AFTER
from scrm.webhooks.types import WEBHOOK_TYPES, WebhookType

if TYPE_CHECKING:
    from django.db.models import QuerySet

_WEEK = timedelta(days=7)


def endpoints_list() -> QuerySet[WebhookEndpoint]:
    """The brand's endpoints; removed ones are left out."""
    return WebhookEndpoint.objects.filter(removed_at=None)


def endpoint_get(public_id: str) -> WebhookEndpoint:
    """The endpoint with that id; NotFound otherwise, also for another brand's."""
    found = endpoints_list().filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def is_resting(endpoint: WebhookEndpoint) -> bool:
    """Whether its circuit is open: it failed several times in a row and only a probe leaves now and then."""
    return endpoint.is_active and endpoint.failures >= OPEN_AFTER


def deliveries_of(
    endpoint: WebhookEndpoint, *, states: Sequence[str] = (), types: Sequence[str] = ()
) -> QuerySet[WebhookDelivery]:
    """What this endpoint was told, or will be; the caller orders."""
    rows = WebhookDelivery.objects.select_related("message", "endpoint").filter(endpoint=endpoint)
    if states:
        rows = rows.filter(state__in=states)
    if types:
        rows = rows.filter(type__in=types)
    return rows


def delivery_get(public_id: str) -> WebhookDelivery:
    """The delivery with that id; NotFound otherwise, also for another brand's or a removed endpoint's."""
    rows = WebhookDelivery.objects.select_related("message", "endpoint")
    found = rows.filter(public_id=public_id, endpoint__removed_at=None).first()
    if found is None:
        raise NotFound
    return found


def attempts_of(delivery: WebhookDelivery) -> list[WebhookAttempt]:
    """The calls of one delivery, the last one first."""
    return list(WebhookAttempt.objects.filter(delivery=delivery).order_by("-number"))


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What became of an endpoint's deliveries in the last seven days."""

    delivered: int
    failed: int
    waiting: int


def tallies(endpoint_ids: Collection[int]) -> dict[int, Tally]:
    """The last seven days of these endpoints in one query."""
    since = clock.now() - _WEEK
    rows = (
        WebhookDelivery.objects.filter(endpoint_id__in=endpoint_ids, created_at__gte=since)
        .values("endpoint_id")
        .annotate(
            delivered=Count("id", filter=Q(state=DeliveryState.DELIVERED)),
            failed=Count("id", filter=Q(state=DeliveryState.FAILED)),
            waiting=Count("id", filter=Q(state__in=[DeliveryState.PENDING, DeliveryState.CLAIMED])),
        )
    )
    found = {
        row["endpoint_id"]: Tally(
            delivered=row["delivered"], failed=row["failed"], waiting=row["waiting"]
        )
        for row in rows
    }
    none = Tally(delivered=0, failed=0, waiting=0)
    return {endpoint_id: found.get(endpoint_id, none) for endpoint_id in endpoint_ids}


def failed_since(endpoint: WebhookEndpoint, since: datetime) -> int:
    """How many deliveries a replay of that time would send again."""
    return WebhookDelivery.objects.filter(
        endpoint=endpoint, created_at__gte=since, state=DeliveryState.FAILED, is_test=False
    ).count()


def types_list() -> list[WebhookType]:
    """Every event type an endpoint may ask for."""
    return [found for _name, found in sorted(WEBHOOK_TYPES.items())]
