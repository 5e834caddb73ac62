"""N-3 to N-6 and N-9 as pure rules: worked examples by number, edge cases by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from members.orders.earning import LineFacts, OrderFacts, RefundFacts
from points.orders.rules import (
    UNIT,
    Effect,
    Terms,
    available_from,
    is_rate,
    order_lot,
    order_points,
    rate_parse,
)
from scrm.core.money import split_largest_remainder

PAID = datetime(2025, 3, 1, 4, tzinfo=UTC)
ZONE = "Asia/Shanghai"
DOUBLE = Effect(kind="multiplier", group="campaign", value=2 * UNIT)


def order(
    *paid: int, refunds: list[tuple[int, dict[int, int]]] | None = None, **more: object
) -> OrderFacts:
    facts = OrderFacts(
        order_id=1,
        member_id=1,
        source_id="shop/1",
        paid_at=PAID,
        completed_at=None,
        cancelled_at=None,
        lines=[LineFacts(paid_fen=fen) for fen in paid],
        refunds=[
            RefundFacts(
                at=PAID + timedelta(days=days), key=str(days), amounts=tuple(amounts.items())
            )
            for days, amounts in refunds or []
        ],
    )
    return replace(facts, **more)  # type: ignore[arg-type]


def test_worked_example_1_tier_and_campaign_multipliers_add() -> None:
    assert order_points(4567, Terms(tier=11_000, effects=(DOUBLE,))) == 95


def test_worked_example_2_the_target_is_recomputed_on_what_remains() -> None:
    lot = order_lot(order(12_000, refunds=[(1, {0: 1999})]), Terms(tier=12_500), ZONE)
    assert lot is not None
    assert (lot.points, [points for _at, points in lot.cuts]) == (150, [25])


def test_worked_example_3_a_discount_is_split_by_largest_remainder() -> None:
    assert split_largest_remainder(1000, [3333, 3333, 3334]) == [333, 333, 334]


def test_there_is_one_floor_at_the_end_and_none_per_line() -> None:
    assert order_points(199 + 199, Terms()) == 3


def test_ec_2_partial_refunds_with_different_floors_net_to_nothing() -> None:
    lot = order_lot(
        order(333, 333, 334, refunds=[(1, {0: 333}), (2, {1: 333}), (3, {2: 334})]),
        Terms(tier=15_000),
        ZONE,
    )
    assert lot is not None
    assert lot.points == 15
    assert sum(points for _at, points in lot.cuts) == 15


def test_ec_3_a_refund_below_a_minimum_takes_the_bonus_too() -> None:
    bonus = Effect(kind="bonus", group="welcome", value=50, min_eligible_fen=10_000)
    lot = order_lot(order(12_000, refunds=[(1, {0: 3000})]), Terms(effects=(bonus,)), ZONE)
    assert lot is not None
    assert (lot.points, lot.cuts[0][1]) == (170, 80)


def test_ec_16_and_17_nothing_paid_earns_nothing() -> None:
    assert order_lot(order(0, 0), Terms(), ZONE) is None


def test_a_full_refund_of_a_bonus_order_nets_to_nothing() -> None:
    bonus = Effect(kind="bonus", group="welcome", value=50)
    lot = order_lot(order(100, refunds=[(1, {0: 100})]), Terms(effects=(bonus,)), ZONE)
    assert lot is not None
    assert lot.cuts[0][1] == lot.points == 51


def test_ec_18_one_group_gives_its_best_two_groups_add() -> None:
    triple = Effect(kind="multiplier", group="campaign", value=3 * UNIT)
    other = Effect(kind="multiplier", group="birthday", value=2 * UNIT)
    assert order_points(1000, Terms(effects=(DOUBLE, triple))) == 30
    assert order_points(1000, Terms(effects=(DOUBLE, triple, other))) == 40


def test_excluded_lines_earn_nothing() -> None:
    facts = order(
        1000, lines=[LineFacts(paid_fen=1000), LineFacts(paid_fen=5000, is_excluded=True)]
    )
    lot = order_lot(facts, Terms(), ZONE)
    assert lot is not None
    assert lot.points == 10


def test_points_count_from_the_local_midnight_after_the_waiting_days() -> None:
    completed = datetime(2025, 3, 1, 17, tzinfo=UTC)  # 2 March in Shanghai
    assert available_from(completed, 7, ZONE) == datetime(2025, 3, 8, 16, tzinfo=UTC)
    assert available_from(completed, 0, ZONE) == completed


def test_a_cancelled_order_keeps_nothing_and_one_cancelled_before_payment_never_earns() -> None:
    lot = order_lot(order(5000, cancelled_at=PAID + timedelta(days=1)), Terms(), ZONE)
    assert lot is not None
    assert lot.cuts == ((PAID + timedelta(days=1), 50),)
    assert order_lot(order(5000, cancelled_at=PAID), Terms(), ZONE) is None


@pytest.mark.parametrize(
    ("value", "rate"), [(1, 10_000), ("0.5", 5000), ("2", 20_000), ("0.0001", 1), (0, 0)]
)
def test_rates_are_exact(value: object, rate: int) -> None:
    assert rate_parse(value) == rate


@pytest.mark.parametrize("value", [-1, True, 0.5, "1.23456", "", None, "1e3", 10_001])
def test_other_values_are_no_rates(value: object) -> None:
    assert not is_rate(value)
