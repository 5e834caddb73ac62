"""Order files in, and one order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.orders.importing import IMPORT
from members.orders.models import Order
from members.orders.panels import order_badge
from members.orders.selectors import order_get
from members.people.sources import source_label
from scrm.console.columns import Column, table_make
from scrm.console.elements import Crumb
from scrm.console.pages import GlancePage
from scrm.console.routes import page
from scrm.console.shell.imports import UploadPage
from scrm.console.writing import datetime_text, yuan


@page("orders/import/", name="orders-import")
class OrderImportPage(UploadPage):
    """Hand over a file; the work is a job with progress, and it survives a restart."""

    import_kind = IMPORT
    permission = "orders.write"
    nav_key = "members-list"
    title = gettext_lazy("导入订单")

    @override
    def cancel_url(self) -> str:
        return self.url("members-list")


@page("orders/<str:order_id>/", name="orders-detail")
class OrderPage(GlancePage):
    """One order: who, what, how much, what came back."""

    permission = "orders.view"
    nav_key = "members-list"
    title = gettext_lazy("订单")
    body_template = "members/orders/_glance.html"

    @cached_property
    def order(self) -> Order:
        return order_get(self.kwargs["order_id"])

    @override
    def heading(self) -> str:
        return _("订单 %(number)s") % {"number": self.order.external_id}

    @override
    def crumbs(self) -> Sequence[Crumb]:
        member = self.order.member
        return [
            Crumb(_("会员列表"), self.url("members-list")),
            Crumb(
                member.display_name or member.member_no,
                self.url("members-detail", member_id=member.public_id),
            ),
        ]

    @override
    def context(self) -> dict[str, object]:
        order = self.order
        moments = (
            (_("下单时间"), order.placed_at),
            (_("支付时间"), order.paid_at),
            (_("完成时间"), order.completed_at),
            (_("取消时间"), order.cancelled_at),
        )
        return {
            "order": order,
            "member": order.member,
            "member_url": self.url("members-detail", member_id=order.member.public_id),
            "status": order_badge(order),
            "facts": [
                (_("渠道"), source_label(order.channel)),
                *((name, datetime_text(at) if at else "") for name, at in moments),
                (_("实付"), yuan(order.paid_fen)),
                (_("退款"), yuan(order.refunded_fen) if order.refunded_fen else ""),
                (_("净额"), yuan(order.net_fen)),
                (_("运费"), yuan(order.shipping_fen)),
            ],
            "lines": table_make(caption=_("商品"), columns=_LINES, rows=list(order.lines.all())),
            "refunds": table_make(
                caption=_("退款"), columns=_REFUNDS, rows=list(order.refunds.all())
            ),
        }


_LINES = (
    Column(
        key="name",
        label=gettext_lazy("商品"),
        value=lambda line: line.name or line.sku or line.external_id,
        is_primary=True,
    ),
    Column(key="qty", label=gettext_lazy("数量"), kind="number"),
    Column(key="paid_fen", label=gettext_lazy("实付"), kind="yuan"),
    Column(
        key="refunded_fen",
        label=gettext_lazy("退款"),
        kind="yuan",
        value=lambda line: line.refunded_fen or None,
    ),
)
_REFUNDS = (
    Column(key="external_id", label=gettext_lazy("退款单号"), is_primary=True),
    Column(key="occurred_at", label=gettext_lazy("退款时间"), kind="datetime"),
    Column(key="amount_fen", label=gettext_lazy("金额"), kind="yuan"),
)
