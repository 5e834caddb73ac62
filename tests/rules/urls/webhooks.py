"""Addresses of webhooks, and of a row of the audit log. The receiver's name does not resolve here; that is no reason to refuse it."""

from __future__ import annotations

from scrm.core import clock
from scrm.core.ids import uuid7
from scrm.events.audit import record
from scrm.events.models import AuditLog
from scrm.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookMessage
from tests.rules.urls.rows import Api, Page

_URL = "https://receiver.invalid/hooks"


def objects() -> dict[str, str]:
    endpoint = WebhookEndpoint.objects.create(
        url=_URL, types=["member.created"], secret="whsec_AAAA"
    )
    message = WebhookMessage.objects.create(
        event_id=uuid7(), type="member.created", body='{"data":{}}', occurred_at=clock.now()
    )
    delivery = WebhookDelivery.objects.create(
        endpoint=endpoint,
        message=message,
        type="member.created",
        state="failed",
        not_before=clock.now(),
    )
    record("webhook.created", object_type="webhook", object_id=endpoint.public_id)
    return {
        "webhook": endpoint.public_id,
        "webhook_delivery": delivery.public_id,
        "audit_row": str(AuditLog.objects.get(object_id=endpoint.public_id).pk),
    }


_ID, _DELIVERY = {"public_id": "{webhook}"}, {"public_id": "{webhook_delivery}"}
_PAGE, _ROW = {"endpoint_id": "{webhook}"}, {"delivery_id": "{webhook_delivery}"}
_NEW = {"url": _URL, "types": ["member.created"]}
_FORM = {"url": _URL, "types": "order.changed", "description": "CRM"}

ROWS = [
    Api("webhooks"),
    Api("webhooks", "POST", body=_NEW, owner=201),
    Api("webhook-types"),
    Api("webhook", path=_ID),
    Api("webhook", "PATCH", path=_ID, body={"is_active": False}),
    Api("webhook-rotate", "POST", path=_ID, owner=201),
    Api("webhook-test", "POST", path=_ID, owner=202),
    Api("webhook-replay", "POST", path=_ID, body={"since": "2026-11-01T00:00:00Z"}, owner=202),
    Api("webhook-deliveries", path=_ID),
    Api("webhook-delivery", path=_DELIVERY),
    Api("webhook-delivery-replay", "POST", path=_DELIVERY, owner=202),
    Api("webhook", "DELETE", path=_ID, owner=204),
    Page("webhooks"),
    Page("webhook-new"),
    Page("webhook-new", "POST", data=_FORM, owner=302),
    Page("webhook", path=_PAGE),
    Page("webhook-edit", path=_PAGE),
    Page("webhook-edit", "POST", path=_PAGE, data=_FORM, owner=302),
    Page("webhook-rotate", path=_PAGE),
    Page("webhook-rotate", "POST", path=_PAGE, owner=302),
    Page("webhook-remove", path=_PAGE),
    Page("webhook-remove", "POST", path=_PAGE, owner=302),
    Page("webhook-replay", path=_PAGE),
    Page("webhook-replay", "POST", path=_PAGE, data={"since": "2026-11-01T00:00"}, owner=302),
    Page("webhook-test", "POST", path=_PAGE, owner=302),
    Page("webhook-pause", "POST", path=_PAGE, owner=302),
    Page("webhook-resume", "POST", path=_PAGE, owner=302),
    Page("webhook-delivery", path=_ROW),
    Page("audit-row", path={"row_id": "{audit_row}"}),
    Page("webhook-delivery-replay", "POST", path=_ROW, owner=302),
]
