"""Orders by REST."""

from __future__ import annotations

from django.db.models import QuerySet

from members.orders import serializers as shapes
from members.orders.doors import (
    BatchTaken,
    order_event_take,
    order_refund_take,
    order_take,
    orders_take,
)
from members.orders.models import Order
from members.orders.selectors import order_get, orders_listed
from scrm.api.operations import Answer, operation
from scrm.api.routes import route_register
from scrm.api.views import ApiView

_CREATED, _FOUND = 201, 200
_REFUSALS = (
    "order_refused",
    "from_the_future",
    "refund_exceeds_paid",
    "member_required",
    "order_facts_changed",
    "invalid_value",
)
_LINE = {"external_id": "1", "name": "床品四件套", "subtotal": {"amount": 29900, "currency": "CNY"}}


class OrderList(ApiView):
    """The brand's orders."""

    scope_read = "orders.view"
    scope_write = "orders.write"

    @operation(
        "orders_list", "List orders, newest first.",
        query=shapes.OrderQuery, answer=shapes.OrderOut, is_list=True,
    )  # fmt: skip
    def get(self) -> QuerySet[Order]:
        asked = {key: value for key, value in self.query.items() if key not in {"limit", "cursor"}}
        return orders_listed(**asked)

    @operation(
        "order_take",
        "Say what is known about an order.",
        description="Any subset of the facts, in any order, as often as you like: 201 for the first message about "
        "an order, 200 after. Refunds may come before the payment.",
        body=shapes.OrderIn,
        answer=shapes.OrderOut,
        status=_CREATED,
        also=(_FOUND,),
        errors=_REFUSALS,
        examples={
            "paid": {
                "channel": "tmall",
                "external_id": "T20261122-1",
                "member": [{"type": "phone", "value": "13800000001"}],
                "placed_at": "2026-11-22T09:30:00+08:00",
                "paid_at": "2026-11-22T09:31:00+08:00",
                "lines": [_LINE],
            }
        },
    )
    def post(self) -> Answer:
        taken = order_take(self.body)
        return Answer(value=taken.order, status=_CREATED if taken.is_new else _FOUND)


class OrderBatch(ApiView):
    """Many orders at once."""

    scope_write = "orders.write"

    @operation(
        "orders_take",
        "Say what is known about up to 500 orders; a refused message leaves the others alone.",
        body=shapes.OrderBatchIn,
        answer=shapes.BatchOut,
        errors=("busy",),
    )
    def post(self) -> BatchTaken:
        return orders_take(self.body["orders"])


class OrderDetail(ApiView):
    """One order."""

    scope_read = "orders.view"

    @operation("order_get", "An order with lines and refunds.", answer=shapes.OrderOut)
    def get(self, public_id: str) -> Order:
        return order_get(public_id)


class OrderEvents(ApiView):
    """Things that happen to an order."""

    scope_write = "orders.write"

    @operation(
        "order_event_take",
        "Say that an order was placed, paid, completed, refunded or cancelled.",
        body=shapes.OrderEventIn,
        answer=shapes.OrderOut,
        errors=_REFUSALS,
        examples={"completed": {"type": "completed", "occurred_at": "2026-11-29T10:00:00+08:00"}},
    )
    def post(self, public_id: str) -> Order:
        return order_event_take(public_id=public_id, body=self.body)


class OrderRefunds(ApiView):
    """Refunds of an order."""

    scope_write = "orders.write"

    @operation(
        "order_refund_take",
        "Take a refund; the same external_id counts once.",
        body=shapes.RefundIn,
        answer=shapes.OrderOut,
        errors=_REFUSALS,
        examples={
            "part": {
                "external_id": "R1",
                "occurred_at": "2026-11-25T10:00:00+08:00",
                "lines": [{"line": "1", "amount": {"amount": 9900, "currency": "CNY"}}],
            }
        },
    )
    def post(self, public_id: str) -> Order:
        return order_refund_take(public_id=public_id, body=self.body)


route_register("orders", OrderList, "orders")
route_register("orders/batch", OrderBatch, "orders-batch")
route_register("orders/<str:public_id>", OrderDetail, "order")
route_register("orders/<str:public_id>/events", OrderEvents, "order-events")
route_register("orders/<str:public_id>/refunds", OrderRefunds, "order-refunds")
