"""Keep the daily figures: orders mark their days, the night and the sweep count them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from django.db import connection, transaction

from analytics.overview.models import DailyStats
from analytics.overview.store import (
    days_fill,
    days_mark,
    dirty_days,
    orders_count,
    people_and_points_count,
    snapshot_write,
    windows_count,
)
from scrm.events.jobs.nightly import nightly_day
from scrm.tenants.context import require_tenant_id

_LOCK_SPACE = 0x5C23
_MONDAY = 0


def orders_mark(order_ids: Collection[int]) -> None:
    """Facts of these orders changed: their days are counted again."""
    with transaction.atomic():
        days_mark(order_ids)


def daily_stats(as_of: date) -> dict[str, int]:
    """Count every day up to ``as_of`` that is new or has changed, and keep the standing at its end.

    An order whose payment turns out to have been earlier leaves no trace on its old day, so once a
    week all days are counted.
    """
    with transaction.atomic():
        _one_at_a_time()
        days_fill(as_of)
        if as_of.weekday() == _MONDAY:
            DailyStats.objects.filter(day__lte=as_of).update(is_dirty=True)
        days = dirty_days(as_of)
        if days:
            orders_count(days)
            windows_count(days[0], as_of)
        people_and_points_count()
        snapshot_write(as_of)
    return {"days": len(days)}


def daily_stats_refresh() -> dict[str, int]:
    """Count what late facts have changed since the night, if anything."""
    as_of = nightly_day()
    return daily_stats(as_of) if dirty_days(as_of) else {"days": 0}


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, require_tenant_id() % 2**31])
