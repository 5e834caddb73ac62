"""Which local days must be counted again. One statement per event, however many rows it names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection

from scrm.tenants.context import current_tenant, require_tenant_id

# A row that is just being settled is locked by whoever settles it: DO UPDATE waits for that and marks
# again, where DO NOTHING would lose the mark.
_INSERT = """
    INSERT INTO analytics_dirtyday (tenant_id, local_date, created_at, updated_at)
    SELECT %(tenant)s, day, clock_timestamp(), clock_timestamp()
      FROM (SELECT DISTINCT day FROM ({days}) found(day) WHERE day IS NOT NULL ORDER BY day) sorted
    ON CONFLICT (tenant_id, local_date) DO UPDATE SET updated_at = excluded.updated_at
"""
CASH = "o.tenant_id = %(tenant)s AND o.paid_date IS NOT NULL AND o.cancelled_at IS NULL AND o.paid_fen > 0"
# The day itself, and the member's next one: there the distance to the purchase before has changed.
_TOUCHED = f"""
    WITH touched(member_id, day) AS (
        SELECT o.member_id, o.paid_date FROM members_order o
         WHERE o.tenant_id = %(tenant)s AND o.id = ANY(%(orders)s) AND o.paid_date IS NOT NULL
        UNION
        SELECT * FROM unnest(%(left_members)s::bigint[], %(left_days)s::date[])
    )
    SELECT day FROM touched
    UNION ALL
    SELECT (SELECT min(o.paid_date) FROM members_order o
             WHERE {CASH} AND o.member_id = t.member_id AND o.paid_date > t.day)
      FROM touched t
"""  # noqa: S608 - names of our own
_JOINED = """
    SELECT (registered_at AT TIME ZONE %(zone)s)::date FROM members_member
     WHERE tenant_id = %(tenant)s AND id = ANY(%(members)s)
"""
_BOUGHT = f"""
    SELECT o.paid_date FROM members_order o WHERE {CASH} AND o.member_id = ANY(%(members)s)
"""  # noqa: S608 - names of our own
_EVERY = f"""
    SELECT o.paid_date FROM members_order o WHERE {CASH}
    UNION
    SELECT (registered_at AT TIME ZONE %(zone)s)::date FROM members_member WHERE tenant_id = %(tenant)s
    UNION
    SELECT local_date FROM analytics_friendmove WHERE tenant_id = %(tenant)s
"""  # noqa: S608 - names of our own


def days_mark_orders(order_ids: Sequence[int], *, left: Sequence[tuple[int, date]] = ()) -> None:
    """Facts of these orders changed; ``left`` are days of members that orders were moved away from."""
    _mark(
        _TOUCHED,
        orders=list(order_ids),
        left_members=[member_id for member_id, _day in left],
        left_days=[day for _member_id, day in left],
    )


def days_mark_members(member_ids: Sequence[int], *, purchases: bool = False) -> None:
    """These members came or went; with ``purchases`` what they bought stands under another name."""
    _mark(f"{_JOINED} UNION {_BOUGHT}" if purchases else _JOINED, members=list(member_ids))


def days_mark(days: Sequence[date]) -> None:
    """These days, whatever happened."""
    _mark("SELECT unnest(%(days)s::date[])", days=list(days))


def days_mark_all() -> None:
    """Every day that anything is known of."""
    _mark(_EVERY)


def _mark(found: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT.format(days=found),
            {"tenant": require_tenant_id(), "zone": current_tenant().timezone, **values},
        )
