"""The only clock. Everything stored is UTC; days belong to a zone (N-1, N-24, N-46)."""

from __future__ import annotations

import calendar
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

_frozen: ContextVar[datetime | None] = ContextVar("frozen_now", default=None)


def now() -> datetime:
    """The present instant, aware, in UTC; the test clock of N-46 may have set it."""
    return _frozen.get() or datetime.now(UTC)


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Hold ``now()`` at an aware instant for the block."""
    if at.tzinfo is None:
        message = "the clock takes aware datetimes only"
        raise ValueError(message)
    token = _frozen.set(at.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)


@lru_cache(maxsize=512)
def zone_info(zone: str) -> ZoneInfo:
    """The IANA zone of that name; raises ``ZoneInfoNotFoundError`` (a ``KeyError``) if unknown."""
    return ZoneInfo(zone)


def local_date(at: datetime, zone: str) -> date:
    """The calendar day of an instant in a zone."""
    return at.astimezone(zone_info(zone)).date()


def local_now(zone: str) -> datetime:
    """The present instant shown in a zone."""
    return now().astimezone(zone_info(zone))


def local_midnight(day: date, zone: str) -> datetime:
    """The first instant of a local day, as UTC.

    Where a change of clocks skips midnight, the first instant that exists is returned.
    """
    info = zone_info(zone)
    start = datetime.combine(day, time(0), tzinfo=info).astimezone(UTC)
    while start.astimezone(info).date() < day:
        start += timedelta(minutes=30)
    return start


def window(day: date, days: int, zone: str) -> tuple[datetime, datetime]:
    """The half-open instants of the past ``days`` local days that end with ``day`` (N-24)."""
    first = day - timedelta(days=days - 1)
    return local_midnight(first, zone), local_midnight(day + timedelta(days=1), zone)


def months_after(day: date, months: int) -> date:
    """The same day so many months on, or the last day of a month that is too short (N-7)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
