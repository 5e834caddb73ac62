"""Everything of a night in a few statements: figures, scores and stages of all members, or of some.

Only differences are written, and no index but those of stage and pool is touched: most rows stay on
their page.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from members.activity.names import names_counting
from members.activity.sources import acts_sql, days_sql, days_values, ever_values
from members.lifecycle.rules import (
    ADVOCATE_UGC,
    DORMANT_FROM,
    GROWING_ORDERS,
    LOYAL_ORDERS,
    MATURE_ORDERS,
    WINDOW,
    ScoreTerms,
)
from members.people.models import GONE
from scrm.core import clock

# Whoever has no row yet gets one, with the first and the last day they were ever active.
_MISSING = """
    SELECT m.id FROM members_member m
    WHERE m.tenant_id = %(tenant)s AND NOT m.status = ANY(%(gone)s) {mine}
      AND NOT EXISTS (SELECT 1 FROM members_memberpulse p
                      WHERE p.tenant_id = %(tenant)s AND p.member_id = m.id)
    ORDER BY m.id
"""
_MAKE = """
    INSERT INTO members_memberpulse
        (tenant_id, created_at, updated_at, member_id, first_active_date, last_active_date)
    SELECT %(tenant)s, %(now)s, %(now)s, k.id, d.first, d.last
    FROM unnest(%(members)s::bigint[]) AS k(id)
    LEFT JOIN (SELECT member_id, min(day) AS first, max(day) AS last FROM ({days}) x GROUP BY 1) d
        ON d.member_id = k.id
    ORDER BY k.id
    ON CONFLICT (tenant_id, member_id) DO NOTHING
"""
_HOLD = """
    SELECT member_id FROM members_memberpulse
    WHERE tenant_id = %(tenant)s AND member_id = ANY(%(members)s) ORDER BY member_id FOR NO KEY UPDATE
"""
_TOUCH = """
    UPDATE members_memberpulse p SET first_active_date = d.first, last_active_date = d.last,
        updated_at = %(now)s
    FROM (SELECT member_id, min(day) AS first, max(day) AS last FROM ({days}) x GROUP BY 1) d
    WHERE p.tenant_id = %(tenant)s AND p.member_id = d.member_id
      AND (p.first_active_date, p.last_active_date) IS DISTINCT FROM (d.first, d.last)
"""
_FIGURES = """
    days AS (
        SELECT member_id, max(day) AS last, min(day) AS first,
            count(DISTINCT day) FILTER (WHERE day > %(day)s::date - 7) AS week
        FROM ({days}) x GROUP BY member_id
    ), uses AS (
        SELECT a.member_id,
            coalesce(sum(a.seconds) FILTER (WHERE a.local_date > %(day)s::date - 7), 0) AS seconds,
            count(*) FILTER (WHERE a.local_date > %(day)s::date - 7 AND a.name = 'app_use') AS uses,
            count(*) FILTER (WHERE a.name = ANY(%(interactions)s)) AS interactions
        FROM members_activity a
        WHERE a.tenant_id = %(tenant)s AND a.local_date > %(day)s::date - 90 AND a.local_date <= %(day)s
          AND (a.name = 'app_use' OR a.seconds > 0 OR a.name = ANY(%(interactions)s)) {uses_mine}
        GROUP BY a.member_id
    ), acts AS (
        SELECT member_id, count(*) FILTER (WHERE day > %(day)s::date - 90) AS social,
            count(*) FILTER (WHERE kind = 'ugc') AS ugc, count(*) FILTER (WHERE kind = 'referral') AS referrals
        FROM ({acts}) x GROUP BY member_id
    ), bought AS (
        SELECT o.member_id, count(*) FILTER (WHERE o.is_valid) AS orders_365,
            count(*) FILTER (WHERE o.is_valid AND o.paid_date > %(day)s::date - 90) AS orders_90,
            coalesce(sum(o.net_fen) FILTER (WHERE o.is_valid), 0) AS net_365,
            coalesce(sum(o.net_fen) FILTER (WHERE o.is_valid AND o.paid_date > %(day)s::date - 90), 0) AS net_90,
            coalesce(sum(o.paid_fen - o.refunded_fen) FILTER (WHERE o.paid_date > %(day)s::date - 30), 0)
                AS spend_30
        FROM members_order o
        WHERE o.tenant_id = %(tenant)s AND o.paid_date > %(day)s::date - 365 AND o.paid_date <= %(day)s
          AND o.cancelled_at IS NULL AND o.paid_fen > 0 {bought_mine}
        GROUP BY o.member_id
    )
"""
# Whole numbers all the way: a score is rounded once, half up.
_WANT = """
    SELECT f.*,
        CASE WHEN f.last IS NULL AND (f.first <= %(day)s OR f.registered_at < %(start)s) THEN 'churned'
             WHEN %(day)s::date - f.last >= {dormant} THEN 'dormant'
             WHEN f.orders_365 >= {loyal} AND f.orders_90 > 0 AND (f.referrals > 0 OR f.ugc >= {ugc}) THEN 'advocate'
             WHEN f.orders_365 >= {loyal} AND f.orders_90 > 0 THEN 'loyal'
             WHEN f.orders_365 >= {mature} THEN 'mature' WHEN f.orders_365 >= {growing} THEN 'growing'
             WHEN f.orders_365 > 0 THEN 'new' ELSE 'lead' END AS stage,
        div(2 * (%(w0)s::numeric * least(f.net_90, %(c0)s) * %(c1)s * %(c2)s
               + %(w1)s::numeric * least(f.interactions, %(c1)s) * %(c0)s * %(c2)s
               + %(w2)s::numeric * least(f.social, %(c2)s) * %(c0)s * %(c1)s)
            + %(c0)s::numeric * %(c1)s * %(c2)s, 2 * %(c0)s::numeric * %(c1)s * %(c2)s)::int AS score,
        (({full} * least(f.net_90, %(c0)s) + %(c0)s) / (2 * %(c0)s))::int AS score_spend,
        (({full} * least(f.interactions, %(c1)s) + %(c1)s) / (2 * %(c1)s))::int AS score_interaction,
        (({full} * least(f.social, %(c2)s) + %(c2)s) / (2 * %(c2)s))::int AS score_social
    FROM (
        SELECT p.member_id, p.stage AS before, p.stage_since, m.registered_at, d.last,
            least(p.first_active_date, d.first, (m.wecom_added_at AT TIME ZONE %(zone)s)::date) AS first,
            greatest(p.last_active_date, d.last) AS newest,
            coalesce(d.week, 0)::int AS week, coalesce(u.seconds, 0)::bigint AS seconds,
            coalesce(u.uses, 0)::int AS uses, coalesce(u.interactions, 0)::int AS interactions,
            coalesce(a.social, 0)::int AS social, coalesce(a.ugc, 0)::int AS ugc,
            coalesce(a.referrals, 0)::int AS referrals, coalesce(b.orders_365, 0)::int AS orders_365,
            coalesce(b.orders_90, 0)::int AS orders_90, coalesce(b.net_365, 0)::bigint AS net_365,
            coalesce(b.net_90, 0)::bigint AS net_90, coalesce(b.spend_30, 0)::bigint AS spend_30
        FROM members_memberpulse p
        JOIN members_member m ON m.tenant_id = %(tenant)s AND m.id = p.member_id
        LEFT JOIN days d ON d.member_id = p.member_id
        LEFT JOIN uses u ON u.member_id = p.member_id
        LEFT JOIN acts a ON a.member_id = p.member_id
        LEFT JOIN bought b ON b.member_id = p.member_id
        WHERE p.tenant_id = %(tenant)s {pulse_mine}
    ) f
"""
_STAGE = """
    CREATE TEMPORARY TABLE pulse_stage ON COMMIT DROP AS
    WITH {figures}, want AS ({want})
    SELECT w.* FROM want w
    JOIN members_memberpulse p ON p.tenant_id = %(tenant)s AND p.member_id = w.member_id
    WHERE p.stage_since IS NULL
       OR (p.stage, p.first_active_date, p.last_active_date, p.active_days_7, p.visit_seconds_7, p.app_uses_7,
           p.interactions_90, p.social_90, p.ugc_180, p.referrals_180, p.orders_365, p.orders_90,
           p.net_365_fen, p.net_90_fen, p.spend_30_fen, p.score, p.score_spend, p.score_interaction,
           p.score_social)
        IS DISTINCT FROM
          (w.stage::varchar, w.first, w.newest, w.week, w.seconds, w.uses, w.interactions, w.social, w.ugc,
           w.referrals, w.orders_365, w.orders_90, w.net_365, w.net_90, w.spend_30, w.score, w.score_spend,
           w.score_interaction, w.score_social)
"""
_WRITE = """
    UPDATE members_memberpulse p SET
        stage = w.stage,
        stage_since = CASE WHEN p.stage = w.stage AND p.stage_since IS NOT NULL THEN p.stage_since
                           ELSE %(day)s END,
        first_active_date = w.first, last_active_date = w.newest, active_days_7 = w.week,
        visit_seconds_7 = w.seconds, app_uses_7 = w.uses, interactions_90 = w.interactions,
        social_90 = w.social, ugc_180 = w.ugc, referrals_180 = w.referrals, orders_365 = w.orders_365,
        orders_90 = w.orders_90, net_365_fen = w.net_365, net_90_fen = w.net_90, spend_30_fen = w.spend_30,
        score = w.score, score_spend = w.score_spend, score_interaction = w.score_interaction,
        score_social = w.score_social, score_points = w.score / 100, updated_at = %(now)s
    FROM pulse_stage w WHERE p.tenant_id = %(tenant)s AND p.member_id = w.member_id
"""
# A night that is run again corrects what it had said; what it takes back entirely was no move.
_MOVES = """
    INSERT INTO members_stagemove (tenant_id, created_at, updated_at, member_id, as_of, before, after)
    SELECT %(tenant)s, %(now)s, %(now)s, member_id, %(day)s,
        CASE WHEN stage_since IS NULL THEN '' ELSE before END, stage
    FROM pulse_stage WHERE stage_since IS NULL OR before <> stage
    ON CONFLICT (tenant_id, member_id, as_of) DO UPDATE SET after = excluded.after, updated_at = excluded.updated_at
"""
_NO_MOVES = """
    DELETE FROM members_stagemove
    WHERE tenant_id = %(tenant)s AND as_of = %(day)s AND before = after {mine}
"""
# A stage that was taken back holds since it came, not since tonight.
_SINCE = """
    UPDATE members_memberpulse p SET stage_since = x.as_of
    FROM pulse_stage w, LATERAL (
        SELECT s.as_of FROM members_stagemove s
        WHERE s.tenant_id = %(tenant)s AND s.member_id = w.member_id ORDER BY s.as_of DESC LIMIT 1) x
    WHERE p.tenant_id = %(tenant)s AND p.member_id = w.member_id AND p.stage_since <> x.as_of
"""


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What a night changed: whose rows were written, and (member, before, after) of stages that moved."""

    member_ids: list[int]
    moves: list[tuple[int, str, str]]


def pulses_missing(member_ids: Collection[int] | None) -> list[int]:
    """Members without a row, among these or all."""
    values = {**ever_values(member_ids or ()), "gone": list(GONE)}
    sql = _MISSING.format(mine=_mine("m.id", member_ids))
    return [row[0] for row in _rows(sql, values)]


def pulses_insert(member_ids: Collection[int]) -> None:
    """Rows for these members, with their first and last active day."""
    values = {**ever_values(member_ids), "now": clock.now()}
    _run(_MAKE.format(days=days_sql(is_narrowed=True)), values)


def pulses_touch(member_ids: Collection[int]) -> None:
    """Bring the first and last active day of these members to their facts."""
    values = {**ever_values(member_ids), "now": clock.now()}
    _run(_HOLD, values)
    _run(_TOUCH.format(days=days_sql(is_narrowed=True)), values)


def pulses_settle(
    day: date, terms: ScoreTerms, *, member_ids: Collection[int] | None = None
) -> Settled:
    """Figures, score and stage as of that day, for these members or all; only differences are written."""
    is_narrowed = member_ids is not None
    values: dict[str, Any] = {
        **days_values(day, WINDOW, member_ids=member_ids),
        "interactions": names_counting("interaction"),
        "now": clock.now(),
        **{f"w{place}": weight for place, weight in enumerate(terms.weights)},
        **{f"c{place}": cap for place, cap in enumerate(terms.caps)},
    }
    acts = acts_sql(is_narrowed=is_narrowed)
    # Acts are looked back at for 180 days, activity for 30.
    for name in ("after", "start"):
        acts = acts.replace(f"%({name})s", f"%(acts_{name})s")
    longer = days_values(day, 180)
    values |= {"acts_after": longer["after"], "acts_start": longer["start"]}
    figures = _FIGURES.format(
        days=days_sql(is_narrowed=is_narrowed),
        acts=acts,
        uses_mine=_mine("a.member_id", member_ids),
        bought_mine=_mine("o.member_id", member_ids),
    )
    want = _WANT.format(
        dormant=DORMANT_FROM,
        loyal=LOYAL_ORDERS,
        mature=MATURE_ORDERS,
        growing=GROWING_ORDERS,
        ugc=ADVOCATE_UGC,
        full=20_000,
        pulse_mine=_mine("p.member_id", member_ids),
    )
    if member_ids is not None:
        _run(_HOLD, values)
    _run("DROP TABLE IF EXISTS pulse_stage", values)
    _run(_STAGE.format(figures=figures, want=want), values)
    _run(_WRITE, values)
    written = [row[0] for row in _rows("SELECT member_id FROM pulse_stage", values)]
    moves = _rows(
        "SELECT member_id, before, stage FROM pulse_stage"
        " WHERE stage_since IS NOT NULL AND before <> stage ORDER BY member_id",
        values,
    )
    _run(_MOVES, values)
    if _run(_NO_MOVES.format(mine=_mine("member_id", member_ids)), values):
        _run(_SINCE, values)
    return Settled(member_ids=written, moves=[(row[0], row[1], row[2]) for row in moves])


def _mine(column: str, member_ids: Collection[int] | None) -> str:
    return "" if member_ids is None else f"AND {column} = ANY(%(members)s)"


def _run(sql: str, values: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def _rows(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
