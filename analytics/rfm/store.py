"""Score inside PostgreSQL and write only what differs: a night moves a few per cent of the members.

The rollups are read once (and once more for ranks); a member's row never travels. Every statement runs in
the caller's one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from analytics.rfm.rules import SEGMENTS, TOP, Cuts, Tally, at_places, cuts_by_rank, worse_places
from members.orders.models import RollupDay
from members.segments.dirty import sets_drop
from scrm.tenants.context import require_tenant_id

# Members with a valid order in the window: days since the last, orders, net fen.
_FROM_ROLLUPS = """
    SELECT member_id, %(day)s::date - window_last_date AS days, window_orders AS orders, window_net_fen AS net
      FROM members_memberrollup WHERE tenant_id = %(tenant)s AND window_orders > 0
"""
_GATHER = """
    CREATE TEMPORARY TABLE rfm_buyer ON COMMIT DROP AS
    SELECT member_id, %(day)s::date - max(paid_date) AS days, count(*) AS orders, sum(net_fen)::bigint AS net
      FROM members_order
     WHERE tenant_id = %(tenant)s AND is_valid AND paid_date > %(start)s AND paid_date <= %(day)s
     GROUP BY member_id
"""
_FROM_ORDERS = "SELECT member_id, days, orders, net FROM rfm_buyer"
# One pass for three histograms; net in coarse steps, of which only those with a bound are looked into.
_COUNTS = """
    SELECT days, orders, net / %(step)s AS step, count(*) FROM ({buyers}) b
     GROUP BY GROUPING SETS ((days), (orders), (net / %(step)s))
"""
_INSIDE = "SELECT net, count(*) FROM ({buyers}) b WHERE net / %(step)s = ANY(%(steps)s) GROUP BY net ORDER BY net"
_STEP_FEN = 4096
_CODE = """((CASE WHEN days <= %(r0)s THEN 5 WHEN days <= %(r1)s THEN 4 WHEN days <= %(r2)s THEN 3
                  WHEN days <= %(r3)s THEN 2 ELSE 1 END) * 100
          + (CASE WHEN orders >= %(f3)s THEN 5 WHEN orders >= %(f2)s THEN 4 WHEN orders >= %(f1)s THEN 3
                  WHEN orders >= %(f0)s THEN 2 ELSE 1 END) * 10
          + (CASE WHEN net >= %(m3)s THEN 5 WHEN net >= %(m2)s THEN 4 WHEN net >= %(m1)s THEN 3
                  WHEN net >= %(m0)s THEN 2 ELSE 1 END))::smallint"""
_SCORED = f"SELECT member_id, net, {_CODE} AS code FROM ({{buyers}}) b"  # noqa: S608 - our own text

_STAGE = "CREATE TEMPORARY TABLE rfm_stage (member_id bigint, before smallint, code smallint) ON COMMIT DROP"
# One join tells who differs (put aside) and how many stand in each cell (answered).
_COMPARE = """
    WITH compared AS MATERIALIZED (
        SELECT coalesce(s.member_id, z.member_id) AS member_id,
               coalesce(z.r * 100 + z.f * 10 + z.m, 0)::smallint AS before, coalesce(s.code, 0::smallint) AS code, s.net
          FROM ({scored}) s
          FULL JOIN (SELECT member_id, r, f, m FROM analytics_rfmscore WHERE tenant_id = %(tenant)s) z
            ON z.member_id = s.member_id
    ), put AS (
        INSERT INTO rfm_stage SELECT member_id, before, code FROM compared WHERE %(all)s OR code <> before
    )
    SELECT code, count(*), sum(net)::bigint FROM compared WHERE code > 0 GROUP BY code ORDER BY code
"""
# From one night to the next only those can differ whose rollup was written since, or whose last purchase
# has just passed a bound of R. Members whose window emptied were written when it was aged. One pass over the
# rollups counts the cells and names those who can differ; of them, who differs is put aside.
_FOLLOW = """
    WITH cells AS MATERIALIZED (
        SELECT code, count(*) AS members, sum(net)::bigint AS net,
               array_agg(member_id) FILTER (WHERE updated_at >= %(since)s OR last = ANY(%(edges)s)) AS touched
          FROM (SELECT member_id, net, updated_at, last,
                       CASE WHEN orders > 0 THEN {code} ELSE 0 END::smallint AS code
                  FROM (SELECT member_id, %(day)s::date - window_last_date AS days, window_orders AS orders,
                               window_net_fen AS net, updated_at, window_last_date AS last
                          FROM members_memberrollup WHERE tenant_id = %(tenant)s) r) s
         GROUP BY code
    ), put AS (
        INSERT INTO rfm_stage
        SELECT * FROM (
            SELECT t.member_id, coalesce(z.r * 100 + z.f * 10 + z.m, 0)::smallint AS before, t.code
              FROM (SELECT code, unnest(touched) AS member_id FROM cells) t
              LEFT JOIN analytics_rfmscore z ON z.tenant_id = %(tenant)s AND z.member_id = t.member_id
        ) c WHERE before <> code
    )
    SELECT code, members, net FROM cells WHERE code > 0 ORDER BY code
"""
_DELETE = """
    DELETE FROM analytics_rfmscore
     WHERE tenant_id = %(tenant)s AND member_id IN (SELECT member_id FROM rfm_stage WHERE code = 0)
"""
_SEGMENT = """(%(segments)s::text[])[1 + (code >= %(high)s * 100)::int * 4
           + (code / 10 %% 10 >= %(high)s)::int * 2 + (code %% 10 >= %(high)s)::int]"""
_INSERT = """
    INSERT INTO analytics_rfmscore (tenant_id, member_id, r, f, m, code, segment, before, since, created_at,
                                    updated_at)
    SELECT %(tenant)s, member_id, code / 100, code / 10 %% 10, code %% 10, code::text,
           {segment}, '', %(day)s, clock_timestamp(), clock_timestamp()
      FROM rfm_stage WHERE code > 0 AND before = 0
"""
_UPDATE = """
    UPDATE analytics_rfmscore z
       SET r = c.code / 100, f = c.code / 10 %% 10, m = c.code %% 10, code = c.code::text,
           segment = {segment},
           before = CASE WHEN c.before = c.code THEN z.before ELSE z.code END,
           since = CASE WHEN c.before = c.code THEN z.since ELSE %(day)s END,
           updated_at = clock_timestamp()
      FROM rfm_stage c
     WHERE z.tenant_id = %(tenant)s AND z.member_id = c.member_id AND c.code > 0 AND c.before > 0
"""
_MOVES = """
    INSERT INTO analytics_rfmmove (tenant_id, run_id, before, after, members, created_at, updated_at)
    SELECT %(tenant)s, %(run)s, CASE WHEN before > 0 THEN before::text ELSE '' END,
           CASE WHEN code > 0 THEN code::text ELSE '' END, array_agg(member_id ORDER BY member_id),
           clock_timestamp(), clock_timestamp()
      FROM rfm_stage WHERE before <> code GROUP BY before, code
"""


@dataclass(frozen=True, kw_only=True)
class Buyers:
    """Where the window's buyers stand: a SELECT and its values."""

    select: str
    source: str
    values: dict[str, Any]


def buyers_find(as_of: date, days: int) -> Buyers:
    """The rollups if their window is this one, else the orders themselves, gathered once."""
    values: dict[str, Any] = {
        "tenant": require_tenant_id(),
        "day": as_of,
        "start": as_of - timedelta(days=days),
        "step": _STEP_FEN,
    }
    day = RollupDay.objects.first()
    if day is not None and (day.as_of, day.days) == (as_of, days):
        return Buyers(select=_FROM_ROLLUPS, source="rollup", values=values)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS rfm_buyer")
        cursor.execute(_GATHER, values)
    return Buyers(select=_FROM_ORDERS, source="orders", values=values)


def cuts_of_ranks(buyers: Buyers) -> Cuts:
    """The bounds that tonight's ranks come to."""
    days: dict[int, int] = {}
    orders: dict[int, int] = {}
    steps: dict[int, int] = {}
    for day, count, step, members in _rows(_COUNTS.format(buyers=buyers.select), buyers.values):
        if day is not None:
            days[day] = members
        elif count is not None:
            orders[count] = members
        else:
            steps[step] = members
    n = sum(steps.values())
    return cuts_by_rank(days, orders, _net_bounds(buyers, steps, n), n)


def _net_bounds(buyers: Buyers, steps: dict[int, int], n: int) -> Sequence[int]:
    """The nets at the places of the bounds: coarse steps first, then the values inside those that matter."""
    if not n:
        return ()
    places = worse_places(n)
    ordered = sorted(steps.items())
    wanted = sorted(set(at_places(ordered, places)))
    inside = _rows(_INSIDE.format(buyers=buyers.select), {**buyers.values, "steps": wanted})
    # Values of the wanted steps one by one, all other steps as they are: the places stay the same.
    counts = [(net // _STEP_FEN, net, members) for net, members in inside]
    counts += [
        (step, step * _STEP_FEN, members) for step, members in ordered if step not in set(wanted)
    ]
    return at_places([(net, members) for _step, net, members in sorted(counts)], places)


@dataclass(frozen=True, kw_only=True)
class Following:
    """How a night follows the one before: what was written since, and last purchases that crossed a bound."""

    since: datetime
    edges: list[date]


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What a night came to: members and spend of every code that occurs, and how many codes differ."""

    cells: dict[str, Tally]
    changed: int


def stage_make(
    buyers: Buyers, cuts: Cuts, *, is_all: bool, follows: Following | None = None
) -> Compared:
    """Score everybody and put aside who differs from what is stored (all of them, if asked).

    A night that follows another by the same rules looks only at those who can differ.
    """
    nobody = Cuts(r=(0,) * (TOP - 1), f=(0,) * (TOP - 1), m=(0,) * (TOP - 1))
    values = {**buyers.values, **_bounds(cuts if cuts.r else nobody), "all": is_all}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS rfm_stage")
        cursor.execute(_STAGE)
        if follows is None:
            scored = _SCORED.format(buyers=buyers.select)
            cursor.execute(_COMPARE.format(scored=scored), values)
        else:
            seen: dict[str, Any] = {"since": follows.since, "edges": follows.edges}
            cursor.execute(_FOLLOW.format(code=_CODE), {**values, **seen})
        cells = {
            str(code): Tally(members=members, net_fen=net)
            for code, members, net in cursor.fetchall()
        }
        cursor.execute(
            "ANALYZE rfm_stage"
        )  # a few per cent of the members, or all: the plans differ
        cursor.execute("SELECT count(*) FROM rfm_stage WHERE before <> code")
        return Compared(cells=cells, changed=int(cursor.fetchone()[0]))


def stage_write(*, run_id: int, as_of: date, high_cut: int, is_logged: bool) -> None:
    """Swap in the staged scores; log the moves between codes."""
    values: dict[str, Any] = {
        "tenant": require_tenant_id(),
        "segments": list(SEGMENTS),
        "high": high_cut,
        "run": run_id,
        "day": as_of,
    }
    with connection.cursor() as cursor:
        written = 0
        for sql in (
            _DELETE,
            _UPDATE.format(segment=_SEGMENT.replace("code", "c.code")),
            _INSERT.format(segment=_SEGMENT),
        ):
            cursor.execute(sql, values)
            written += cursor.rowcount
        if written:
            sets_drop("rfm")
        if is_logged:
            cursor.execute(_MOVES, values)


def _bounds(cuts: Cuts) -> dict[str, int]:
    return {
        f"{digit}{place}": bound
        for digit, bounds in (("r", cuts.r), ("f", cuts.f), ("m", cuts.m))
        for place, bound in enumerate(bounds)
    }


def _rows(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
