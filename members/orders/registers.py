"""Once there are orders, the brand's currency stays; and what brands may hear of orders outside."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from members.orders.models import Order
from members.orders.selectors import orders_exist
from scrm.events.bus import Event
from scrm.tenants.profile import money_reader_register
from scrm.webhooks.types import (
    MOST_IDS,
    Data,
    id_schema,
    in_parts,
    object_schema,
    webhook_type_register,
)

money_reader_register(orders_exist)


def _changed(event: Event) -> Sequence[Data]:
    rows = Order.objects.filter(pk__in=event.payload["order_ids"]).order_by("pk")
    orders = [
        {"id": public_id, "member_id": member_id}
        for public_id, member_id in rows.values_list("public_id", "member__public_id")
    ]
    return [{"orders": part} for part in in_parts(orders)]


webhook_type_register(
    "order.changed",
    source="order.changed",
    label=_("订单变化"),
    doc="Orders are new or their facts changed, up to a hundred a message; read them by the API.",
    schema=object_schema(
        orders={
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_IDS,
            "items": object_schema(
                id=id_schema("ord", "The order."), member_id=id_schema("mem", "Whose it is.")
            ),
        }
    ),
    example={
        "orders": [
            {"id": "ord_06f8z6xkq3vd2n0t5w9b7c1mhr", "member_id": "mem_06f8z6xkq3vd2n0t5w9b7c1mhr"}
        ]
    },
    data=_changed,
)
