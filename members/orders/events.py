from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_object_register, audit_register
from scrm.events.bus import event_register

event_register(
    "order.changed",
    "Orders whose facts changed, once per batch: {order_ids: [key], member_ids: [key]}; `left`, if there are any:"
    " [[member key, local day]] of payments that turned out to have been earlier.",
)

audit_register("members.order_recorded", _("写入订单"))
audit_register("members.orders_taken", _("批量写入订单"))
audit_object_register("order", _("订单"), page="orders-detail", argument="order_id")
