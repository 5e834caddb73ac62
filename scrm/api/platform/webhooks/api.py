"""Endpoints that hear, what they were told, and telling it again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scrm.api.operations import operation
from scrm.api.platform.webhooks import serializers
from scrm.api.routes import route_register
from scrm.api.views import ApiView
from scrm.webhooks import selectors, services

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from scrm.webhooks.models import WebhookDelivery, WebhookEndpoint
    from scrm.webhooks.services import MadeSecret
    from scrm.webhooks.types import WebhookType

_EXAMPLE = {
    "url": "https://crm.example.com/scrm-events",
    "types": ["member.created", "order.changed"],
    "description": "CRM",
}


class WebhookBase(ApiView):
    """Rights of all of them. Names are resolved before the services open a transaction."""

    scope_read = "webhooks.view"
    scope_write = "webhooks.edit"
    tag = "webhooks"


class WebhookList(WebhookBase):
    """The brand's webhook endpoints."""

    is_atomic = False

    @operation(
        "webhooks_list",
        "List webhook endpoints, newest first.",
        answer=serializers.WebhookOut,
        is_list=True,
    )
    def get(self) -> QuerySet[WebhookEndpoint]:
        return selectors.endpoints_list()

    @operation(
        "webhook_create",
        "Add an endpoint; its signing secret is shown this once.",
        description="Messages follow Standard Webhooks: headers webhook-id, webhook-timestamp and "
        "webhook-signature (HMAC-SHA256). They may arrive twice and in any order; webhook-id tells them apart.",
        body=serializers.WebhookIn,
        answer=serializers.WebhookMadeOut,
        status=201,
        errors=("webhook_url_refused", "webhook_limit", "invalid_value"),
        examples={"orders and members": _EXAMPLE},
    )
    def post(self) -> MadeSecret:
        return services.endpoint_create(**self.body)


class WebhookTypes(WebhookBase):
    """What can be heard."""

    @operation(
        "webhook_types_list",
        "Event types an endpoint may ask for, each with the schema of its data.",
        answer=serializers.WebhookTypeOut,
        is_list=True,
    )
    def get(self) -> list[WebhookType]:
        return selectors.types_list()


class WebhookDetail(WebhookBase):
    """One endpoint."""

    is_atomic = False

    @operation("webhook_get", "One webhook endpoint.", answer=serializers.WebhookOut)
    def get(self, public_id: str) -> WebhookEndpoint:
        return selectors.endpoint_get(public_id)

    @operation(
        "webhook_change",
        "Change an endpoint, or switch it on or off.",
        description="What waits for an endpoint that is switched off counts as failed and can be replayed. "
        "While it is off nothing is kept for it.",
        body=serializers.WebhookChangeIn,
        answer=serializers.WebhookOut,
        errors=("webhook_url_refused", "invalid_value"),
        examples={"pause": {"is_active": False}},
    )
    def patch(self, public_id: str) -> WebhookEndpoint:
        return services.endpoint_change(public_id=public_id, changes=self.body)

    @operation("webhook_remove", "Remove an endpoint and forget its secret.")
    def delete(self, public_id: str) -> None:
        services.endpoint_remove(public_id=public_id)


class WebhookRotate(WebhookBase):
    """The signing secret."""

    @operation(
        "webhook_rotate",
        "Make a new secret; for 24 hours messages carry a signature by each of the two.",
        answer=serializers.WebhookMadeOut,
        status=201,
    )
    def post(self, public_id: str) -> MadeSecret:
        return services.secret_rotate(public_id=public_id)


class WebhookTest(WebhookBase):
    """A test message."""

    @operation(
        "webhook_test",
        "Send a message of type `webhook.test`, once, even while the endpoint is off.",
        answer=serializers.WebhookDeliveryOut,
        status=202,
    )
    def post(self, public_id: str) -> WebhookDelivery:
        return services.endpoint_test(public_id=public_id)


class WebhookReplay(WebhookBase):
    """Everything that failed."""

    @operation(
        "webhook_replay",
        "Send again what failed since a time.",
        body=serializers.WebhookReplayIn,
        answer=serializers.WebhookReplayedOut,
        status=202,
        errors=("invalid_transition",),
        examples={"after an outage": {"since": "2026-11-22T00:00:00+08:00"}},
    )
    def post(self, public_id: str) -> dict[str, int]:
        return {"deliveries": services.failed_replay(public_id=public_id, **self.body)}


class WebhookDeliveries(WebhookBase):
    """What an endpoint was told."""

    @operation(
        "webhook_deliveries_list",
        "Deliveries of an endpoint, newest first; kept for 30 days.",
        query=serializers.WebhookDeliveryQuery,
        answer=serializers.WebhookDeliveryOut,
        is_list=True,
        order=("-created_at", "-id"),
    )
    def get(self, public_id: str) -> QuerySet[WebhookDelivery]:
        return selectors.deliveries_of(
            selectors.endpoint_get(public_id),
            states=[self.query["state"]] if "state" in self.query else [],
            types=[self.query["type"]] if "type" in self.query else [],
        )


@dataclass(frozen=True)
class DeliveryView:
    """A delivery with what it says and every call."""

    row: WebhookDelivery
    said: Any
    calls: list[Any]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


class WebhookDeliveryDetail(WebhookBase):
    """One delivery."""

    @operation(
        "webhook_delivery_get",
        "A delivery with its body and every attempt.",
        answer=serializers.WebhookDeliveryFullOut,
    )
    def get(self, public_id: str) -> DeliveryView:
        row = selectors.delivery_get(public_id)
        return DeliveryView(row, json.loads(row.message.body), selectors.attempts_of(row))


class WebhookDeliveryReplay(WebhookBase):
    """One delivery, once more."""

    @operation(
        "webhook_delivery_replay",
        "Send a delivery again under the same webhook-id.",
        answer=serializers.WebhookDeliveryOut,
        status=202,
        errors=("invalid_transition",),
    )
    def post(self, public_id: str) -> WebhookDelivery:
        return services.delivery_replay(public_id=public_id)


route_register("webhooks", WebhookList, "webhooks")
route_register("webhooks/types", WebhookTypes, "webhook-types")
route_register("webhooks/<str:public_id>", WebhookDetail, "webhook")
route_register("webhooks/<str:public_id>/rotate", WebhookRotate, "webhook-rotate")
route_register("webhooks/<str:public_id>/test", WebhookTest, "webhook-test")
route_register("webhooks/<str:public_id>/replay", WebhookReplay, "webhook-replay")
route_register("webhooks/<str:public_id>/deliveries", WebhookDeliveries, "webhook-deliveries")
route_register("webhooks/deliveries/<str:public_id>", WebhookDeliveryDetail, "webhook-delivery")
route_register(
    "webhooks/deliveries/<str:public_id>/replay", WebhookDeliveryReplay, "webhook-delivery-replay"
)
