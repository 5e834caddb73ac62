"""N-26 on whole columns against one member at a time."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.rfm.rules import (
    SEGMENTS,
    Cuts,
    at_places,
    cuts_by_rank,
    is_cuts,
    score_of,
    segment_of,
    worse_places,
)
from analytics.rfm.words import SEGMENT_WORDS

Row = tuple[int, int, int]


def ranked(rows: list[Row]) -> list[Row]:
    """Scores of members given as (days, orders, fen), by the bounds that their ranks come to."""
    n = len(rows)
    nets = sorted(Counter(row[2] for row in rows).items())
    cuts = cuts_by_rank(
        Counter(row[0] for row in rows),
        Counter(row[1] for row in rows),
        at_places(nets, worse_places(n)) if n else (),
        n,
    )
    return [score_of(*row, cuts) for row in rows]


def naive_by_rank(values: list[int], *, lower_is_better: bool = False) -> list[int]:
    n = len(values)
    return [
        1
        + 5
        * sum(1 for other in values if (other > value if lower_is_better else other < value))
        // n
        for value in values
    ]


def test_worked_example_11_ties_stay_together() -> None:
    found = ranked([(0, 1, value) for value in (10, 10, 20, 30, 30)])
    assert [m for _r, _f, m in found] == [1, 1, 3, 4, 4]


rows_of_buyers = st.lists(
    st.tuples(st.integers(0, 364), st.integers(1, 12), st.integers(1, 120_000)),
    min_size=1,
    max_size=60,
)


@given(rows=rows_of_buyers)
def test_quintiles_agree_with_the_definition(rows: list[Row]) -> None:
    found = ranked(rows)
    assert [r for r, _f, _m in found] == naive_by_rank(
        [row[0] for row in rows], lower_is_better=True
    )
    assert [f for _r, f, _m in found] == naive_by_rank([row[1] for row in rows])
    assert [m for _r, _f, m in found] == naive_by_rank([row[2] for row in rows])


@pytest.mark.parametrize(
    ("row", "scores"),
    [((30, 1, 9_999), (5, 1, 1)), ((31, 2, 10_000), (4, 2, 2)), ((241, 8, 100_000), (1, 5, 5))],
)
def test_bounds_belong_to_the_better_score(row: Row, scores: Row) -> None:
    cuts = Cuts(r=(30, 60, 120, 240), f=(2, 3, 5, 8), m=(10_000, 20_000, 50_000, 100_000))
    assert score_of(*row, cuts) == scores


@pytest.mark.parametrize("n", [1, 2, 4])
def test_ec_94_fewer_than_five_members_are_scored_too(n: int) -> None:
    found = ranked([(value, 1, 10 * value + 1) for value in range(n)])
    assert [m for _r, _f, m in found] == naive_by_rank([10 * value + 1 for value in range(n)])
    assert {f for _r, f, _m in found} == {1}


def test_nobody_has_no_bounds() -> None:
    assert cuts_by_rank({}, {}, (), 0) == Cuts(r=(), f=(), m=())


@pytest.mark.parametrize(
    ("code", "segment"),
    [
        ((5, 5, 5), "important_value"), ((5, 1, 5), "important_develop"), ((1, 5, 5), "important_keep"),
        ((1, 1, 5), "important_retain"), ((5, 5, 1), "general_value"), ((5, 1, 1), "general_develop"),
        ((1, 5, 1), "general_keep"), ((1, 1, 1), "general_retain"), ((3, 3, 3), "important_value"),
        ((2, 2, 2), "general_retain"),
    ],
)  # fmt: skip
def test_segments_by_high_and_low(code: tuple[int, int, int], segment: str) -> None:
    assert segment_of(*code, 3) == segment


def test_every_segment_has_words() -> None:
    assert set(SEGMENT_WORDS) == set(SEGMENTS)


@pytest.mark.parametrize(
    "value", [None, {}, {"r": [1, 2, 3, 4], "f": [1, 2, 3, 4]}, {"r": [1, 2, 3, 3], "f": [1, 2, 3, 4], "m": [1, 2, 3, 4]},
              {"r": [1, 2, 3], "f": [1, 2, 3, 4], "m": [1, 2, 3, 4]}, {"r": [1, 2, 3, True], "f": [1, 2, 3, 4], "m": [1, 2, 3, 4]}],
)  # fmt: skip
def test_other_tables_are_refused(value: object) -> None:
    assert not is_cuts(value)
