from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.segments.fields import SegmentField, field_register

_GROUP = _("消费")
_COUNT = _("单")

field_register(
    SegmentField(
        key="orders.count", label=_("累计订单"), group=_GROUP, kind="number", path="rollup__orders_count",
        unit=_COUNT, dirty="orders", order=30,
    )
)  # fmt: skip
field_register(
    SegmentField(
        key="orders.net",
        label=_("累计消费"),
        group=_GROUP,
        kind="yuan",
        path="rollup__net_fen",
        dirty="orders",
        order=31,
    )
)
field_register(
    SegmentField(
        key="orders.refunded",
        label=_("累计退款"),
        group=_GROUP,
        kind="yuan",
        path="rollup__refunded_fen",
        dirty="orders",
        order=32,
    )
)
field_register(
    SegmentField(
        key="orders.last_paid_days", label=_("距上次消费"), group=_GROUP, kind="days",
        path="rollup__last_paid_date", unit=_("天"), may_be_unknown=True, dirty="orders", order=33,
    )
)  # fmt: skip
field_register(
    SegmentField(
        key="orders.last_paid_date", label=_("上次消费日期"), group=_GROUP, kind="date",
        path="rollup__last_paid_date", may_be_unknown=True, dirty="orders", order=34,
    )
)  # fmt: skip
field_register(
    SegmentField(
        key="orders.window_count", label=_("窗口期订单"), group=_GROUP, kind="number",
        path="rollup__window_orders", unit=_COUNT, dirty="orders", order=35,
    )
)  # fmt: skip
field_register(
    SegmentField(
        key="orders.window_net", label=_("窗口期消费"), group=_GROUP, kind="yuan",
        path="rollup__window_net_fen", dirty="orders", order=36,
    )
)  # fmt: skip
