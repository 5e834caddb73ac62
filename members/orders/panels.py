"""What a member's page shows of orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.orders.models import Order, Refund
from members.orders.selectors import happenings_of, orders_numbered, orders_of, rollup_of
from members.people.sources import source_label
from scrm.console.columns import Column, table_make
from scrm.console.elements import Badge, Kpi, TimelineEntry
from scrm.console.panels import (
    KpiSource,
    Panel,
    TimelineSource,
    kpi_register,
    panel_register,
    timeline_register,
)
from scrm.console.routes import page_url
from scrm.console.search import Hit, SearchSource, search_register
from scrm.console.writing import date_text, thousands, yuan
from scrm.core import clock
from scrm.tenants.context import current_tenant

_NAMED = 2


def _kpis(member_id: int) -> Sequence[Kpi]:
    sums = rollup_of(member_id)
    average = sums.net_fen // sums.orders_count if sums.orders_count else 0
    last = sums.last_paid_date
    today = clock.local_date(clock.now(), current_tenant().timezone)
    return [
        Kpi(
            label=_("累计消费"),
            value=yuan(sums.net_fen),
            note=_("退款 %(amount)s") % {"amount": yuan(sums.refunded_fen)}
            if sums.refunded_fen
            else "",
            explain=_("有效订单实付减退款，不含运费"),
        ),
        Kpi(
            label=_("订单"),
            value=thousands(sums.orders_count),
            note=_("客单价 %(amount)s") % {"amount": yuan(average)} if average else "",
            explain=_("已支付、未取消、净额大于零的订单"),
        ),
        Kpi(
            label=_("距上次消费"),
            value=_("%(days)s 天") % {"days": thousands((today - last).days)} if last else "—",
            note=date_text(last) if last else _("还没有消费"),
        ),
    ]


def _orders_tab(member_id: int) -> Mapping[str, object]:
    rows = orders_of(member_id)
    return {
        "table": table_make(
            caption=str(_("订单")),
            columns=_COLUMNS,
            rows=rows,
            row_url=_order_url,
            row_glance=_order_url,
        )
    }


def _order_url(order: Order) -> str:
    return page_url(current_tenant().slug, "orders-detail", order_id=order.public_id)


def _hits(text: str) -> Sequence[Hit]:
    return [
        Hit(
            title=order.external_id,
            note=f"{source_label(order.channel)} · {yuan(order.paid_fen)}",
            page="orders-detail",
            arguments=(("order_id", order.public_id),),
            icon="shopping-cart",
        )
        for order in orders_numbered(text)
    ]


def _goods(order: Order) -> str:
    lines = list(order.lines.all())
    names = _("、").join(line.name or line.sku or line.external_id for line in lines[:_NAMED])
    if len(lines) <= _NAMED:
        return names
    return _("%(names)s 等 %(count)s 件") % {"names": names, "count": len(lines)}


def order_badge(order: Order) -> Badge:
    text, tone = _order_state(order)
    return Badge(text, tone)  # type: ignore[arg-type]  # words of Tone


_COLUMNS = (
    Column(key="external_id", label=gettext_lazy("订单号"), is_primary=True),
    Column(key="at", label=gettext_lazy("下单时间"), kind="datetime", value="occurred_at"),
    Column(key="channel", label=gettext_lazy("渠道"), value=lambda row: source_label(row.channel)),
    Column(key="goods", label=gettext_lazy("商品"), value=_goods),
    Column(key="state", label=gettext_lazy("状态"), kind="status", value=order_badge),
    Column(key="paid", label=gettext_lazy("实付"), kind="yuan", value="paid_fen"),
    Column(
        key="refunded",
        label=gettext_lazy("退款"),
        kind="yuan",
        value=lambda row: row.refunded_fen or None,
    ),
    Column(key="net", label=gettext_lazy("净额"), kind="yuan", value="net_fen"),
)


def _order_state(order: Order) -> tuple[str, str]:
    if order.cancelled_at is not None:
        return _("已取消"), "muted"
    if order.paid_at is None:
        return _("待支付"), "warn"
    if order.refunded_fen and not order.is_valid:
        return _("已退款"), "bad"
    return (_("已完成"), "good") if order.completed_at is not None else (_("已支付"), "info")


def _timeline(member_id: int, before: datetime, limit: int) -> Sequence[TimelineEntry]:
    orders, refunds = happenings_of(member_id, before=before, limit=limit)
    return [*(_bought(order) for order in orders), *(_gave_back(refund) for refund in refunds)]


def _bought(order: Order) -> TimelineEntry:
    state, tone = _order_state(order)
    names: list[str] = getattr(order, "goods", [])
    return TimelineEntry(
        at=order.occurred_at,
        title=_("下单 %(amount)s · %(state)s") % {"amount": yuan(order.paid_fen), "state": state},
        body=_("、").join(name for name in names if name),
        icon="shopping-cart",
        tone=tone,  # type: ignore[arg-type]  # words of Tone
        kind="order",
        channel=source_label(order.channel),
    )


def _gave_back(refund: Refund) -> TimelineEntry:
    return TimelineEntry(
        at=refund.occurred_at,
        title=_("退款 %(amount)s") % {"amount": yuan(refund.amount_fen)},
        body=_("订单 %(number)s") % {"number": refund.order.external_id},
        icon="receipt",
        tone="bad",
        kind="refund",
        channel=source_label(refund.order.channel),
    )


kpi_register(KpiSource(key="orders", load=_kpis, permission="orders.view", order=10))
panel_register(
    Panel(
        key="orders",
        slot="tab",
        label=gettext_lazy("订单"),
        template="members/orders/_tab.html",
        load=_orders_tab,
        permission="orders.view",
        order=20,
    )
)
timeline_register(
    TimelineSource(
        key="orders", label=gettext_lazy("订单"), load=_timeline, permission="orders.view", order=10
    )
)
search_register(
    SearchSource(
        key="orders", label=gettext_lazy("订单"), find=_hits, permission="orders.view", order=20
    )
)
