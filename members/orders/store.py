"""Read and write order facts set-wise: one statement per table for hundreds of orders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from members.orders.facts import LineFacts, RefundFacts
from members.orders.models import Order, OrderLine, Refund, RefundLine
from members.orders.rules import OrderState, Times, order_amounts
from members.rows import Col, rows_insert, rows_update
from scrm.core import clock
from scrm.core.ids import public_id
from scrm.tenants.context import current_tenant, require_tenant_id

OrderKey = tuple[str, str]


@dataclass(kw_only=True)
class Stored:
    """An order as the tables hold it, with the keys of its parts."""

    order_id: int
    public_id: str
    member_id: int
    state: OrderState
    line_ids: dict[str, int] = field(default_factory=dict)
    refund_ids: dict[str, int] = field(default_factory=dict)


_LOAD = """
    SELECT o.id, o.public_id, o.channel, o.external_id, o.member_id, o.placed_at, o.paid_at, o.completed_at,
           o.cancelled_at, o.shipping_fen
    FROM unnest(%s::text[], %s::text[]) AS k(channel, external_id)
    JOIN members_order o ON o.tenant_id = %s AND o.channel = k.channel AND o.external_id = k.external_id
    ORDER BY o.id
    FOR UPDATE OF o
"""


def orders_load(keys: Iterable[OrderKey]) -> dict[OrderKey, Stored]:
    """Lock and read the orders that exist, with all their facts."""
    wanted = list(keys)
    with connection.cursor() as cursor:
        cursor.execute(
            _LOAD, [[key[0] for key in wanted], [key[1] for key in wanted], require_tenant_id()]
        )
        rows = cursor.fetchall()
    stored = {}
    for (
        order_id,
        shown_id,
        channel,
        external_id,
        member_id,
        placed,
        paid,
        completed,
        cancelled,
        shipping,
    ) in rows:
        times = Times(
            placed_at=placed, paid_at=paid, completed_at=completed, cancelled_at=cancelled
        )
        stored[channel, external_id] = Stored(
            order_id=order_id,
            public_id=shown_id,
            member_id=member_id,
            state=OrderState(times=times, shipping_fen=shipping),
        )
    by_id = {item.order_id: item for item in stored.values()}
    if by_id:
        _lines_load(by_id)
        _refunds_load(by_id)
    return stored


def _lines_load(by_id: dict[int, Stored]) -> None:
    for line in OrderLine.objects.filter(order_id__in=list(by_id)).order_by("id"):
        stored = by_id[line.order_id]
        stored.line_ids[line.external_id] = line.pk
        stored.state.lines[line.external_id] = LineFacts(
            external_id=line.external_id,
            sku=line.sku,
            name=line.name,
            category=line.category,
            qty=line.qty,
            subtotal_fen=line.subtotal_fen,
            discount_fen=line.discount_fen,
            offset_fen=line.offset_fen,
            points_excluded=line.points_excluded,
        )


def _refunds_load(by_id: dict[int, Stored]) -> None:
    refunds = {
        row.pk: row for row in Refund.objects.filter(order_id__in=list(by_id)).order_by("id")
    }
    amounts: dict[int, dict[str, int]] = {key: {} for key in refunds}
    for part in (
        RefundLine.objects.filter(refund_id__in=list(refunds)).order_by("id") if refunds else ()
    ):
        amounts[part.refund_id][part.line_external_id] = part.amount_fen
    for key, row in refunds.items():
        stored = by_id[row.order_id]
        stored.refund_ids[row.external_id] = key
        stored.state.refunds[row.external_id] = RefundFacts(
            external_id=row.external_id, occurred_at=row.occurred_at, amounts=amounts[key]
        )


# -- write ------------------------------------------------------------------------------------------
_DERIVED = (
    Col("placed_at", "timestamptz"),
    Col("paid_at", "timestamptz"),
    Col("completed_at", "timestamptz"),
    Col("cancelled_at", "timestamptz"),
    Col("shipping_fen", "bigint"),
    Col("paid_fen", "bigint"),
    Col("refunded_fen", "bigint"),
    Col("net_fen", "bigint"),
    Col("paid_date", "date"),
    Col("is_valid", "boolean"),
    Col("occurred_at", "timestamptz"),
)
_ORDER = (
    Col("public_id", "text"),
    Col("channel", "text"),
    Col("external_id", "text"),
    Col("member_id", "bigint"),
    Col("via_identity_id", "bigint"),
    *_DERIVED,
)
_LINE = (
    Col("order_id", "bigint"),
    Col("external_id", "text"),
    Col("sku", "text"),
    Col("name", "text"),
    Col("category", "text"),
    Col("qty", "bigint"),
    Col("subtotal_fen", "bigint"),
    Col("discount_fen", "bigint"),
    Col("offset_fen", "bigint"),
    Col("paid_fen", "bigint"),
    Col("refunded_fen", "bigint"),
    Col("points_excluded", "boolean"),
)


def _derived(state: OrderState) -> tuple[object, ...]:
    times, amounts = state.times, order_amounts(state)
    zone = current_tenant().timezone
    return (
        times.placed_at,
        times.paid_at,
        times.completed_at,
        times.cancelled_at,
        state.shipping_fen,
        amounts.paid_fen,
        amounts.refunded_fen,
        amounts.net_fen,
        None if times.paid_at is None else clock.local_date(times.paid_at, zone),
        amounts.is_valid,
        amounts.occurred_at,
    )


def orders_insert(
    fresh: Sequence[tuple[OrderKey, int, int | None, OrderState]],
) -> dict[OrderKey, Stored]:
    """Insert orders (key, member, identifier that said so, facts); others' inserts meanwhile are left out."""
    rows = [
        (public_id("ord"), *key, member_id, via, *_derived(state))
        for key, member_id, via, state in fresh
    ]
    rows.sort(key=lambda row: (row[1], row[2]))  # one order for everybody: no ring of waiting
    made = rows_insert(
        Order,
        _ORDER,
        rows,
        conflict="ON CONFLICT (tenant_id, channel, external_id) DO NOTHING",
        returning="id, public_id, channel, external_id",
    )
    keys = {
        (channel, external_id): (order_id, shown) for order_id, shown, channel, external_id in made
    }
    stored = {
        key: Stored(order_id=keys[key][0], public_id=keys[key][1], member_id=member_id, state=state)
        for key, member_id, _via, state in fresh
        if key in keys
    }
    parts_insert([(item, OrderState()) for item in stored.values()])
    return stored


def orders_update(changed: Sequence[tuple[Stored, OrderState]]) -> None:
    """Bring stored orders to new facts; each pair holds the order with its old state, and the new one."""
    pairs = []
    for stored, state in changed:
        before, stored.state = stored.state, state
        pairs.append((stored, before))
    rows_update(
        Order,
        _DERIVED,
        [(stored.order_id, *_derived(stored.state)) for stored, _old in pairs],
    )
    parts_insert(pairs)
    _lines_refresh(pairs)


def parts_insert(pairs: Sequence[tuple[Stored, OrderState]]) -> None:
    """Insert the lines and refunds that the old states did not have."""
    lines = [
        _line_row(stored, line)
        for stored, before in pairs
        for line_id, line in stored.state.lines.items()
        if line_id not in before.lines
    ]
    if lines:
        by_order = {stored.order_id: stored for stored, _before in pairs}
        made = rows_insert(OrderLine, _LINE, lines, returning="id, order_id, external_id")
        for line_id, order_id, external_id in made:
            by_order[order_id].line_ids[external_id] = line_id
    _refunds_insert(pairs)


def _line_row(stored: Stored, line: LineFacts) -> tuple[object, ...]:
    return (
        stored.order_id,
        line.external_id,
        line.sku,
        line.name,
        line.category,
        line.qty,
        line.subtotal_fen,
        line.discount_fen,
        line.offset_fen,
        line.paid_fen,
        stored.state.refunded(line.external_id),
        line.points_excluded,
    )


def _refunds_insert(pairs: Sequence[tuple[Stored, OrderState]]) -> None:
    fresh = [
        (stored, refund)
        for stored, before in pairs
        for refund_id, refund in stored.state.refunds.items()
        if refund_id not in before.refunds
    ]
    if not fresh:
        return
    made = rows_insert(
        Refund,
        (
            Col("public_id", "text"),
            Col("order_id", "bigint"),
            Col("external_id", "text"),
            Col("occurred_at", "timestamptz"),
            Col("amount_fen", "bigint"),
        ),
        [
            (
                public_id("ref"),
                stored.order_id,
                item.external_id,
                item.occurred_at,
                sum(item.amounts.values()),
            )
            for stored, item in fresh
        ],
        returning="id, order_id, external_id",
    )
    ids = {(order_id, external_id): refund_id for refund_id, order_id, external_id in made}
    rows_insert(
        RefundLine,
        (
            Col("refund_id", "bigint"),
            Col("line_id", "bigint"),
            Col("line_external_id", "text"),
            Col("amount_fen", "bigint"),
        ),
        [
            (ids[stored.order_id, item.external_id], stored.line_ids.get(line_id), line_id, amount)
            for stored, item in fresh
            for line_id, amount in item.amounts.items()
        ],
    )


def _lines_refresh(pairs: Sequence[tuple[Stored, OrderState]]) -> None:
    """Refunded amounts of older lines, refund lines that waited for theirs, and earlier refund times."""
    rows_update(
        OrderLine,
        (Col("refunded_fen", "bigint"),),
        [
            (stored.line_ids[line_id], stored.state.refunded(line_id))
            for stored, before in pairs
            for line_id in before.lines
            if stored.state.refunded(line_id) != before.refunded(line_id)
        ],
    )
    earlier: list[tuple[int, datetime]] = []
    for stored, before in pairs:
        for refund_id, refund in before.refunds.items():
            moment = stored.state.refunds[refund_id].occurred_at
            if moment < refund.occurred_at:
                earlier.append((stored.refund_ids[refund_id], moment))
        if before.refunds and stored.state.lines.keys() - before.lines.keys():
            _waiting_attach(stored)
    rows_update(Refund, (Col("occurred_at", "timestamptz"),), earlier)


def _waiting_attach(stored: Stored) -> None:
    waiting = RefundLine.objects.filter(refund__order_id=stored.order_id, line=None)
    for part in waiting.order_by("id"):
        line_id = stored.line_ids.get(part.line_external_id)
        if line_id is not None:
            RefundLine.objects.filter(pk=part.pk).update(line_id=line_id)
