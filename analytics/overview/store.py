"""Count days from the rows below, set-wise, and keep what was counted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from django.db import connection

from analytics.overview.models import DailyStats, DaySnapshot
from analytics.overview.rules import WINDOWS, buyers_by_window, top_share
from analytics.rfm.columns import columns_read
from scrm.core import clock
from scrm.tenants.context import current_tenant, require_tenant_id

_EPOCH = date(1970, 1, 1)
_MARK = """
    INSERT INTO analytics_dailystats (tenant_id, day, orders, net_fen, buyers, buyers_7, buyers_30, buyers_90,
        new_members, points_issued, points_reversed, points_redeemed, points_expired, is_dirty, created_at, updated_at)
    SELECT DISTINCT %(tenant)s, o.paid_date, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, true, clock_timestamp(),
           clock_timestamp()
      FROM members_order o
     WHERE o.tenant_id = %(tenant)s AND o.id = ANY(%(orders)s) AND o.paid_date IS NOT NULL
     ORDER BY 2
    ON CONFLICT (tenant_id, day) DO UPDATE SET is_dirty = true WHERE NOT analytics_dailystats.is_dirty
"""
_FIRST_DAY = """
    SELECT least((SELECT min(paid_date) FROM members_order WHERE tenant_id = %(tenant)s AND is_valid),
                 (SELECT (min(registered_at) AT TIME ZONE %(zone)s)::date FROM members_member
                   WHERE tenant_id = %(tenant)s))
"""
# Missing days first, so that every day has its row.
_FILL = """
    INSERT INTO analytics_dailystats (tenant_id, day, orders, net_fen, buyers, buyers_7, buyers_30, buyers_90,
        new_members, points_issued, points_reversed, points_redeemed, points_expired, is_dirty, created_at, updated_at)
    SELECT %(tenant)s, d::date, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, true, clock_timestamp(), clock_timestamp()
      FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') d
    ON CONFLICT (tenant_id, day) DO NOTHING
"""
_ORDERS = """
    UPDATE analytics_dailystats s
       SET orders = c.orders, net_fen = c.net, buyers = c.buyers, is_dirty = false, updated_at = clock_timestamp()
      FROM (SELECT k.day, count(o.id) AS orders, coalesce(sum(o.net_fen), 0) AS net,
                   count(DISTINCT o.member_id) AS buyers
              FROM unnest(%(days)s::date[]) AS k(day)
              LEFT JOIN members_order o ON o.tenant_id = %(tenant)s AND o.is_valid AND o.paid_date = k.day
             GROUP BY k.day) c
     WHERE s.tenant_id = %(tenant)s AND s.day = c.day
"""
_PAIRS = """
    SELECT DISTINCT member_id, paid_date - DATE '1970-01-01' FROM members_order
     WHERE tenant_id = {tenant} AND is_valid AND paid_date > DATE '{start}' AND paid_date <= DATE '{last}'
"""
_WINDOWS = """
    UPDATE analytics_dailystats s SET buyers_7 = c.b7, buyers_30 = c.b30, buyers_90 = c.b90
      FROM unnest(%(days)s::date[], %(b7)s::int[], %(b30)s::int[], %(b90)s::int[]) AS c(day, b7, b30, b90)
     WHERE s.tenant_id = %(tenant)s AND s.day = c.day
       AND (s.buyers_7, s.buyers_30, s.buyers_90) IS DISTINCT FROM (c.b7, c.b30, c.b90)
"""
_MEMBERS = """
    UPDATE analytics_dailystats s SET new_members = coalesce(c.n, 0)
      FROM analytics_dailystats d
      LEFT JOIN (SELECT (registered_at AT TIME ZONE %(zone)s)::date AS day, count(*) AS n FROM members_member
                  WHERE tenant_id = %(tenant)s AND status NOT IN ('merged', 'erased') GROUP BY 1) c ON c.day = d.day
     WHERE s.tenant_id = %(tenant)s AND d.tenant_id = %(tenant)s AND s.day = d.day
       AND s.new_members <> coalesce(c.n, 0)
"""
_POINTS = """
    WITH accounts AS (
        SELECT id, kind FROM ledger_account
         WHERE tenant_id = %(tenant)s AND unit = 'points' AND owner_kind = 'system'
    ), moves AS (
        SELECT (t.occurred_at AT TIME ZONE %(zone)s)::date AS day, a.kind,
               sum(CASE WHEN t.credit_id = a.id THEN t.amount ELSE -t.amount END) AS points
          FROM ledger_transfer t JOIN accounts a ON a.id IN (t.credit_id, t.debit_id)
         WHERE t.tenant_id = %(tenant)s GROUP BY 1, 2
    ), days AS (
        SELECT day, coalesce(-sum(points) FILTER (WHERE kind IN ('issued', 'adjusted')), 0) AS issued,
               coalesce(sum(points) FILTER (WHERE kind = 'reversed'), 0) AS reversed,
               coalesce(sum(points) FILTER (WHERE kind = 'redeemed'), 0) AS redeemed,
               coalesce(sum(points) FILTER (WHERE kind = 'expired'), 0) AS expired
          FROM moves GROUP BY day
    )
    UPDATE analytics_dailystats s
       SET points_issued = coalesce(c.issued, 0), points_reversed = coalesce(c.reversed, 0),
           points_redeemed = coalesce(c.redeemed, 0), points_expired = coalesce(c.expired, 0)
      FROM analytics_dailystats d LEFT JOIN days c ON c.day = d.day
     WHERE s.tenant_id = %(tenant)s AND d.tenant_id = %(tenant)s AND s.day = d.day
       AND (s.points_issued, s.points_reversed, s.points_redeemed, s.points_expired)
           IS DISTINCT FROM (coalesce(c.issued, 0), coalesce(c.reversed, 0), coalesce(c.redeemed, 0),
                             coalesce(c.expired, 0))
"""
_STANDING = """
    SELECT (SELECT count(*) FROM members_member WHERE tenant_id = %(tenant)s AND status NOT IN ('merged', 'erased')),
           (SELECT count(*) FROM members_member WHERE tenant_id = %(tenant)s AND is_wecom_friend
               AND status NOT IN ('merged', 'erased')),
           r.*, p.*
      FROM (SELECT count(*) FILTER (WHERE orders_count > 0), count(*) FILTER (WHERE orders_count > 1),
                   coalesce(sum(orders_count), 0), coalesce(sum(net_fen), 0)::bigint
              FROM members_memberrollup WHERE tenant_id = %(tenant)s) r,
           (SELECT coalesce(sum(available), 0)::bigint, coalesce(sum(pending), 0)::bigint,
                   coalesce(sum(debt), 0)::bigint, coalesce(sum(expiring_30d), 0)::bigint
              FROM points_pointsaccount WHERE tenant_id = %(tenant)s) p
"""
_NETS = "SELECT net_fen FROM members_memberrollup WHERE tenant_id = {tenant} AND net_fen > 0"


def days_mark(order_ids: Collection[int]) -> None:
    """The days of payment of these orders have to be counted again."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK, {"tenant": require_tenant_id(), "orders": list(order_ids)})


def days_fill(last: date) -> None:
    """A row for every day from the tenant's first one to ``last``."""
    values = {"tenant": require_tenant_id(), "zone": current_tenant().timezone, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_DAY, values)
        first = cursor.fetchone()[0]
        if first is not None:
            cursor.execute(_FILL, {**values, "first": first})


def orders_count(days: Sequence[date]) -> None:
    """Count orders, net and buyers of these days."""
    with connection.cursor() as cursor:
        cursor.execute(_ORDERS, {"tenant": require_tenant_id(), "days": list(days)})


def windows_count(first: date, last: date) -> None:
    """Count the distinct buyers of every window that ends in these days."""
    select = _PAIRS.format(
        tenant=require_tenant_id(),
        start=(first - timedelta(days=max(WINDOWS))).isoformat(),
        last=last.isoformat(),
    )
    member, day = columns_read(select, ("bigint", "int"))
    low, high = (first - _EPOCH).days, (last - _EPOCH).days
    counted = {
        f"b{window}": buyers_by_window(member, day, first=low, last=high, window=window).tolist()
        for window in WINDOWS
    }
    days = [first + timedelta(days=n) for n in range(high - low + 1)]
    with connection.cursor() as cursor:
        cursor.execute(_WINDOWS, {"tenant": require_tenant_id(), "days": days, **counted})


def people_and_points_count() -> None:
    """Bring new members and movements of points of all days up to date."""
    values = {"tenant": require_tenant_id(), "zone": current_tenant().timezone}
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS, values)
        cursor.execute(_POINTS, values)


def dirty_days(last: date) -> list[date]:
    """Days up to ``last`` that have to be counted."""
    return list(
        DailyStats.objects.filter(is_dirty=True, day__lte=last).order_by("day").values_list("day", flat=True)
    )


def snapshot_write(day: date) -> DaySnapshot:
    """Keep what stands now as the end of the day."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, {"tenant": require_tenant_id()})
        members, friends, buyers, repeat, orders, net, available, pending, debt, expiring = cursor.fetchone()
    (nets,) = columns_read(_NETS.format(tenant=require_tenant_id()), ("bigint",))
    top_2, top_20 = top_share(nets, percent=2), top_share(nets, percent=20)
    snapshot, _made = DaySnapshot.objects.update_or_create(
        day=day,
        defaults={
            "members": members, "friends": friends, "buyers": buyers, "repeat_buyers": repeat,
            "lifetime_orders": orders, "lifetime_net_fen": net,
            "points_available": available, "points_pending": pending, "points_debt": debt,
            "points_expiring_30d": expiring,
            "top_2_bp": top_2.share_bp, "top_2_members": top_2.members,
            "top_20_bp": top_20.share_bp, "top_20_members": top_20.members,
            "counted_at": clock.now(),
        },
    )  # fmt: skip
    return snapshot

