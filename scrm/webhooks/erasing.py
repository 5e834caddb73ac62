"""A person leaves what receivers were told and what they answered; messages carry ids only by rule."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.core.persons import eraser_register, kept_register
from scrm.tenants.wording import key_words, label_of, one_after_another, texts_out
from scrm.webhooks.models import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookMessage,
)

eraser_register(
    "webhooks",
    order=930,
    label=_("Webhook 消息"),
    erase=one_after_another(
        texts_out(WebhookMessage, "body", words=key_words),
        texts_out(WebhookDelivery, "error"),
        texts_out(WebhookAttempt, "error"),
    ),
    tables=[label_of(model) for model in (WebhookMessage, WebhookDelivery, WebhookAttempt)],
)
kept_register(label_of(WebhookEndpoint), why="the brand's own addresses")
