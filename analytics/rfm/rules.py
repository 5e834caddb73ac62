"""Scores and segments of N-26, on whole columns at once. Higher is better, 1 to 5."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Digits: TypeAlias = npt.NDArray[np.int16]
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


@dataclass(frozen=True, kw_only=True)
class Buyers:
    """Members with at least one valid order in the window: days since the last, orders, net fen."""

    member: Ints
    days: Ints
    orders: Ints
    net_fen: Ints

    @property
    def count(self) -> int:
        return int(self.member.size)


@dataclass(frozen=True, kw_only=True)
class Scores:
    """The three digits of each buyer, in the buyers' order."""

    r: Digits
    f: Digits
    m: Digits

    @property
    def code(self) -> Digits:
        """R, F, M as one number: 543."""
        return self.r * 100 + self.f * 10 + self.m


def scores_by_cuts(buyers: Buyers, cuts: Cuts) -> Scores:
    """Mode threshold: the tenant's own tables."""
    return Scores(
        r=_digits(TOP - np.searchsorted(np.array(cuts.r), buyers.days, side="left")),
        f=_digits(1 + np.searchsorted(np.array(cuts.f), buyers.orders, side="right")),
        m=_digits(1 + np.searchsorted(np.array(cuts.m), buyers.net_fen, side="right")),
    )


def scores_by_rank(buyers: Buyers) -> Scores:
    """Mode quintile: 1 + floor(5 × strictly worse ÷ n); equal figures always score the same."""
    return Scores(r=_ranked(-buyers.days), f=_ranked(buyers.orders), m=_ranked(buyers.net_fen))


def _ranked(values: Ints) -> Digits:
    """Score k needs at least ⌈(k−1)·n/5⌉ strictly worse ones, so four order statistics decide."""
    n = values.size
    if n == 0:
        return _digits(np.zeros(0, dtype=np.int64))
    places = [-(-k * n // TOP) - 1 for k in range(1, TOP)]
    bounds = np.partition(values, places)[places]
    return _digits(1 + np.searchsorted(bounds, values, side="left"))


def _digits(values: npt.NDArray[np.intp]) -> Digits:
    return values.astype(np.int16)


def segments_of(scores: Scores, high_cut: int) -> Digits:
    """Index into SEGMENTS for each buyer."""
    found = (scores.r >= high_cut) * 4 + (scores.f >= high_cut) * 2 + (scores.m >= high_cut)
    return found.astype(np.int16)


def segment_of(r: int, f: int, m: int, high_cut: int) -> str:
    """The segment of one code."""
    return SEGMENTS[(r >= high_cut) * 4 + (f >= high_cut) * 2 + (m >= high_cut)]


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many members stand somewhere and what they spent in the window, in fen."""

    members: int
    net_fen: int


def cells_of(buyers: Buyers, scores: Scores) -> dict[str, Tally]:
    """Members and spend of every code that occurs."""
    members = np.bincount(scores.code, minlength=556)
    # Fen sums exceed what floats hold exactly, so they are added as integers.
    net = np.zeros(members.size, dtype=np.int64)
    np.add.at(net, scores.code, buyers.net_fen)
    return {
        str(code): Tally(members=int(members[code]), net_fen=int(net[code]))
        for code in np.flatnonzero(members)
    }


def is_cuts(value: object) -> bool:
    """Whether a setting holds four ascending bounds for each of r, f and m."""
    if not isinstance(value, dict) or set(value) != {"r", "f", "m"}:
        return False
    return all(_is_ascending(row) for row in value.values())


def _is_ascending(row: object) -> bool:
    if not isinstance(row, list) or len(row) != _CUTS:
        return False
    if not all(isinstance(bound, int) and not isinstance(bound, bool) and bound >= 0 for bound in row):
        return False
    return all(low < high for low, high in zip(row, row[1:], strict=False))
