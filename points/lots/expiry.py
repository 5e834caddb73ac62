"""When points lapse (N-7): the last valid day is found in the tenant's zone, then midnight follows."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal

from scrm.core import clock

Kind = Literal["none", "months", "month_end", "fixed"]
_TEXT = re.compile(
    r"(?P<none>none)|(?P<kind>months|month_end) (?P<n>\d{1,3})"
    r"|fixed (?P<month>\d{2})-(?P<day>\d{2}) \+(?P<years>\d)"
)
LONGEST_MONTHS = 600
_LEAP_YEAR = 2000
_LONGEST_MONTH = 31


@dataclass(frozen=True, kw_only=True)
class ExpiryPolicy:
    """None, n months, end of the month n months on, or a fixed day k years on."""

    kind: Kind
    n: int = 0
    month: int = 0
    day: int = 0


@lru_cache(maxsize=256)
def expiry_parse(text: str) -> ExpiryPolicy:
    """The policy written as ``none``, ``months 12``, ``month_end 12`` or ``fixed 12-31 +1``.

    ValueError for anything else.
    """
    match = _TEXT.fullmatch(text)
    if match is None:
        raise ValueError(text)
    if match["none"]:
        return ExpiryPolicy(kind="none")
    if match["kind"]:
        n = int(match["n"])
        if not 0 < n <= LONGEST_MONTHS:
            raise ValueError(text)
        return ExpiryPolicy(kind="months" if match["kind"] == "months" else "month_end", n=n)
    month, day = int(match["month"]), int(match["day"])
    date(_LEAP_YEAR, month, day)  # 02-29 exists in some year, 02-30 in none
    return ExpiryPolicy(kind="fixed", n=int(match["years"]), month=month, day=day)


def is_expiry(value: object) -> bool:
    """Whether a setting's value names a policy."""
    if not isinstance(value, str):
        return False
    try:
        expiry_parse(value)
    except ValueError:
        return False
    return True


def last_valid_day(policy: ExpiryPolicy, available: date) -> date | None:
    """The last local day on which points of that day can be spent; None for ever."""
    if policy.kind == "none":
        return None
    if policy.kind == "fixed":
        return _fixed_day(policy, available)
    last = clock.months_after(available, policy.n)
    return _clamped(last.year, last.month, _LONGEST_MONTH) if policy.kind == "month_end" else last


def _fixed_day(policy: ExpiryPolicy, available: date) -> date:
    year = available.year + policy.n
    found = _clamped(year, policy.month, policy.day)
    return found if found >= available else _clamped(year + 1, policy.month, policy.day)


def _clamped(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


@lru_cache(maxsize=4096)
def expires_at(policy: str, available: date, zone: str) -> datetime | None:
    """Local midnight after the last valid day of points available on that local day."""
    last = last_valid_day(expiry_parse(policy), available)
    return None if last is None else clock.local_midnight(last + timedelta(days=1), zone)
