"""How endpoints and deliveries are told to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from scrm.console.elements import Badge, Tone
from scrm.console.writing import datetime_text
from scrm.webhooks.models import (
    DeliveryState,
    OffReason,
    Outcome,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from scrm.webhooks.selectors import is_resting
from scrm.webhooks.switching import ENDPOINT_OFF, ENDPOINT_REMOVED
from scrm.webhooks.types import TEST_TYPE, WEBHOOK_TYPES

if TYPE_CHECKING:
    from django.utils.functional import Promise

# In the session: the endpoint whose fresh secret the next look at it shows, once.
FRESH = "webhook_fresh"
_TONES: dict[str, Tone] = {
    DeliveryState.PENDING: "neutral",
    DeliveryState.CLAIMED: "info",
    DeliveryState.DELIVERED: "good",
    DeliveryState.FAILED: "bad",
}
_ERRORS: dict[str, str | Promise] = {
    **{str(value): label for value, label in Outcome.choices},
    "redirects are not followed": Outcome.REDIRECT.label,
    "address not allowed": Outcome.BLOCKED.label,
    "name not resolved": _("域名无法解析"),
    "no complete answer in time": _("15 秒内没有完整应答"),
    "certificate or protocol not accepted": Outcome.TLS.label,
    "not an HTTP answer": _("应答不是 HTTP"),
    "connection failed": Outcome.UNREACHABLE.label,
    ENDPOINT_OFF: _("Webhook 已停用"),
    ENDPOINT_REMOVED: _("Webhook 已删除"),
}


def type_words(name: str) -> str:
    """The event type as people say it."""
    if name == TEST_TYPE:
        return str(_("测试消息"))
    found = WEBHOOK_TYPES.get(name)
    return str(found.label) if found is not None else name


def endpoint_state(endpoint: WebhookEndpoint) -> Badge:
    """Whether it hears."""
    if not endpoint.is_active:
        return Badge(OffReason(endpoint.off_reason or OffReason.PAUSED).label, "muted")
    if is_resting(endpoint):
        return Badge(_("连续失败，暂缓发送"), "bad")
    if endpoint.failures:
        return Badge(_("最近失败"), "warn")
    return Badge(_("正常"), "good") if endpoint.heard_at else Badge(_("等待首次投递"), "neutral")


def delivery_state(row: WebhookDelivery) -> Badge:
    """Where the delivery stands."""
    if row.state == DeliveryState.PENDING and row.tries:
        return Badge(_("等待重试"), "warn")
    return Badge(DeliveryState(row.state).label, _TONES.get(row.state, "neutral"))


def delivery_note(row: WebhookDelivery) -> str:
    """Why it is where it is, or when it goes again."""
    said = error_words(row.error)
    if row.state == DeliveryState.PENDING and row.tries:
        again = str(_("%(at)s 重试")) % {"at": datetime_text(row.not_before)}
        return f"{said} · {again}" if said else again
    return said


def error_words(error: str) -> str:
    """The stored error in words."""
    return str(_ERRORS.get(error, error)) if error else ""


def attempt_result(row: WebhookAttempt) -> Badge:
    """How the call went."""
    tone: Tone = "good" if row.outcome == Outcome.TAKEN else "bad"
    return Badge(Outcome(row.outcome).label, tone)
