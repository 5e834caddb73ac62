"""Tiers as a function of facts (N-15 to N-17, N-41): the ladder's rules and how growth is counted.

The replay itself is `replay.py`. Growth is whole units, multipliers ten-thousandths, instants aware.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Literal

from scrm.core import clock

UNIT = 10_000
BP = 10_000
GIFT_DAYS = 365
_EVER = datetime(1, 1, 2, tzinfo=UTC)

Metric = Literal["rolling_days", "calendar_year", "lifetime"]
Downgrade = Literal["one_down", "to_qualified"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One tier as a version of the ladder has it; rank 0 is the base everybody has."""

    rank: int
    code: str
    name: str
    threshold: int
    keep_threshold: int | None = None
    multiplier: int = UNIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The settings of tiers (D5b) as a version of the ladder keeps them."""

    metric: Metric = "rolling_days"
    window_days: int = 365
    valid_days: int = 365
    grace_days: int = 30
    downgrade: Downgrade = "one_down"
    # Basis points of the threshold that keep a tier.
    keep_ratio: int = BP
    recheck_days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """Rungs by rank and rules, in force from an instant on."""

    at: datetime
    rungs: tuple[Rung, ...]
    rules: Rules

    def rung(self, code: str) -> Rung | None:
        """The rung of that code, if this version has it."""
        return next((rung for rung in self.rungs if rung.code == code), None)

    def qualified(self, metric: int) -> Rung:
        """The highest rung whose threshold the metric reaches; equality is enough (EC-31)."""
        return max(
            (rung for rung in self.rungs if rung.threshold <= metric),
            key=lambda rung: rung.rank,
            default=self.rungs[0],
        )

    def keep(self, rung: Rung) -> int:
        """Growth that keeps the rung."""
        if rung.keep_threshold is not None:
            return rung.keep_threshold
        return -(-rung.threshold * self.rules.keep_ratio // BP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """A rise or fall as the replay counts it."""

    amount: int
    effective_at: datetime
    occurred_at: datetime
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A tier by hand, from an instant until another."""

    code: str
    from_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything about one person that tiers depend on, in any order."""

    joined_at: datetime
    growth: Sequence[Growth] = ()
    locks: Sequence[Lock] = ()
    # Entry gifts that were taken up: (code, when it was granted).
    used: frozenset[tuple[str, datetime]] = frozenset()
    # People who were merged into this one: their own facts until then, and when.
    joined: Sequence[tuple[datetime, Facts]] = ()


def ladder_faults(rungs: Sequence[Rung]) -> list[tuple[int, str]]:
    """What is wrong with a ladder: (place, code of the fault); empty if it may stand."""
    faults: list[tuple[int, str]] = []
    if not rungs or rungs[0].threshold != 0:
        faults.append((0, "base"))
    for place, (low, high) in enumerate(pairwise(rungs), start=1):
        if high.threshold <= low.threshold:
            faults.append((place, "threshold"))
    for place, rung in enumerate(rungs):
        if rung.keep_threshold is not None and not 0 <= rung.keep_threshold <= rung.threshold:
            faults.append((place, "keep_threshold"))
        if rung.multiplier < UNIT:
            faults.append((place, "multiplier"))
        if any(other.code == rung.code for other in rungs[:place]):
            faults.append((place, "code"))
    return faults


def window_start(day: date, rules: Rules, zone: str) -> datetime:
    """From when on growth counts on a local day (N-15, N-24). What is effective later has not happened."""
    if rules.metric == "lifetime":
        return _EVER
    if rules.metric == "calendar_year":
        return clock.local_midnight(day.replace(month=1, day=1), zone)
    return clock.local_midnight(day - timedelta(days=rules.window_days - 1), zone)


def days_after(at: datetime, days: int, zone: str) -> datetime:
    """Local midnight of an instant's local day plus so many days."""
    return clock.local_midnight(clock.local_date(at, zone) + timedelta(days=days), zone)


def days_between(early: datetime, late: datetime, zone: str) -> int:
    """Local days from one instant to another."""
    return (clock.local_date(late, zone) - clock.local_date(early, zone)).days
