"""Read orders."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Prefetch, QuerySet

from members.orders.earning import LineFacts, OrderFacts, RefundFacts
from members.orders.models import MemberRollup, Order, OrderLine, Refund, RefundLine
from members.people.narrowing import member_ids_in_scope
from members.people.selectors import member_get
from members.people.sources import source_choices_ever
from scrm.core import clock
from scrm.core.errors import NotFound
from scrm.tenants.context import current_tenant

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
    """Orders of exactly this number, in any channel the brand has or had."""
    if not _NUMBER.fullmatch(number):
        return []
    channels = [code for code, _label in source_choices_ever()]
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


def orders_searched(
    *,
    text: str = "",
    channels: Sequence[str] = (),
    days: tuple[date | None, date | None] = (None, None),
    external_id: str = "",
    member: str = "",
) -> QuerySet[Order]:
    """Orders with their members, narrowed to an order number or id, channels and days of placing."""
    orders = orders_listed(external_id=external_id, member=member).prefetch_related(None)
    if text:
        orders = orders.filter(pk__in=_numbered(text))
    if channels:
        orders = orders.filter(channel__in=channels)
    zone, (first, last) = current_tenant().timezone, days
    if first is not None:
        orders = orders.filter(occurred_at__gte=clock.local_midnight(first, zone))
    if last is not None:
        orders = orders.filter(occurred_at__lt=clock.local_midnight(last + timedelta(days=1), zone))
    return orders


def _numbered(text: str) -> list[int]:
    """Keys of the orders of that number in any channel, or of that id."""
    asked = (
        {"public_id": text}
        if text.startswith("ord_")
        else {
            "channel__in": [code for code, _label in source_choices_ever()],
            "external_id": text,
        }
    )
    return list(Order.objects.filter(**asked).order_by("pk").values_list("pk", flat=True))


def order_members(order_ids: Collection[int]) -> set[int]:
    """Whose orders these are by their rows."""
    return set(Order.objects.filter(id__in=order_ids).values_list("member_id", flat=True))


def order_facts(order_ids: Collection[int]) -> list[OrderFacts]:
    """Everything N-3 to N-9 and N-15 look at, per order, by ascending key."""
    ids = list(order_ids)
    lines: dict[int, list[LineFacts]] = defaultdict(list)
    places: dict[int, int] = {}
    for key, order_id, paid_fen, is_excluded in (
        OrderLine.objects.filter(order_id__in=ids)
        .order_by("order_id", "external_id")
        .values_list("id", "order_id", "paid_fen", "points_excluded")
    ):
        places[key] = len(lines[order_id])
        lines[order_id].append(LineFacts(paid_fen=paid_fen, is_excluded=is_excluded))
    refunds = _refunds(ids, places)
    return [
        OrderFacts(
            order_id=key,
            member_id=member_id,
            source_id=f"{channel}/{external_id}",
            paid_at=paid_at,
            completed_at=completed_at,
            cancelled_at=cancelled_at,
            lines=lines[key],
            refunds=refunds.get(key, ()),
        )
        for key, member_id, channel, external_id, paid_at, completed_at, cancelled_at in (
            Order.objects.filter(id__in=ids)
            .order_by("id")
            .values_list(
                "id",
                "member_id",
                "channel",
                "external_id",
                "paid_at",
                "completed_at",
                "cancelled_at",
            )
        )
    ]


def _refunds(order_ids: list[int], places: dict[int, int]) -> dict[int, list[RefundFacts]]:
    amounts: dict[tuple[int, datetime, str], list[tuple[int, int]]] = defaultdict(list)
    rows = RefundLine.objects.filter(
        refund__order_id__in=order_ids, line__isnull=False
    ).values_list(
        "refund__order_id", "refund__occurred_at", "refund__external_id", "line_id", "amount_fen"
    )
    for order_id, at, external_id, line_id, fen in rows:
        if line_id in places:
            amounts[order_id, at, external_id].append((places[line_id], fen))
    found: dict[int, list[RefundFacts]] = defaultdict(list)
    for (order_id, at, external_id), parts in amounts.items():
        found[order_id].append(RefundFacts(at=at, key=external_id, amounts=tuple(parts)))
    return found
