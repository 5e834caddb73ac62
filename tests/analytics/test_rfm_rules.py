"""N-26 on whole columns against one member at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.rfm.rules import SEGMENTS, Buyers, Cuts, cells_of, is_cuts, scores_by_cuts, scores_by_rank, segment_of, segments_of
from analytics.rfm.words import SEGMENT_WORDS

CUTS = Cuts(r=(30, 60, 120, 240), f=(2, 3, 5, 8), m=(10_000, 20_000, 50_000, 100_000))


def buyers(rows: list[tuple[int, int, int]]) -> Buyers:
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return Buyers(
        member=np.arange(len(rows), dtype=np.int64), days=table[:, 0], orders=table[:, 1], net_fen=table[:, 2]
    )


def naive_by_rank(values: list[int], *, lower_is_better: bool = False) -> list[int]:
    n = len(values)
    return [
        1 + 5 * sum(1 for other in values if (other > value if lower_is_better else other < value)) // n
        for value in values
    ]


def naive_by_cuts(days: int, orders: int, fen: int) -> tuple[int, int, int]:
    r = next((5 - place for place, bound in enumerate(CUTS.r) if days <= bound), 1)
    f = 1 + sum(1 for bound in CUTS.f if orders >= bound)
    m = 1 + sum(1 for bound in CUTS.m if fen >= bound)
    return r, f, m


def test_worked_example_11_ties_stay_together() -> None:
    found = scores_by_rank(buyers([(0, 1, value) for value in (10, 10, 20, 30, 30)]))
    assert found.m.tolist() == [1, 1, 3, 4, 4]


rows = st.lists(
    st.tuples(st.integers(0, 364), st.integers(1, 12), st.integers(1, 120_000)), min_size=1, max_size=60
)


@given(rows=rows)
def test_quintiles_agree_with_the_definition(rows: list[tuple[int, int, int]]) -> None:
    found = scores_by_rank(buyers(rows))
    assert found.r.tolist() == naive_by_rank([row[0] for row in rows], lower_is_better=True)
    assert found.f.tolist() == naive_by_rank([row[1] for row in rows])
    assert found.m.tolist() == naive_by_rank([row[2] for row in rows])


@given(rows=rows)
def test_thresholds_agree_with_the_definition(rows: list[tuple[int, int, int]]) -> None:
    found = scores_by_cuts(buyers(rows), CUTS)
    assert list(zip(found.r, found.f, found.m, strict=True)) == [naive_by_cuts(*row) for row in rows]


@pytest.mark.parametrize("n", [0, 1, 2, 4])
def test_ec_94_fewer_than_five_members_are_scored_too(n: int) -> None:
    found = scores_by_rank(buyers([(value, 1, 10 * value + 1) for value in range(n)]))
    assert found.m.tolist() == naive_by_rank([10 * value + 1 for value in range(n)])
    assert set(found.f.tolist()) <= {1}


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


@given(rows=rows, high=st.integers(2, 5))
def test_cells_and_segments_count_everybody_once(rows: list[tuple[int, int, int]], high: int) -> None:
    everybody = buyers(rows)
    scores = scores_by_rank(everybody)
    cells = cells_of(everybody, scores)
    assert sum(tally.members for tally in cells.values()) == len(rows)
    assert sum(tally.net_fen for tally in cells.values()) == sum(row[2] for row in rows)
    for place, index in enumerate(segments_of(scores, high)):
        assert SEGMENTS[index] == segment_of(int(scores.r[place]), int(scores.f[place]), int(scores.m[place]), high)


def test_every_segment_has_words() -> None:
    assert set(SEGMENT_WORDS) == set(SEGMENTS)


@pytest.mark.parametrize(
    "value", [None, {}, {"r": [1, 2, 3, 4], "f": [1, 2, 3, 4]}, {"r": [1, 2, 3, 3], "f": [1, 2, 3, 4], "m": [1, 2, 3, 4]},
              {"r": [1, 2, 3], "f": [1, 2, 3, 4], "m": [1, 2, 3, 4]}, {"r": [1, 2, 3, True], "f": [1, 2, 3, 4], "m": [1, 2, 3, 4]}],
)  # fmt: skip
def test_other_tables_are_refused(value: object) -> None:
    assert not is_cuts(value)
