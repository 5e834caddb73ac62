"""Webhooks of a filled brand: endpoints in each state, and a log of every outcome."""

from __future__ import annotations

from datetime import timedelta

from scrm.core import clock
from scrm.core.ids import uuid7
from scrm.events.models import AuditLog
from scrm.webhooks.fan_out import messages_keep
from scrm.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from scrm.webhooks.rules import body_of, secret_new

_STATES = (
    ("delivered", 204, "", "taken"),
    ("failed", 500, "status", "status"),
    ("delivered", 200, "", "taken"),
    ("pending", None, "no complete answer in time", "timeout"),
)


def webhooks_fill(size: int) -> dict[str, str]:
    """`size` deliveries of the first endpoint, and endpoints that rest, failed and were switched off."""
    now = clock.now()
    types = ["member.created", "order.changed", "points.available", "rfm.completed"]
    more: list[dict[str, object]] = [
        {"heard_at": now},
        {"failures": 7, "failing_since": now, "circuit_until": now + timedelta(minutes=2)},
        {"is_active": False, "off_reason": "gone"},
        {"failures": 1, "failing_since": now},
    ]
    endpoints = WebhookEndpoint.objects.bulk_create(
        WebhookEndpoint(
            url=f"https://crm-{n}.example.com/scrm/events?token=abc",
            description=("CRM", "数据仓库", "", "小程序后台")[n % 4],
            types=types[: 1 + n % 4],
            secret=secret_new(),
            **more[n % 4],
        )
        for n in range(min(size, 20))
    )
    bodies = [
        body_of(
            type=types[n % 4],
            version=1,
            occurred_at=now - timedelta(minutes=n),
            data={"member_ids": [f"mem_{n:026d}"]},
        )
        for n in range(size)
    ]
    messages = messages_keep(
        event_id=uuid7(), type="member.created", occurred_at=now, bodies=bodies
    )
    rows = WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            endpoint=endpoints[0],
            message=message,
            type=types[n % 4],
            state=_STATES[n % 4][0],
            status=_STATES[n % 4][1],
            error=_STATES[n % 4][2],
            tries=1,
            attempts=1,
            not_before=now + timedelta(minutes=5),
            ended_at=now if _STATES[n % 4][0] != "pending" else None,
        )
        for n, message in enumerate(messages)
    )
    WebhookAttempt.objects.bulk_create(
        WebhookAttempt(
            delivery=row,
            number=1,
            at=now,
            outcome=_STATES[n % 4][3],
            status=_STATES[n % 4][1],
            duration_ms=83 + n,
            error=_STATES[n % 4][2],
        )
        for n, row in enumerate(rows)
    )
    return {
        "endpoint_id": endpoints[0].public_id,
        "endpoint_resting": endpoints[1 % len(endpoints)].public_id,
        "delivery_id": rows[1 % len(rows)].public_id,
        "row_id": str(AuditLog.objects.order_by("-at", "-id")[0].pk),
    }
