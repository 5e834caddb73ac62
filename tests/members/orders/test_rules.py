"""Rules of order facts, worked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from members.orders.errors import FactsChanged, FromTheFuture, OrderRefused, RefundExceedsPaid
from members.orders.facts import LineFacts
from members.orders.rules import OrderState, facts_check, lines_settled, order_amounts, state_merge
from tests.factories.members import START, order_facts, refund


def line(number: int, subtotal: int, discount: int = 0, offset: int = 0) -> LineFacts:
    return LineFacts(
        external_id=str(number), subtotal_fen=subtotal, discount_fen=discount, offset_fen=offset
    )


def test_an_order_discount_is_split_by_subtotal_with_the_largest_remainder() -> None:
    facts = order_facts(order_discount_fen=100)
    three = replace(facts, lines=(line(1, 333), line(2, 333), line(3, 334)))
    assert [item.discount_fen for item in lines_settled(three)] == [33, 33, 34]


def test_equal_remainders_go_to_the_earlier_line() -> None:
    facts = replace(order_facts(), lines=(line(1, 500), line(2, 500)), order_discount_fen=1)
    assert [item.discount_fen for item in lines_settled(facts)] == [1, 0]


def test_paid_is_subtotal_less_discounts_and_points() -> None:
    facts = replace(
        order_facts(), lines=(line(1, 1000, discount=100, offset=50),), order_discount_fen=150
    )
    amounts = order_amounts(state_merge(OrderState(), facts))
    assert (amounts.paid_fen, amounts.net_fen, amounts.is_valid) == (700, 700, True)


def test_an_unpaid_order_is_worth_nothing() -> None:
    amounts = order_amounts(state_merge(OrderState(), order_facts(paid_at=None)))
    assert (amounts.net_fen, amounts.is_valid) == (0, False)


def test_a_cancelled_order_is_worth_nothing() -> None:
    amounts = order_amounts(state_merge(OrderState(), order_facts(cancelled_at=START)))
    assert (amounts.net_fen, amounts.is_valid) == (0, False)


def test_a_fully_refunded_order_is_not_valid() -> None:
    state = state_merge(OrderState(), order_facts(paid_fen=500, refunds=(refund("r1", 500),)))
    amounts = order_amounts(state)
    assert (amounts.paid_fen, amounts.refunded_fen, amounts.net_fen) == (500, 500, 0)
    assert not amounts.is_valid


def test_refunds_of_a_line_may_not_exceed_what_was_paid_for_it() -> None:
    state = state_merge(OrderState(), order_facts(paid_fen=500, refunds=(refund("r1", 300),)))
    with pytest.raises(RefundExceedsPaid):
        state_merge(state, order_facts(lines=(), refunds=(refund("r2", 201),)))


def test_a_known_line_with_other_content_is_refused() -> None:
    state = state_merge(OrderState(), order_facts(paid_fen=500))
    with pytest.raises(FactsChanged):
        state_merge(state, order_facts(paid_fen=501))


def test_a_known_refund_with_another_amount_is_refused() -> None:
    state = state_merge(OrderState(), order_facts(paid_fen=500, refunds=(refund("r1", 300),)))
    with pytest.raises(FactsChanged):
        state_merge(state, order_facts(paid_fen=500, refunds=(refund("r1", 100),)))


def test_a_refund_of_a_paid_order_names_a_line_it_has() -> None:
    with pytest.raises(RefundExceedsPaid):
        state_merge(OrderState(), order_facts(refunds=(refund("r1", 1, line="9"),)))


def test_a_moment_over_ten_minutes_ahead_is_refused() -> None:
    facts_check(order_facts(at=START + timedelta(minutes=10)), now=START)
    with pytest.raises(FromTheFuture):
        facts_check(order_facts(at=START + timedelta(minutes=10, seconds=1)), now=START)
    late = refund("r1", 1, at=START + timedelta(hours=1))
    with pytest.raises(FromTheFuture):
        facts_check(order_facts(refunds=(late,)), now=START)


@pytest.mark.parametrize(
    "told",
    [
        {"external_id": " "},
        {"channel": ""},
        {"channel": "c" * 41},
        {"placed_at": None, "paid_at": None},
        {"shipping_fen": -1},
        {"order_discount_fen": 10_001},
        {"lines": (line(1, 100), line(1, 100))},
        {"lines": (line(1, -1),)},
        {"lines": (line(1, 100, discount=101),)},
        {"lines": (), "order_discount_fen": 1},
        {"refunds": (refund("r1", 1), refund("r1", 1))},
        {"refunds": (refund("r1", 0),)},
        {"refunds": (refund("", 1),)},
    ],
)
def test_facts_that_can_never_be_true_are_refused(told: dict[str, object]) -> None:
    with pytest.raises(OrderRefused):
        facts_check(order_facts(**told), now=START)
