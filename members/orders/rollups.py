"""What a member's orders add up to: recomputed exactly for whoever was touched, aged every night."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from members.orders.models import RollupDay
from members.segments.dirty import mark_dirty
from scrm.events.jobs.nightly import nightly_day
from scrm.tenants.context import require_tenant_id
from scrm.tenants.settings import setting

_LOCK = """
    SELECT member_id FROM members_memberrollup
    WHERE tenant_id = %(tenant)s AND member_id = ANY(%(members)s) ORDER BY member_id FOR UPDATE
"""
_REFRESH = """
    UPDATE members_memberrollup r SET
        orders_count = s.orders_count, net_fen = s.net_fen, paid_fen = s.paid_fen, refunded_fen = s.refunded_fen,
        first_paid_at = s.first_paid_at, last_paid_at = s.last_paid_at, last_paid_date = s.last_paid_date,
        window_orders = s.window_orders, window_net_fen = s.window_net_fen,
        window_last_date = s.window_last_date, window_as_of = %(as_of)s, updated_at = statement_timestamp()
    FROM (
        SELECT k.member_id,
            count(*) FILTER (WHERE o.is_valid) AS orders_count,
            coalesce(sum(o.net_fen) FILTER (WHERE o.is_valid), 0) AS net_fen,
            coalesce(sum(o.paid_fen) FILTER (WHERE o.paid_at IS NOT NULL AND o.cancelled_at IS NULL), 0) AS paid_fen,
            coalesce(sum(o.refunded_fen) FILTER (WHERE o.paid_at IS NOT NULL AND o.cancelled_at IS NULL), 0)
                AS refunded_fen,
            min(o.paid_at) FILTER (WHERE o.is_valid) AS first_paid_at,
            max(o.paid_at) FILTER (WHERE o.is_valid) AS last_paid_at,
            max(o.paid_date) FILTER (WHERE o.is_valid) AS last_paid_date,
            count(*) FILTER (WHERE o.is_valid AND o.paid_date > %(start)s AND o.paid_date <= %(as_of)s)
                AS window_orders,
            coalesce(sum(o.net_fen) FILTER (
                WHERE o.is_valid AND o.paid_date > %(start)s AND o.paid_date <= %(as_of)s), 0) AS window_net_fen,
            max(o.paid_date) FILTER (WHERE o.is_valid AND o.paid_date > %(start)s AND o.paid_date <= %(as_of)s)
                AS window_last_date
        FROM unnest(%(members)s::bigint[]) AS k(member_id)
        LEFT JOIN members_order o ON o.tenant_id = %(tenant)s AND o.member_id = k.member_id
        GROUP BY k.member_id
    ) s
    WHERE r.tenant_id = %(tenant)s AND r.member_id = s.member_id
"""
_MOVED = """
    SELECT DISTINCT member_id FROM members_order
    WHERE tenant_id = %(tenant)s AND is_valid
      AND ((paid_date > %(low)s AND paid_date <= %(high)s)
        OR (paid_date > %(old_start)s AND paid_date <= %(new_start)s))
"""
_CHUNK = 5000


def rollups_refresh(member_ids: Sequence[int]) -> None:
    """Recompute these members' rollups from their orders, in the transaction that changed the orders."""
    if not member_ids:
        return
    day = _day_shared()
    _refresh(sorted(set(member_ids)), as_of=day.as_of, days=day.days)
    mark_dirty(member_ids, "orders")


def rollups_age(as_of: date) -> dict[str, int]:
    """Nightly: move every window so that it ends with ``as_of``; touches only members it changes for.

    Late, early and repeated runs give the same rows: the windows hold exactly for the day in `RollupDay`.
    """
    with transaction.atomic():
        _day_shared()
        day = RollupDay.objects.select_for_update(of=("self",)).get()
        days = int(setting("rfm.window"))
        members = _everybody() if days != day.days else _moved(day.as_of, as_of, days)
        for place in range(0, len(members), _CHUNK):
            _refresh(members[place : place + _CHUNK], as_of=as_of, days=days)
        mark_dirty(members, "orders")
        day.as_of, day.days = as_of, days
        day.save(update_fields=["as_of", "days", "updated_at"])
    return {"members": len(members)}


def _day_shared() -> RollupDay:
    """The day the windows hold for; held still until the transaction ends."""
    sql = "SELECT * FROM members_rollupday WHERE tenant_id = %s FOR SHARE"
    found = list(RollupDay.objects.raw(sql, [require_tenant_id()]))
    if not found:
        RollupDay.objects.bulk_create(
            [RollupDay(as_of=nightly_day(), days=int(setting("rfm.window")))], ignore_conflicts=True
        )
        found = list(RollupDay.objects.raw(sql, [require_tenant_id()]))
    return found[0]


def _refresh(member_ids: Sequence[int], *, as_of: date, days: int) -> None:
    values: dict[str, Any] = {
        "tenant": require_tenant_id(),
        "members": list(member_ids),
        "as_of": as_of,
        "start": as_of - timedelta(days=days),
    }
    with connection.cursor() as cursor:
        # The lock comes first: whoever waited here sees the other's orders in the next statement.
        cursor.execute(_LOCK, values)
        cursor.execute(_REFRESH, values)


def _moved(before: date, after: date, days: int) -> list[int]:
    """Members with a valid order that enters or leaves the window between the two days."""
    low, high = min(before, after), max(before, after)
    width = timedelta(days=days)
    with connection.cursor() as cursor:
        cursor.execute(
            _MOVED,
            {
                "tenant": require_tenant_id(),
                "low": low,
                "high": high,
                "old_start": low - width,
                "new_start": high - width,
            },
        )
        return sorted(row[0] for row in cursor.fetchall())


def _everybody() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT member_id FROM members_memberrollup WHERE tenant_id = %s ORDER BY member_id",
            [require_tenant_id()],
        )
        return [row[0] for row in cursor.fetchall()]
