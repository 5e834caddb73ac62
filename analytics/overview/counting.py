"""Count days from the facts, set-wise: the same rows whatever order the facts came in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import connection

from analytics.overview.marks import CASH
from analytics.overview.models import LONGEST_RANGE
from scrm.core import clock
from scrm.tenants.context import current_tenant, require_tenant_id

_ORDERS = f"""
    SELECT o.paid_date, CASE WHEN grouping(o.channel) = 1 THEN '' ELSE o.channel END,
           sum(o.paid_fen)::bigint, sum(o.refunded_fen)::bigint, count(*), count(DISTINCT o.member_id)
      FROM members_order o WHERE {CASH} AND o.paid_date = ANY(%(days)s)
     GROUP BY GROUPING SETS ((o.paid_date, o.channel), (o.paid_date))
"""  # noqa: S608 - names of our own
_RETURNED = f"""
    SELECT d.paid_date, d.paid_date - b.day AS gap, count(*)
      FROM (SELECT DISTINCT o.member_id, o.paid_date FROM members_order o
             WHERE {CASH} AND o.paid_date = ANY(%(days)s)) d
     CROSS JOIN LATERAL (SELECT max(o.paid_date) AS day FROM members_order o
             WHERE {CASH} AND o.member_id = d.member_id AND o.paid_date < d.paid_date) b
     GROUP BY 1, 2
"""  # noqa: S608 - names of our own
_MEMBERS = """
    SELECT k.day, CASE WHEN grouping(m.first_source) = 1 THEN '' ELSE m.first_source END, count(*)
      FROM unnest(%(days)s::date[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS k(day, first, next)
      JOIN members_member m ON m.tenant_id = %(tenant)s AND m.registered_at >= k.first AND m.registered_at < k.next
       AND m.status NOT IN ('merged', 'erased')
     GROUP BY GROUPING SETS ((k.day, m.first_source), (k.day))
    HAVING grouping(m.first_source) = 1 OR m.first_source <> ''
"""
_FRIENDS = """
    SELECT local_date, count(DISTINCT (corp_id, external_userid)) FILTER (WHERE kind = 'added'),
           count(DISTINCT (corp_id, external_userid)) FILTER (WHERE kind = 'lost')
      FROM analytics_friendmove WHERE tenant_id = %(tenant)s AND local_date = ANY(%(days)s) GROUP BY local_date
"""
_GONE = """
    DELETE FROM analytics_dailystats s
     WHERE s.tenant_id = %(tenant)s AND s.local_date = ANY(%(days)s)
       AND NOT EXISTS (SELECT 1 FROM unnest(%(kept_days)s::date[], %(kept_channels)s::text[]) AS k(day, channel)
                        WHERE k.day = s.local_date AND k.channel = s.channel)
"""
_COLUMNS = (
    "gmv_fen", "refunded_fen", "orders", "buyers", "first_buyers", "new_members", "new_friends", "lost_friends",
)  # fmt: skip
_UPSERT = f"""
    INSERT INTO analytics_dailystats (tenant_id, created_at, updated_at, computed_at, local_date, channel,
           {", ".join(_COLUMNS)}, returned, points_issued, points_spent, points_expired)
    SELECT %s, %s, %s, %s, x.local_date, x.channel, {", ".join(f"x.{name}" for name in _COLUMNS)},
           x.returned::int[], 0, 0, 0
      FROM unnest(%s::date[], %s::text[], {", ".join("%s::bigint[]" for _name in _COLUMNS)}, %s::text[])
        AS x(local_date, channel, {", ".join(_COLUMNS)}, returned)
    ON CONFLICT (tenant_id, local_date, channel) DO UPDATE SET
           {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)}, returned = excluded.returned,
           updated_at = excluded.updated_at, computed_at = excluded.computed_at
"""  # noqa: S608 - names of our own


@dataclass(kw_only=True)
class _Line:
    """One row about to be written."""

    gmv_fen: int = 0
    refunded_fen: int = 0
    orders: int = 0
    buyers: int = 0
    first_buyers: int = 0
    new_members: int = 0
    new_friends: int = 0
    lost_friends: int = 0
    returned: dict[int, int] = field(default_factory=dict)

    @property
    def returned_text(self) -> str:
        width = max(self.returned, default=0)
        return f"{{{','.join(str(self.returned.get(gap, 0)) for gap in range(1, width + 1))}}}"


def days_count(days: Sequence[date]) -> None:
    """Write these days' rows anew, in the caller's transaction; points stay as they are."""
    values = _values(days)
    lines: defaultdict[tuple[date, str], _Line] = defaultdict(_Line)
    for day in days:
        _whole_brand = lines[day, ""]
    with connection.cursor() as cursor:
        cursor.execute(_ORDERS, values)
        for day, channel, gmv, refunded, orders, buyers in cursor.fetchall():
            line = lines[day, channel]
            line.gmv_fen, line.refunded_fen, line.orders, line.buyers = (
                gmv,
                refunded,
                orders,
                buyers,
            )
        cursor.execute(_RETURNED, values)
        for day, gap, count in cursor.fetchall():
            if gap is None:
                lines[day, ""].first_buyers = count
            elif gap <= LONGEST_RANGE:
                lines[day, ""].returned[gap] = count
        cursor.execute(_MEMBERS, values)
        for day, channel, count in cursor.fetchall():
            lines[day, channel].new_members = count
        cursor.execute(_FRIENDS, values)
        for day, added, lost in cursor.fetchall():
            lines[day, ""].new_friends, lines[day, ""].lost_friends = added, lost
    _write(lines, values)


def _values(days: Sequence[date]) -> dict[str, Any]:
    zone = current_tenant().timezone
    return {
        "tenant": require_tenant_id(),
        "days": list(days),
        "starts": [clock.local_midnight(day, zone) for day in days],
        "ends": [clock.local_midnight(day + timedelta(days=1), zone) for day in days],
    }


def _write(lines: dict[tuple[date, str], _Line], values: dict[str, Any]) -> None:
    keys, rows, now = list(lines), list(lines.values()), clock.now()
    columns: list[list[Any]] = [[getattr(row, name) for row in rows] for name in _COLUMNS]
    kept: list[list[Any]] = [
        [day for day, _channel in keys],
        [channel for _day, channel in keys],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_GONE, {**values, "kept_days": kept[0], "kept_channels": kept[1]})
        cursor.execute(
            _UPSERT,
            [values["tenant"], now, now, now, *kept, *columns, [row.returned_text for row in rows]],
        )
