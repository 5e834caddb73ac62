"""The same figures counted another way: order by order, in Python."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from analytics.overview.models import DailyStats, DirtyDay
from analytics.overview.services import days_settle
from members.orders.models import Order
from members.people.selectors import members_listed
from scrm.core import clock
from scrm.events.relay import relay_chunk
from scrm.tenants.context import current_tenant

NAMES = ("gmv_fen", "refunded_fen", "orders", "buyers", "new_members")


def settle() -> None:
    """Let every subscriber hear every fact, then count every marked day."""
    while relay_chunk():
        pass
    days_settle(seconds=60)
    assert not DirtyDay.objects.exists()


def expected() -> dict[tuple[date, str], tuple[int, ...]]:
    """Rows that are not all zero, from the facts."""
    zone = current_tenant().timezone
    sums: dict[tuple[date, str], list[Any]] = defaultdict(lambda: [0, 0, 0, set(), 0])
    for order in cash_orders():
        day = clock.local_date(order.paid_at, zone)
        for channel in ("", order.channel):
            line = sums[day, channel]
            line[0] += order.paid_fen
            line[1] += order.refunded_fen
            line[2] += 1
            line[3].add(order.member_id)
    for member in members_listed():
        day = clock.local_date(member.registered_at, zone)
        for channel in {"", member.first_source}:
            sums[day, channel][4] += 1
    return {key: (*line[:3], len(line[3]), line[4]) for key, line in sums.items()}


def kept() -> dict[tuple[date, str], tuple[int, ...]]:
    rows = {
        (row.local_date, row.channel): tuple(getattr(row, name) for name in NAMES)
        for row in DailyStats.objects.all()
    }
    return {key: row for key, row in rows.items() if any(row)}


def cash_orders() -> list[Order]:
    return list(Order.objects.filter(paid_at__isnull=False, cancelled_at=None, paid_fen__gt=0))


def buyers_between(first: date, last: date) -> int:
    zone = current_tenant().timezone
    return len(
        {
            order.member_id
            for order in cash_orders()
            if first <= clock.local_date(order.paid_at, zone) <= last
        }
    )


def assert_exact() -> None:
    """DailyStats is what the facts say, and ranges count every buyer once."""
    from analytics.overview.rules import Period
    from analytics.overview.selectors import days_listed

    assert kept() == expected()
    days = sorted({day for day, _channel in expected()})
    for first in days[::2]:
        for last in days:
            if first <= last <= first + timedelta(days=360):
                listed = days_listed(Period(first=first, last=last))
                assert sum(day.fresh_buyers for day in listed) == buyers_between(first, last)
