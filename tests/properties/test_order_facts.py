"""N-41: whatever the order, repetition and grouping of messages, the same facts and the same sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.identity.rules import Claim
from members.orders.facts import LineFacts, OrderFacts, RefundFacts
from members.orders.models import MemberRollup, Order, OrderLine, Refund, RefundLine
from members.orders.rollups import rollups_age
from members.orders.services import orders_apply
from scrm.core import clock
from scrm.tenants.context import tenant_scope
from tests.factories.members import START, phone_of
from tests.support.api import tenant

_SLOW = settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_NOW = START + timedelta(days=600)


@st.composite
def order_messages(draw: Any, number: int) -> list[OrderFacts]:
    """Everything that will ever be said about one order, one fact per message."""
    at = START + timedelta(hours=draw(st.integers(0, 24 * 500)))
    base = OrderFacts(
        channel="tmall",
        external_id=f"o{number}",
        claims=(Claim("phone", phone_of(draw(st.integers(1, 3)))),),
    )
    lines = tuple(
        LineFacts(external_id=str(place), subtotal_fen=draw(st.integers(0, 5000)))
        for place in range(1, draw(st.integers(1, 3)) + 1)
    )
    total = sum(line.subtotal_fen for line in lines)
    messages = [
        replace(
            base,
            placed_at=at,
            lines=lines,
            order_discount_fen=draw(st.integers(0, min(total, 50))) if total > 150 else 0,
        )
    ]
    if draw(st.booleans()):
        messages.append(replace(base, paid_at=at + timedelta(minutes=5)))
    if draw(st.booleans()):
        messages.append(replace(base, completed_at=at + timedelta(days=7)))
    if draw(st.integers(0, 5)) == 0:
        messages.append(replace(base, cancelled_at=at + timedelta(days=1)))
    for place, line in enumerate(lines):
        left = max(0, line.subtotal_fen - 50)
        for part in range(draw(st.integers(0, 2))):
            amount = draw(st.integers(0, left // 2))
            if amount:
                refund = RefundFacts(
                    external_id=f"r{place}-{part}",
                    occurred_at=at + timedelta(days=2, hours=part),
                    amounts={line.external_id: amount},
                )
                messages.append(replace(base, refunds=(refund,)))
    return messages


@st.composite
def histories(draw: Any) -> tuple[list[OrderFacts], list[list[OrderFacts]]]:
    """Messages in the natural order, and the same ones shuffled, doubled and cut into batches."""
    natural = [
        message
        for number in range(draw(st.integers(1, 4)))
        for message in draw(order_messages(number))
    ]
    repeated = natural + draw(st.lists(st.sampled_from(natural), max_size=6))
    shuffled = draw(st.permutations(repeated))
    batches: list[list[OrderFacts]] = [[]]
    for message in shuffled:
        if batches[-1] and draw(st.booleans()):
            batches.append([])
        batches[-1].append(message)
    return natural, batches


def end_state() -> list[object]:
    """Everything observable, without keys."""
    orders = Order.objects.order_by("external_id").values_list(
        "external_id", "member__phone_masked", "placed_at", "paid_at", "completed_at", "cancelled_at",
        "paid_fen", "refunded_fen", "net_fen", "paid_date", "is_valid", "occurred_at",
    )  # fmt: skip
    lines = OrderLine.objects.order_by("order__external_id", "external_id").values_list(
        "order__external_id",
        "external_id",
        "subtotal_fen",
        "discount_fen",
        "paid_fen",
        "refunded_fen",
    )
    refunds = Refund.objects.order_by("order__external_id", "external_id").values_list(
        "order__external_id", "external_id", "occurred_at", "amount_fen"
    )
    parts = RefundLine.objects.order_by(
        "refund__order__external_id", "refund__external_id"
    ).values_list("refund__external_id", "line__external_id", "line_external_id", "amount_fen")
    return [list(orders), list(lines), list(refunds), list(parts), sums_stored()]


_SUMS = (
    "orders_count", "net_fen", "paid_fen", "refunded_fen", "first_paid_at", "last_paid_at", "last_paid_date",
    "window_orders", "window_net_fen", "window_last_date",
)  # fmt: skip


def sums_stored() -> dict[str, tuple[object, ...]]:
    rows = MemberRollup.objects.values_list("member__phone_masked", *_SUMS)
    return {row[0]: row[1:] for row in rows}


def sums_naive(as_of: date, days: int = 365) -> dict[str, tuple[object, ...]]:
    """The same figures from the orders alone, in plain Python."""
    found = {}
    for rollup in MemberRollup.objects.select_related("member"):
        orders = list(Order.objects.filter(member_id=rollup.member_id))
        live = [o for o in orders if o.paid_at is not None and o.cancelled_at is None]
        valid = [o for o in live if o.net_fen > 0]
        recent = [o for o in valid if as_of - timedelta(days=days) < o.paid_date <= as_of]
        found[rollup.member.phone_masked] = (
            len(valid),
            sum(o.net_fen for o in valid),
            sum(o.paid_fen for o in live),
            sum(o.refunded_fen for o in live),
            min((o.paid_at for o in valid), default=None),
            max((o.paid_at for o in valid), default=None),
            max((o.paid_date for o in valid), default=None),
            len(recent),
            sum(o.net_fen for o in recent),
            max((o.paid_date for o in recent), default=None),
        )
    return found


def played(batches: Sequence[Sequence[OrderFacts]]) -> list[object]:
    """The end state after these batches, in a brand of its own that is forgotten afterwards."""
    with transaction.atomic(), tenant_scope(tenant()), clock.frozen(_NOW):
        for batch in batches:
            assert [outcome.error for outcome in orders_apply(batch)] == [None] * len(batch)
        state = end_state()
        transaction.set_rollback(True)
    return state


@pytest.mark.django_db
@_SLOW
@given(histories())
def test_any_order_repetition_and_batching_gives_the_same_facts_and_sums(
    history: tuple[list[OrderFacts], list[list[OrderFacts]]],
) -> None:
    natural, batches = history
    assert played(batches) == played([[message] for message in natural])


@pytest.mark.django_db
@_SLOW
@given(histories(), st.lists(st.integers(-3, 400), max_size=4))
def test_stored_sums_equal_recomputed_ones_after_any_interleaving_with_nights(
    history: tuple[list[OrderFacts], list[list[OrderFacts]]], nights: list[int]
) -> None:
    """Nights may be late, early, repeated or for an older day; orders come in between."""
    _natural, batches = history
    with transaction.atomic(), tenant_scope(tenant()), clock.frozen(_NOW):
        as_of = clock.local_date(_NOW, "Asia/Shanghai") - timedelta(days=1)
        days = [as_of + timedelta(days=step) for step in nights]
        for place in range(max(len(batches), len(days))):
            if place < len(batches):
                orders_apply(batches[place])
            if place < len(days):
                as_of = days[place]
                rollups_age(as_of)
            assert sums_stored() == sums_naive(as_of)
        transaction.set_rollback(True)
