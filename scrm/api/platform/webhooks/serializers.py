"""Shapes of the webhook endpoints. A secret is shown when it is made and never again."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from scrm.api.serializers import (
    FreeObject,
    ListQuery,
    Moment,
    StrictBoolean,
    StrictChoice,
    StrictInteger,
    StrictList,
    StrictSerializer,
    StrictString,
)
from scrm.webhooks.guard import LONGEST_URL
from scrm.webhooks.models import DeliveryState, OffReason, Outcome, WebhookDelivery, WebhookEndpoint
from scrm.webhooks.switching import url_shown


class WebhookOut(StrictSerializer):
    """An endpoint without its secret."""

    id = StrictString(source="public_id")
    url = serializers.SerializerMethodField()
    description = StrictString()
    types = serializers.ListField(child=serializers.CharField())
    is_active = serializers.BooleanField()
    off_reason = StrictChoice(choices=OffReason.choices, allow_blank=True)
    failures = StrictInteger(
        help_text="Failed calls in a row; from 5 on only a probe leaves now and then."
    )
    resting_until = Moment(source="circuit_until", allow_null=True)
    last_success_at = Moment(source="heard_at", allow_null=True)
    old_secret_until = Moment(allow_null=True)
    created_at = Moment()

    @extend_schema_field(
        StrictString(
            max_length=LONGEST_URL,
            help_text="Whole for keys with webhooks.edit; others read no path: https://crm.example.com/***",
        )
    )
    def get_url(self, endpoint: WebhookEndpoint) -> str:
        """Whole only for who might change it."""
        may = self.context.get("may")
        return endpoint.url if may is not None and may("webhooks.edit") else url_shown(endpoint.url)


class WebhookIn(StrictSerializer):
    """A wanted endpoint."""

    url = StrictString(max_length=LONGEST_URL, help_text="https, reachable on the internet.")
    types = StrictList(
        child=StrictString(max_length=60),
        min_length=1,
        max_length=100,
        help_text="Names from GET /webhooks/types.",
    )
    description = StrictString(required=False, allow_blank=True, default="")


class WebhookChangeIn(StrictSerializer):
    """What may be changed; members left out stay."""

    url = StrictString(max_length=LONGEST_URL)
    types = StrictList(child=StrictString(max_length=60), min_length=1, max_length=100)
    description = StrictString(allow_blank=True)
    is_active = StrictBoolean()


class WebhookMadeOut(StrictSerializer):
    """An endpoint with its fresh secret, shown this once."""

    webhook = WebhookOut(source="endpoint")
    secret = StrictString(help_text="whsec_…, as the Standard Webhooks libraries take it.")


class WebhookTypeOut(StrictSerializer):
    """An event type with the JSON Schema of its `data`."""

    type = StrictString(source="name")
    version = StrictInteger()
    label = StrictString()  # type: ignore[assignment]  # a field, not the base's word
    doc = StrictString()
    schema = FreeObject()
    example = FreeObject()


class WebhookDeliveryOut(StrictSerializer):
    """One message for one endpoint and what became of it."""

    id = StrictString(source="public_id")
    webhook_id = StrictString(source="endpoint.public_id")
    message_id = StrictString(source="message.public_id", help_text="The header `webhook-id`.")
    type = StrictString()
    is_test = serializers.BooleanField()
    state = StrictChoice(choices=DeliveryState.choices)
    attempts = StrictInteger()
    status = StrictInteger(allow_null=True, help_text="The receiver's last HTTP status.")
    error = StrictString()
    created_at = Moment()
    next_attempt_at = serializers.SerializerMethodField()
    ended_at = Moment(allow_null=True)

    @extend_schema_field(Moment(allow_null=True))
    def get_next_attempt_at(self, row: WebhookDelivery) -> str | None:
        """When it is tried again; null once it has ended."""
        if row.state != DeliveryState.PENDING:
            return None
        return str(Moment().to_representation(row.not_before))


class WebhookAttemptOut(StrictSerializer):
    """One call to the receiver."""

    number = StrictInteger()
    at = Moment()
    outcome = StrictChoice(choices=Outcome.choices)
    status = StrictInteger(allow_null=True)
    duration_ms = StrictInteger()
    error = StrictString()


class WebhookDeliveryFullOut(WebhookDeliveryOut):
    """A delivery with its body and every attempt."""

    body = serializers.JSONField(source="said")
    calls = WebhookAttemptOut(many=True)


class WebhookDeliveryQuery(ListQuery):
    """Which deliveries."""

    state = StrictChoice(choices=DeliveryState.choices, required=False)
    type = StrictString(max_length=60, required=False)


class WebhookReplayIn(StrictSerializer):
    """From when on what failed is sent again."""

    since = Moment()


class WebhookReplayedOut(StrictSerializer):
    """How many deliveries were put back."""

    deliveries = StrictInteger()
