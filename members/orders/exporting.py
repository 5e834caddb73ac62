"""Orders as a file, one row an order; whose it is only for who may see members, phones masked."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from members.identity.cipher import value_decrypt
from members.orders.models import Order
from members.orders.selectors import orders_searched
from members.people.sources import source_label
from scrm.console.filters import RangeFilter, query_read
from scrm.files.columns import ExportColumn
from scrm.files.exports import export_register
from scrm.files.queries import query_once

EXPORT = "orders"
ORDER_DAY = RangeFilter(key="day", label=_("下单日期"), is_more=False)


def _rows(query: str) -> QuerySet[Order]:
    asked = QueryDict(query)
    read = query_read(asked, filters=(ORDER_DAY,), sorts=(), limit=1)
    return orders_searched(
        text=read.search,
        # Unlike in the list an unknown channel finds nothing: a file must not hold more than was meant.
        channels=[code for code in asked.getlist("channel") if code],
        days=read.dates("day"),
        **query_once(query, ("external_id", "member")),
    )


def orders_export_declare() -> None:
    """Called once, at start."""
    export_register(
        EXPORT,
        _("导出订单"),
        permission="orders.view",
        columns=(
            ExportColumn(key="public_id", label=_("订单编号")),
            ExportColumn(key="channel", label=_("渠道"), shown=source_label),
            ExportColumn(key="external_id", label=_("订单号")),
            ExportColumn(key="member", label=_("会员编号"), value="member__public_id"),
            ExportColumn(key="member_no", label=_("会员号"), value="member__member_no"),
            ExportColumn(
                key="member_name",
                label=_("昵称"),
                value="member__display_name",
                permission="members.view",
            ),
            ExportColumn(
                key="phone",
                label=_("手机号"),
                value="member__phone_masked",
                whole="member__phone_enc",
                plain=value_decrypt,
                permission="members.view",
            ),
            ExportColumn(key="placed_at", label=_("下单时间"), kind="datetime"),
            ExportColumn(key="paid_at", label=_("支付时间"), kind="datetime"),
            ExportColumn(key="completed_at", label=_("完成时间"), kind="datetime"),
            ExportColumn(key="cancelled_at", label=_("取消时间"), kind="datetime"),
            ExportColumn(key="paid_fen", label=_("实付（元）"), kind="yuan"),
            ExportColumn(key="refunded_fen", label=_("退款（元）"), kind="yuan"),
            ExportColumn(key="net_fen", label=_("净额（元）"), kind="yuan"),
            ExportColumn(key="shipping_fen", label=_("运费（元）"), kind="yuan"),
        ),
        rows=_rows,
    )
