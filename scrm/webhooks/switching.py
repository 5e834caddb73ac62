"""Switch an endpoint off and on: by a person, by the receiver's 410, or after five days without an answer."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.core import clock
from scrm.events.audit import record
from scrm.events.notices import notify
from scrm.webhooks.models import DeliveryState, OffReason, WebhookDelivery, WebhookEndpoint

ENDPOINT_OFF = "endpoint is off"

_WORDS = {
    OffReason.GONE: _("接收方返回 410，已停止向 %(url)s 推送"),
    OffReason.FAILING: _("连续失败 5 天，已停止向 %(url)s 推送"),
}


def host_of(url: str) -> str:
    """A URL without what may be secret in it: path and query stay out of logs and notices."""
    return url.split("?", maxsplit=1)[0].split("/", maxsplit=3)[2] if "//" in url else url


def endpoint_off(endpoint: WebhookEndpoint, reason: OffReason) -> None:
    """Nothing leaves any more; what waited counts as failed and may be sent again later. Needs its lock."""
    if not endpoint.is_active:
        return
    endpoint.is_active, endpoint.off_reason = False, reason.value
    endpoint.save()
    waiting_fail(endpoint)
    record(
        "webhook.switched_off",
        object_type="webhook",
        object_id=endpoint.public_id,
        before={"is_active": True},
        after={"is_active": False, "reason": reason.value},
    )
    if reason in _WORDS:
        notify(
            "webhook.off",
            title=_("Webhook 已停用"),
            text=_WORDS[reason],
            values={"url": host_of(endpoint.url)},
            permission="webhooks.edit",
            page="webhook",
            arguments={"endpoint_id": endpoint.public_id},
        )


def endpoint_on(endpoint: WebhookEndpoint) -> None:
    """It hears again, from a clean slate. Needs its lock."""
    if endpoint.is_active:
        return
    endpoint.is_active, endpoint.off_reason = True, ""
    endpoint.failures, endpoint.failing_since, endpoint.circuit_until = 0, None, None
    endpoint.save()
    record(
        "webhook.switched_on",
        object_type="webhook",
        object_id=endpoint.public_id,
        before={"is_active": False},
        after={"is_active": True},
    )


def waiting_fail(endpoint: WebhookEndpoint) -> int:
    """What still waited for this endpoint has failed."""
    return WebhookDelivery.objects.filter(
        endpoint=endpoint, state__in=[DeliveryState.PENDING, DeliveryState.CLAIMED]
    ).update(state=DeliveryState.FAILED, error=ENDPOINT_OFF, ended_at=clock.now(), lease_until=None)
