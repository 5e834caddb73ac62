"""Read orders."""

from __future__ import annotations

import re
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Prefetch, QuerySet

from members.orders.models import MemberRollup, Order, OrderLine, Refund, RefundLine
from members.people.narrowing import member_ids_in_scope
from members.people.selectors import member_get
from members.people.sources import source_choices
from scrm.core.errors import NotFound

_NUMBER = re.compile(r"\S{4,80}")


def orders_listed(*, channel: str = "", external_id: str = "", member: str = "") -> QuerySet[Order]:
    """Orders with their parts; narrowed to a channel's number or one member (NotFound if unknown)."""
    orders = Order.objects.select_related("member").prefetch_related(
        Prefetch("lines", queryset=OrderLine.objects.order_by("id")),
        Prefetch("refunds", queryset=Refund.objects.order_by("id")),
        Prefetch("refunds__lines", queryset=RefundLine.objects.order_by("id")),
    )
    seen = member_ids_in_scope()
    if seen is not None:
        orders = orders.filter(member_id__in=seen)
    if channel:
        orders = orders.filter(channel=channel)
    if external_id:
        orders = orders.filter(external_id=external_id)
    if member:
        orders = orders.filter(member_id=member_get(member).pk)
    return orders


def order_get(public_id: str) -> Order:
    """The order with that public id and its parts; NotFound otherwise, also for another brand's."""
    order = orders_listed().filter(public_id=public_id).first()
    if order is None:
        raise NotFound
    return order


def orders_numbered(number: str, *, limit: int = 5) -> list[Order]:
    """Orders of exactly this number, in any channel of the brand."""
    if not _NUMBER.fullmatch(number):
        return []
    channels = [code for code, _label in source_choices()]
    found = orders_listed().filter(channel__in=channels, external_id=number)
    return list(found.order_by("-occurred_at", "-id")[:limit])


def orders_of(member_id: int, *, limit: int = 50) -> list[Order]:
    """A member's newest orders with their lines."""
    return list(orders_listed().filter(member_id=member_id).order_by("-occurred_at", "-id")[:limit])


def rollup_of(member_id: int) -> MemberRollup:
    """What the member's orders add up to."""
    return MemberRollup.objects.get(member_id=member_id)


def happenings_of(
    member_id: int, *, before: datetime, limit: int
) -> tuple[list[Order], list[Refund]]:
    """The member's newest orders (``goods``: up to three names) and refunds before a moment."""
    goods = OrderLine.objects.filter(order_id=OuterRef("pk")).order_by("id").values("name")[:3]
    orders = (
        Order.objects.filter(member_id=member_id, occurred_at__lt=before)
        .annotate(goods=ArraySubquery(goods))
        .order_by("-occurred_at", "-id")[:limit]
    )
    refunds = (
        Refund.objects.filter(order__member_id=member_id, occurred_at__lt=before)
        .select_related("order")
        .order_by("-occurred_at", "-id")[:limit]
    )
    return list(orders), list(refunds)


def orders_exist() -> bool:
    """Whether the brand has any order."""
    return Order.objects.exists()


_EXPORTED = (
    "id", "public_id", "channel", "external_id", "member__public_id", "member__member_no", "placed_at",
    "paid_at", "completed_at", "cancelled_at", "paid_fen", "refunded_fen", "net_fen", "shipping_fen",
)  # fmt: skip


def orders_exported(
    *, channel: str = "", external_id: str = "", member: str = ""
) -> QuerySet[Order, dict[str, object]]:
    """The same orders as plain rows for a file."""
    orders = orders_listed(channel=channel, external_id=external_id, member=member)
    rows: QuerySet[Order, dict[str, object]] = orders.prefetch_related(None).values(*_EXPORTED)
    return rows
