"""Two days of the brand, as the day rows have them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from analytics.overview.models import DailyStats
from analytics.overview.selectors import today


@dataclass(frozen=True, kw_only=True)
class TwoDays:
    """Today so far and the whole of yesterday; a day without a row is a day of zeros."""

    day: date
    now: DailyStats
    then: DailyStats
    as_of: datetime | None


def two_days() -> TwoDays:
    """One query, whatever the size of the brand."""
    day = today()
    days = (day, day - timedelta(days=1))
    rows = {
        row.local_date: row for row in DailyStats.objects.filter(channel="", local_date__in=days)
    }
    now, then = (rows.get(each, DailyStats(local_date=each)) for each in days)
    return TwoDays(day=day, now=now, then=then, as_of=getattr(rows.get(day), "computed_at", None))
