from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.overview.rules import (
    Formula,
    Period,
    change_bp,
    fission_of,
    hundredths,
    past,
    rate_bp,
    top_count,
)


def test_the_worked_example_of_the_domain_book() -> None:
    assert fission_of(direct=400, referred=100) == Fraction(5, 4)
    formula = Formula(direct=2_000, reached=2_500, buyers=75, orders=150, gmv_fen=22_500_00)
    assert formula.conversion_bp == 300
    assert formula.order_value_fen == 150_00
    assert hundredths(formula.fission) == 125
    assert hundredths(formula.lifetime_orders) == 200
    assert formula.product_fen == 22_500_00


@given(
    st.integers(1, 10**7), st.integers(0, 10**6), st.integers(1, 10**6), st.integers(0, 10**6),
    st.integers(0, 10**12),
)  # fmt: skip
def test_the_factors_multiply_to_gmv_to_the_fen(
    direct: int, referred: int, buyers: int, more_orders: int, gmv: int
) -> None:
    formula = Formula(
        direct=direct,
        reached=direct + referred,
        buyers=buyers,
        orders=buyers + more_orders,
        gmv_fen=gmv,
    )
    assert (formula.product_fen, formula.gap_fen) == (gmv, 0)


def test_nothing_multiplies_to_nothing() -> None:
    formula = Formula(direct=0, reached=0, buyers=0, orders=0, gmv_fen=0)
    assert (formula.product_fen, formula.gap_fen, formula.conversion_bp) == (0, 0, None)


def test_raw_mode_is_the_literal_product_with_ltv_as_money() -> None:
    formula = Formula(direct=2_000, reached=2_500, buyers=75, orders=150, gmv_fen=22_500_00)
    # 2,000 × 3 % × 150 yuan × 1.25 × 300 yuan
    assert formula.raw_index(ltv_fen=300_00) == 3_375_000


@pytest.mark.parametrize(
    ("count", "share", "k"),
    [(23_570, 200, 472), (100, 200, 2), (101, 200, 3), (1, 200, 1), (0, 2000, 0)],
)
def test_the_top_is_rounded_up(count: int, share: int, k: int) -> None:
    assert top_count(count, share) == k


def test_periods_and_what_they_are_compared_with() -> None:
    month = past(30, until=date(2026, 11, 22))
    assert month == Period(first=date(2026, 10, 24), last=date(2026, 11, 22))
    assert month.before("previous") == Period(first=date(2026, 9, 24), last=date(2026, 10, 23))
    assert month.before("year") == Period(first=date(2025, 10, 24), last=date(2025, 11, 22))
    assert month.before("none") is None
    assert Period(first=date(2028, 2, 29), last=date(2028, 3, 1)).before("year") == Period(
        first=date(2027, 2, 28), last=date(2027, 3, 1)
    )


def test_shares_and_growth_are_rounded_half_up() -> None:
    assert rate_bp(1, 3) == 3333
    assert rate_bp(1, 20_000) == 1
    assert rate_bp(1, 0) is None
    assert change_bp(112, 100) == 1200
    assert change_bp(50, 100) == -5000
    assert change_bp(5, 0) is None
