"""The terms of paid plans: how long one lasts (N-7), and what a refund gives back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scrm.core import clock
from scrm.core.money import half_up_div

MOST_MONTHS = 120
MOST_DAYS = 365
# A-20, S4:137: shown as a reference line only, never a threshold.
BENCHMARK_BP = 6_500
BENCHMARK_YEAR = 2021


@dataclass(frozen=True, kw_only=True)
class Term:
    """From when until when; the last valid day is the anchor and so many months."""

    from_at: datetime
    until: datetime
    anchor: date
    months: int


def term_first(at: datetime, months: int, zone: str) -> Term:
    """A term bought at an instant: it begins at once, its last valid day is so many months on."""
    anchor = clock.local_date(at, zone)
    return Term(from_at=at, until=_until(anchor, months, zone), anchor=anchor, months=months)


def term_next(until: datetime, *, anchor: date, months: int, added: int, zone: str) -> Term:
    """The term after one that ends then. Both together last as long as if they had been bought at once."""
    total = months + added
    return Term(from_at=until, until=_until(anchor, total, zone), anchor=anchor, months=total)


def _until(anchor: date, months: int, zone: str) -> datetime:
    return clock.local_midnight(clock.months_after(anchor, months) + timedelta(days=1), zone)


def last_day(until: datetime, zone: str) -> date:
    """The last local day that is still in."""
    return clock.local_date(until - timedelta(microseconds=1), zone)


@dataclass(frozen=True, kw_only=True)
class Sold:
    """What a refund has to know of a term."""

    price_fen: int
    bought_at: datetime
    from_at: datetime
    until: datetime
    refund_days: int
    is_pro_rata: bool


def refund_due(sold: Sold, at: datetime, zone: str) -> int | None:
    """Fen to give back at an instant; None when it is too late.

    Everything before the term begins and within the first local days from the purchase; afterwards the share
    of the whole days left, today not among them, rounded half up (N-2).
    """
    today = clock.local_date(at, zone)
    bought = clock.local_date(sold.bought_at, zone)
    if at < sold.from_at or (today - bought).days < sold.refund_days:
        return sold.price_fen
    if not sold.is_pro_rata:
        return None
    last = last_day(sold.until, zone)
    total = (last - clock.local_date(sold.from_at, zone)).days + 1
    left = max((last - today).days, 0)
    return half_up_div(sold.price_fen * left, total)
