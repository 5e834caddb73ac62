"""Orders as a file, one row an order."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from members.orders.selectors import orders_exported
from members.people.sources import source_label
from scrm.files.exports import ExportColumn, export_register

EXPORT = "orders"


def _rows(query: str) -> QuerySet[Any]:
    asked = QueryDict(query)
    names = ("channel", "external_id", "member")
    return orders_exported(**{name: asked.get(name, "") for name in names})


def _channel(row: Any) -> str:
    return source_label(row["channel"])


def orders_export_declare() -> None:
    """Called once, at start."""
    export_register(
        EXPORT,
        _("导出订单"),
        permission="orders.view",
        columns=(
            ExportColumn(key="public_id", label=_("订单编号")),
            ExportColumn(key="channel", label=_("渠道"), value=_channel),
            ExportColumn(key="external_id", label=_("订单号")),
            ExportColumn(key="member", label=_("会员编号"), value="member__public_id"),
            ExportColumn(key="member_no", label=_("会员号"), value="member__member_no"),
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
