"""Switch an endpoint off and on: by a person, by the receiver's 410, or after five days without an answer."""

from __future__ import annotations

from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from scrm.core import clock
from scrm.events.audit import record
from scrm.events.bell import ring
from scrm.events.notices import notify
from scrm.webhooks.models import DeliveryState, OffReason, WebhookDelivery, WebhookEndpoint
from scrm.webhooks.rules import LONGEST

ENDPOINT_OFF = "endpoint is off"
ENDPOINT_REMOVED = "endpoint was removed"

_WORDS = {
    OffReason.GONE: _("接收方返回 410，已停止向 %(url)s 推送"),
    OffReason.FAILING: _("连续失败 5 天，已停止向 %(url)s 推送"),
}


def host_of(url: str) -> str:
    """A URL without what may be secret in it: path and query stay out of logs and notices."""
    return url.split("?", maxsplit=1)[0].split("/", maxsplit=3)[2] if "//" in url else url


def url_shown(url: str) -> str:
    """The URL for whoever may not change it: path and query are often as good as a password."""
    scheme, mark, rest = url.partition("://")
    host, _slash, path = rest.partition("/")
    hides = "/***" if path or "?" in host else ""
    return f"{scheme}{mark}{host.split('?', maxsplit=1)[0]}{hides}"


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


def circuit_close(endpoint: WebhookEndpoint) -> None:
    """Nothing is held against it; what waits for a retry goes now, beside its table. Needs its lock and a save."""
    now = clock.now()
    endpoint.failures, endpoint.failing_since, endpoint.circuit_until = 0, None, None
    # The extra try is not counted, or a receiver that comes and goes would use up the three days in an hour.
    waiting = WebhookDelivery.objects.filter(
        endpoint=endpoint,
        state=DeliveryState.PENDING,
        not_before__gt=now,
        created_at__gt=now - LONGEST,
    )
    if waiting.update(not_before=now, tries=Greatest(F("tries") - 1, 0)):
        ring("webhooks")


def waiting_fail(endpoint: WebhookEndpoint) -> int:
    """What still waits for an endpoint that is off has failed; a test leaves unless it was removed."""
    waiting = WebhookDelivery.objects.filter(
        endpoint=endpoint, state__in=[DeliveryState.PENDING, DeliveryState.CLAIMED]
    )
    if endpoint.removed_at is None:
        waiting = waiting.filter(is_test=False)
    error = ENDPOINT_OFF if endpoint.removed_at is None else ENDPOINT_REMOVED
    return waiting.update(
        state=DeliveryState.FAILED, error=error, ended_at=clock.now(), lease_until=None
    )
