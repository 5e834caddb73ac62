"""An order's facts as growth needs them, many orders in three statements; and what is kept of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from members.growth.models import GrowthEntry
from members.growth.rules import LineFacts, OrderFacts, RefundFacts
from members.orders.models import Order, OrderLine, RefundLine


@dataclass(frozen=True, kw_only=True)
class OrderOf:
    """An order's facts and whose order it is."""

    order_id: int
    member_id: int
    facts: OrderFacts


def order_members(order_ids: Collection[int]) -> set[int]:
    """Whose orders these are by their rows."""
    return set(Order.objects.filter(id__in=order_ids).values_list("member_id", flat=True))


def orders_read(order_ids: Collection[int]) -> list[OrderOf]:
    """Everything N-15 looks at, per order, by ascending key."""
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
    rows = (
        Order.objects.filter(id__in=ids)
        .order_by("id")
        .values_list(
            "id", "member_id", "channel", "external_id", "paid_at", "completed_at", "cancelled_at"
        )
    )
    return [
        OrderOf(
            order_id=key,
            member_id=member_id,
            facts=OrderFacts(
                source_id=f"{channel}/{external_id}",
                paid_at=paid_at,
                completed_at=completed_at,
                cancelled_at=cancelled_at,
                lines=lines[key],
                refunds=refunds.get(key, ()),
            ),
        )
        for key, member_id, channel, external_id, paid_at, completed_at, cancelled_at in rows
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


def entries_by_member(member_ids: Collection[int]) -> dict[int, list[GrowthEntry]]:
    """All entries of these members."""
    found: dict[int, list[GrowthEntry]] = defaultdict(list)
    rows = GrowthEntry.objects.filter(member_id__in=list(member_ids)).only(
        "member_id", "origin", "amount", "effective_at", "occurred_at"
    )
    for entry in rows:
        found[entry.member_id].append(entry)
    return found
