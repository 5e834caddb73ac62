"""Figures of the overview, pure: windows of buyers, Pareto, the GMV formula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scrm.core.money import BP, half_up_div

Ints = npt.NDArray[np.int64]
WINDOWS = (7, 30, 90)


def buyers_by_window(member: Ints, day: Ints, *, first: int, last: int, window: int) -> Ints:
    """Distinct buyers of the ``window`` days that end with each day from ``first`` to ``last``.

    ``day`` counts days; each purchase is seen from its day for ``window`` days or until the same
    member buys again, whichever comes first, so every member is counted once per day.
    """
    width = last - first + 1
    if not member.size:
        return np.zeros(width, dtype=np.int64)
    order = np.lexsort((day, member))
    who, when = member[order], day[order]
    until = when + window
    again = np.flatnonzero(who[:-1] == who[1:])
    until[again] = np.minimum(until[again], when[again + 1])
    steps = np.zeros(width + 1, dtype=np.int64)
    begin, end = np.clip(when - first, 0, width), np.clip(until - first, 0, width)
    np.add.at(steps, begin, 1)
    np.add.at(steps, end, -1)
    return np.cumsum(steps)[:-1]


@dataclass(frozen=True, kw_only=True)
class TopShare:
    """The best ``members`` hold ``share_bp`` of the net."""

    members: int
    share_bp: int


def top_share(net_fen: Ints, *, percent: int) -> TopShare:
    """N-29: k = ⌈n·p⌉ of those with net > 0; share of the total, half up to two decimals of a percent."""
    found = net_fen[net_fen > 0]
    if not found.size:
        return TopShare(members=0, share_bp=0)
    k = -(-found.size * percent // 100)
    top = int(np.partition(found, found.size - k)[found.size - k :].sum())
    return TopShare(members=int(k), share_bp=half_up_div(top * BP, int(found.sum())))


def ratio_bp(part: int, whole: int) -> int | None:
    """Basis points, half up; None of nothing."""
    return half_up_div(part * BP, whole) if whole > 0 else None


def average_fen(total: int, count: int) -> int | None:
    """Half-up fen per piece; None of nothing."""
    return half_up_div(total, count) if count > 0 else None


def change_bp(now: int, before: int) -> int | None:
    """Growth against the period before, in basis points; None without one."""
    return half_up_div((now - before) * BP, before) if before > 0 else None


@dataclass(frozen=True, kw_only=True)
class Factors:
    """N-28. Counts of people and orders; None where nothing is measured yet. Factors in ten-thousandths."""

    traffic: int | None
    buyers: int | None
    aov_fen: int | None
    direct: int | None
    referred: int | None
    ltv_factor: int | None

    @property
    def conversion_bp(self) -> int | None:
        if self.traffic is None or self.buyers is None:
            return None
        return ratio_bp(self.buyers, self.traffic)

    @property
    def fission(self) -> int | None:
        """(direct + referred) ÷ direct."""
        if self.direct is None or self.referred is None or self.direct <= 0:
            return None
        return half_up_div((self.direct + self.referred) * BP, self.direct)

    def product_fen(self) -> int | None:
        """traffic × conversion × AOV × fission × LTV factor, half-up fen; None while a factor is missing."""
        parts = (self.traffic, self.conversion_bp, self.aov_fen, self.fission, self.ltv_factor)
        if any(part is None for part in parts):
            return None
        product = 1
        for part in parts:
            product *= part or 0
        return half_up_div(product, BP**3)


def spark_of(values: Sequence[int], points: int = 15) -> list[int]:
    """At most ``points`` sums of equal stretches, for a small line."""
    if len(values) <= points:
        return list(values)
    edges = [len(values) * n // points for n in range(points + 1)]
    return [sum(values[low:high]) for low, high in zip(edges, edges[1:], strict=False)]
