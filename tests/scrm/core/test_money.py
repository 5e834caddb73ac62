"""Integer money (N-2, N-4, EC-97)."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrm.core.money import fen_from_yuan, half_up_div, split_largest_remainder, yuan_text

amounts = st.integers(-(10**15) + 1, 10**15 - 1)


@given(amounts)
def test_fen_survive_being_written_as_yuan(fen: int) -> None:
    assert fen_from_yuan(yuan_text(fen)) == fen


@pytest.mark.parametrize(
    "text", ["", "1.234", "1e3", "NaN", "１２", "1,000", "--1", "1.", ".5", "Infinity"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        fen_from_yuan(text)


@pytest.mark.parametrize(
    ("fen", "text"), [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (123450, "1234.50")]
)
def test_yuan_have_two_decimals(fen: int, text: str) -> None:
    assert yuan_text(fen) == text


@given(numerator=amounts, denominator=st.integers(1, 10**9))
def test_halves_are_rounded_away_from_zero(numerator: int, denominator: int) -> None:
    found, exact = half_up_div(numerator, denominator), Fraction(numerator, denominator)
    distance = abs(found - exact)
    assert distance <= Fraction(1, 2)
    if distance == Fraction(1, 2):
        assert abs(found) > abs(exact)


def test_a_denominator_must_be_positive() -> None:
    with pytest.raises(ValueError, match="positive"):
        half_up_div(1, 0)


@given(total=amounts, weights=st.lists(st.integers(0, 10**9), min_size=1, max_size=50))
def test_a_split_sums_to_the_whole_and_is_nearly_fair(total: int, weights: list[int]) -> None:
    parts = split_largest_remainder(total, weights)
    assert sum(parts) == total
    base = sum(weights)
    if base:
        assert all(
            abs(part - Fraction(total * weight, base)) < 1
            for part, weight in zip(parts, weights, strict=True)
        )
    else:
        assert parts == [total, *([0] * (len(weights) - 1))]


def test_equal_remainders_go_to_the_earlier_part() -> None:
    assert split_largest_remainder(100, [1, 1, 1]) == [34, 33, 33]
    assert split_largest_remainder(-100, [1, 1, 1]) == [-34, -33, -33]
    assert split_largest_remainder(2, [1, 1, 1]) == [1, 1, 0]
    assert split_largest_remainder(5, []) == []
