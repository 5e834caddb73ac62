"""Having bought on a day, as a segment field: the list behind every count of buyers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.orders.models import Order
from members.segments.fields import Rows, SegmentField, field_register

field_register(
    SegmentField(
        key="orders.bought_date", label=_("购买日期"), group=_("消费"), kind="date", path="paid_date",
        rows=Rows(lambda: Order.objects.filter(paid_date__isnull=False, cancelled_at=None, paid_fen__gt=0)),
        dirty="orders", order=37,
    )
)  # fmt: skip
