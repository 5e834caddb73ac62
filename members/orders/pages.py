"""The order list, order files in, and one order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.orders.exporting import EXPORT, ORDER_DAY
from members.orders.importing import IMPORT
from members.orders.models import Order
from members.orders.panels import order_badge
from members.orders.selectors import order_get, orders_searched
from members.people.selectors import member_get
from members.people.sources import source_choices_ever, source_label
from scrm.console.columns import Column, table_make
from scrm.console.elements import Action, Crumb, Person
from scrm.console.filters import ChoiceFilter, ListQuery, Sort
from scrm.console.pages import GlancePage, ListPage
from scrm.console.routes import Nav, page
from scrm.console.shell.imports import UploadPage
from scrm.console.writing import datetime_text, yuan
from scrm.core.errors import NotFound


def _person(order: Order) -> Person:
    member = order.member
    return Person(
        name=member.display_name or _("未命名"), note=member.phone_masked or member.member_no
    )


def _member_name(public_id: str) -> str:
    try:
        member = member_get(public_id)
    except NotFound:
        return ""
    return member.display_name or member.member_no


_MEMBER = Column(key="member", label=gettext_lazy("会员"), kind="person", value=_person)
_LISTED = (
    Column(key="external_id", label=gettext_lazy("订单号"), is_primary=True),
    Column(key="at", label=gettext_lazy("下单时间"), kind="datetime", value="occurred_at"),
    Column(key="channel", label=gettext_lazy("渠道"), value=lambda row: source_label(row.channel)),
    Column(key="state", label=gettext_lazy("状态"), kind="status", value=order_badge),
    Column(key="paid_fen", label=gettext_lazy("实付"), kind="yuan"),
    Column(
        key="refunded_fen",
        label=gettext_lazy("退款"),
        kind="yuan",
        value=lambda row: row.refunded_fen or None,
        on_phone=False,
    ),
    Column(key="net_fen", label=gettext_lazy("净额"), kind="yuan"),
    Column(
        key="member_no",
        label=gettext_lazy("会员号"),
        value=lambda row: row.member.member_no,
        optional=True,
    ),
)


@page("orders/list/", name="orders-list", nav=Nav(section="members", order=15))
class OrderListPage(ListPage):
    """Every order of the brand, newest first."""

    permission = "orders.view"
    title = gettext_lazy("订单列表")
    noun = gettext_lazy("笔订单")
    export_kind = EXPORT
    can_export_chosen = True
    search_hint = gettext_lazy("订单号 / 订单编号")
    filters = (
        ChoiceFilter(key="channel", label=gettext_lazy("渠道"), choices=source_choices_ever),
        ORDER_DAY,
        ChoiceFilter(
            key="member",
            label=gettext_lazy("会员"),
            is_hidden=True,
            is_single=True,
            label_of=_member_name,
        ),
    )
    sorts = (
        Sort(key="-placed", label=gettext_lazy("最新"), order=("-occurred_at", "-id")),
        Sort(key="placed", label=gettext_lazy("最早"), order=("occurred_at", "id")),
    )
    empty_title = gettext_lazy("还没有订单")
    empty_text = gettext_lazy("导入订单文件或由接口写入后，订单会出现在这里。")
    empty_icon = "shopping-cart"

    @override
    def queryset(self, query: ListQuery) -> QuerySet[Order]:
        return orders_searched(
            text=query.search,
            channels=query.all("channel"),
            days=query.dates("day"),
            member=query.one("member"),
        )

    @override
    def columns_make(self) -> Sequence[Column]:
        if not self.may("members.view"):
            return _LISTED
        return (_LISTED[0], _MEMBER, *_LISTED[1:])

    @override
    def row_label(self, row: Order) -> str:
        return row.external_id

    @override
    def row_url(self, row: Order) -> str:
        return self.url("orders-detail", order_id=row.public_id)

    @override
    def glance_url(self, row: Order) -> str:
        return self.row_url(row)

    @override
    def actions(self) -> Sequence[Action]:
        return (
            Action(
                label=_("导入订单"),
                href=self.url("orders-import"),
                icon="upload",
                permission="orders.write",
            ),
        )

    @override
    def empty_action(self) -> Action | None:
        return Action(
            label=_("导入订单"), href=self.url("orders-import"), permission="orders.write"
        )


@page("orders/import/", name="orders-import")
class OrderImportPage(UploadPage):
    """Hand over a file; the work is a job with progress, and it survives a restart."""

    import_kind = IMPORT
    permission = "orders.write"
    nav_key = "orders-list"
    title = gettext_lazy("导入订单")

    @override
    def cancel_url(self) -> str:
        return self.url("orders-list")


@page("orders/<str:order_id>/", name="orders-detail")
class OrderPage(GlancePage):
    """One order: who, what, how much, what came back."""

    permission = "orders.view"
    nav_key = "orders-list"
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
        found = [Crumb(_("订单列表"), self.url("orders-list"))]
        if self.member_url:
            member = self.order.member
            found.append(Crumb(member.display_name or member.member_no, self.member_url))
        return found

    @property
    def member_url(self) -> str:
        """Whose it is; empty for who keeps the books and sees no members."""
        if not self.may("members.view"):
            return ""
        return self.url("members-detail", member_id=self.order.member.public_id)

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
            "member_url": self.member_url,
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
