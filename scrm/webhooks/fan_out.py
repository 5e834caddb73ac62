"""From an internal fact to rows that leave: one message per type and part, one delivery per endpoint."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from scrm.core import clock
from scrm.events.bell import ring
from scrm.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookMessage
from scrm.webhooks.rules import body_of
from scrm.webhooks.types import WebhookType, types_from

if TYPE_CHECKING:
    from scrm.events.bus import Event


def event_fan_out(event: Event) -> None:
    """Write what the brand's endpoints want to hear of this fact; told twice, it writes nothing more."""
    kinds = types_from(event.type)
    endpoints = list(WebhookEndpoint.objects.filter(is_active=True).order_by("id"))
    wanted = {name for endpoint in endpoints for name in endpoint.types}
    for kind in kinds:
        if kind.name in wanted:
            takers = [endpoint for endpoint in endpoints if kind.name in endpoint.types]
            _tell(kind, event, takers)


def _tell(kind: WebhookType, event: Event, takers: Sequence[WebhookEndpoint]) -> None:
    bodies = [
        body_of(type=kind.name, version=kind.version, occurred_at=event.occurred_at, data=data)
        for data in kind.data(event)
    ]
    if bodies:
        messages = messages_keep(
            event_id=event.id, type=kind.name, occurred_at=event.occurred_at, bodies=bodies
        )
        deliveries_make(messages, takers)


def messages_keep(
    *, event_id: uuid.UUID, type: str, occurred_at: datetime, bodies: Sequence[str]
) -> list[WebhookMessage]:
    """The messages of an event, made once; the unique key (event, type, part) is the guard."""
    WebhookMessage.objects.bulk_create(
        [
            WebhookMessage(
                event_id=event_id, type=type, part=part, body=body, occurred_at=occurred_at
            )
            for part, body in enumerate(bodies)
        ],
        ignore_conflicts=True,
    )
    return list(WebhookMessage.objects.filter(event_id=event_id, type=type).order_by("part"))


def deliveries_make(
    messages: Sequence[WebhookMessage],
    endpoints: Sequence[WebhookEndpoint],
    *,
    is_test: bool = False,
) -> None:
    """One delivery per message and endpoint, made once, and the bell in the same transaction."""
    now = clock.now()
    WebhookDelivery.objects.bulk_create(
        [
            WebhookDelivery(
                endpoint=endpoint,
                message=message,
                type=message.type,
                is_test=is_test,
                not_before=now,
            )
            for message in messages
            for endpoint in endpoints
        ],
        ignore_conflicts=True,
        batch_size=1_000,
    )
    ring("webhooks")
