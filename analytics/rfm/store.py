"""Read a night's buyers and last night's codes; write only what differs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from django.db import connection

from analytics.rfm.columns import columns_read, columns_write
from analytics.rfm.rules import SEGMENTS, Buyers, Digits, Ints
from members.orders.models import RollupDay
from scrm.tenants.context import require_tenant_id

_FROM_ROLLUPS = """
    SELECT member_id, DATE '{day}' - window_last_date, window_orders, window_net_fen
      FROM members_memberrollup
     WHERE tenant_id = {tenant} AND window_orders > 0
"""
_FROM_ORDERS = """
    SELECT member_id, DATE '{day}' - max(paid_date), count(*), sum(net_fen)::bigint
      FROM members_order
     WHERE tenant_id = {tenant} AND is_valid AND paid_date > DATE '{start}' AND paid_date <= DATE '{day}'
     GROUP BY member_id
"""
_CODES = "SELECT member_id, (r * 100 + f * 10 + m)::smallint FROM analytics_rfmscore WHERE tenant_id = {tenant}"
_STAGE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS rfm_stage (member_id bigint, before smallint, code smallint, segment smallint)
        ON COMMIT DELETE ROWS
"""
_UPSERT = """
    INSERT INTO analytics_rfmscore (tenant_id, member_id, r, f, m, code, segment, created_at, updated_at)
    SELECT %(tenant)s, member_id, code / 100, code / 10 %% 10, code %% 10, code::text,
           (%(segments)s::text[])[segment + 1], clock_timestamp(), clock_timestamp()
      FROM rfm_stage WHERE code > 0
    ON CONFLICT (tenant_id, member_id) DO UPDATE
       SET r = excluded.r, f = excluded.f, m = excluded.m, code = excluded.code, segment = excluded.segment,
           updated_at = excluded.updated_at
"""
_DELETE = """
    DELETE FROM analytics_rfmscore s USING rfm_stage c
     WHERE s.tenant_id = %(tenant)s AND s.member_id = c.member_id AND c.code = 0
"""
_LOG = """
    INSERT INTO analytics_rfmchange (tenant_id, run_id, member_id, before, after, created_at, updated_at)
    SELECT %(tenant)s, %(run)s, member_id, CASE WHEN before > 0 THEN before::text ELSE '' END,
           CASE WHEN code > 0 THEN code::text ELSE '' END, clock_timestamp(), clock_timestamp()
      FROM rfm_stage WHERE before <> code
"""


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Members to write: their code before and now; 0 stands for no score."""

    member: Ints
    before: Digits
    code: Digits
    segment: Digits


def buyers_read(as_of: date, days: int) -> tuple[Buyers, str]:
    """The window's buyers and where they were read: rollups if their window is this one, else orders."""
    day = RollupDay.objects.first()
    fits = day is not None and (day.as_of, day.days) == (as_of, days)
    select = (_FROM_ROLLUPS if fits else _FROM_ORDERS).format(
        day=as_of.isoformat(), start=(as_of - timedelta(days=days)).isoformat(), tenant=require_tenant_id()
    )
    types = ("bigint", "int", "int" if fits else "bigint", "bigint")
    member, gone, orders, net = columns_read(select, types)
    buyers = Buyers(member=member, days=gone, orders=orders, net_fen=net)
    return buyers, "rollup" if fits else "orders"


def changes_find(member: Ints, code: Digits, segment: Digits, *, is_all: bool) -> Changes:
    """Who differs from what is stored; ``is_all`` also rewrites those who kept their code."""
    known, stored = columns_read(_CODES.format(tenant=require_tenant_id()), ("bigint", "smallint"))
    order = np.argsort(known)
    known, stored = known[order], stored[order]
    place = np.searchsorted(known, member)
    inside = place < known.size
    place[~inside] = 0
    found = inside & (known[place] == member) if known.size else np.zeros(member.size, dtype=bool)
    before = np.where(found, stored[place] if known.size else 0, 0).astype(np.int16)
    moved = np.ones(member.size, dtype=bool) if is_all else before != code
    gone = ~np.isin(known, member, assume_unique=True)
    none = np.zeros(int(gone.sum()), dtype=np.int16)
    return Changes(
        member=np.concatenate([member[moved], known[gone]]),
        before=np.concatenate([before[moved], stored[gone].astype(np.int16)]),
        code=np.concatenate([code[moved], none]),
        segment=np.concatenate([segment[moved], none]),
    )


def changes_write(changes: Changes, *, run_id: int, is_logged: bool) -> None:
    """Swap in the new scores, in the caller's transaction; log who moved."""
    if not changes.member.size:
        return
    values = {"tenant": require_tenant_id(), "segments": list(SEGMENTS), "run": run_id}
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        cursor.execute("DELETE FROM rfm_stage")
    columns_write(
        "rfm_stage",
        [
            ("member_id", "bigint", changes.member),
            ("before", "smallint", changes.before),
            ("code", "smallint", changes.code),
            ("segment", "smallint", changes.segment),
        ],
    )
    with connection.cursor() as cursor:
        cursor.execute(_DELETE, values)
        cursor.execute(_UPSERT, values)
        if is_logged:
            cursor.execute(_LOG, values)
