"""Scores and segments of N-26: pure. Both modes end in the same kind of bounds, so one scoring serves both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Mode = Literal["threshold", "quintile"]

TOP = 5
_CUTS = TOP - 1
# Index = 4·(R high) + 2·(F high) + (M high).
SEGMENTS = (
    "general_retain",  # LLL
    "important_retain",  # LLH
    "general_keep",  # LHL
    "important_keep",  # LHH
    "general_develop",  # HLL
    "important_develop",  # HLH
    "general_value",  # HHL
    "important_value",  # HHH
)


@dataclass(frozen=True, kw_only=True)
class Cuts:
    """Four ascending bounds per digit. R in days: at most the first bound scores 5. F in orders and M
    in fen: at least the last bound scores 5."""

    r: tuple[int, ...]
    f: tuple[int, ...]
    m: tuple[int, ...]


def score_of(days: int, orders: int, net_fen: int, cuts: Cuts) -> tuple[int, int, int]:
    """R, F and M of one member."""
    return (
        TOP - sum(days > bound for bound in cuts.r),
        1 + sum(orders >= bound for bound in cuts.f),
        1 + sum(net_fen >= bound for bound in cuts.m),
    )


def worse_places(n: int) -> list[int]:
    """How many strictly worse members scores 2, 3, 4 and 5 need: the least w with 5·w ÷ n ≥ score − 1."""
    return [-(-score * n // TOP) for score in range(1, TOP)]


def at_places(counts: Iterable[tuple[int, int]], places: Sequence[int]) -> list[int]:
    """The value of the p-th member for each ascending p (counted from 1), from values in order with counts."""
    found: list[int] = []
    passed = 0
    for value, count in counts:
        passed += count
        while len(found) < len(places) and passed >= places[len(found)]:
            found.append(value)
    return found


def cuts_by_rank(
    days: Mapping[int, int], orders: Mapping[int, int], net_bounds: Sequence[int], n: int
) -> Cuts:
    """Mode quintile as bounds: score = 1 + floor(5 × strictly worse ÷ n), ties together.

    ``days`` and ``orders`` are members by value; ``net_bounds`` are the nets at the places of
    ``worse_places`` in ascending order. A score needs to be better than the member at its place.
    """
    if n == 0:
        return Cuts(r=(), f=(), m=())
    places = worse_places(n)
    late = at_places(sorted(days.items(), reverse=True), places)
    few = at_places(sorted(orders.items()), places)
    return Cuts(
        r=tuple(sorted(value - 1 for value in late)),
        f=tuple(value + 1 for value in few),
        m=tuple(value + 1 for value in net_bounds),
    )


def segment_of(r: int, f: int, m: int, high_cut: int) -> str:
    """The segment of one code."""
    return SEGMENTS[(r >= high_cut) * 4 + (f >= high_cut) * 2 + (m >= high_cut)]


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many members stand somewhere and what they spent in the window, in fen."""

    members: int
    net_fen: int


def is_cuts(value: object) -> bool:
    """Whether a setting holds four ascending bounds for each of r, f and m."""
    if not isinstance(value, dict) or set(value) != {"r", "f", "m"}:
        return False
    return all(_is_ascending(row) for row in value.values())


def _is_ascending(row: object) -> bool:
    if not isinstance(row, list) or len(row) != _CUTS:
        return False
    if not all(
        isinstance(bound, int) and not isinstance(bound, bool) and bound >= 0 for bound in row
    ):
        return False
    return all(low < high for low, high in pairwise(row))
