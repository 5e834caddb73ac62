"""Who should go from one pool to another: statements over facts; and the moves in few of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from members.activity.names import NAMES
from members.lifecycle.models import Pool
from members.pools.models import PoolMove
from members.pools.rules import ORDER_PAID, WECOM_ADDED, CoreAction
from members.rows import Col, rows_insert
from scrm.core import clock
from scrm.core.ids import public_id
from scrm.tenants.context import require_tenant_id

# Whoever may be moved on by a rule from this pool: not held back by hand, not turned down by a screening.
_FREE = """
    SELECT p.member_id FROM members_memberpulse p
    WHERE p.tenant_id = %(tenant)s AND p.pool = %(pool)s AND NOT p.is_held {mine}
      AND NOT EXISTS (SELECT 1 FROM members_screening s WHERE s.tenant_id = %(tenant)s
          AND s.member_id = p.member_id AND s.verdict IN ('hold', 'reject'))
"""
_ACTED = {
    ORDER_PAID: """
        SELECT o.member_id FROM members_order o
        WHERE o.tenant_id = %(tenant)s AND o.is_valid AND o.net_fen >= %(least_{n})s
          AND o.member_id IN (SELECT member_id FROM free)
        GROUP BY o.member_id HAVING count(*) >= %(times_{n})s
    """,
    WECOM_ADDED: """
        SELECT m.id FROM members_member m
        WHERE m.tenant_id = %(tenant)s AND m.wecom_added_at IS NOT NULL
          AND m.id IN (SELECT member_id FROM free)
    """,
}
_DID = """
    SELECT a.member_id FROM members_activity a
    WHERE a.tenant_id = %(tenant)s AND a.name = %(event_{n})s
      AND a.member_id IN (SELECT member_id FROM free)
    GROUP BY a.member_id HAVING count(*) >= %(times_{n})s
"""
_WORTH = "AND p.score_points >= %(least)s"
_TRUE = """(p.stage IN ('loyal', 'advocate') AND p.score_points >= %(least)s
            AND p.ugc_180 + p.referrals_180 > 0)"""
_MOVE = """
    WITH held AS (
        SELECT member_id, pool FROM members_memberpulse
        WHERE tenant_id = %(tenant)s AND member_id = ANY(%(members)s) AND pool = ANY(%(pools)s)
        ORDER BY member_id FOR NO KEY UPDATE
    )
    UPDATE members_memberpulse p SET pool = %(after)s, pool_since = %(at)s, updated_at = %(now)s,
        is_held = CASE WHEN %(by_hand)s THEN array_position(%(order)s, h.pool::text)
                                           > array_position(%(order)s, %(after)s) ELSE p.is_held END
    FROM held h
    WHERE p.tenant_id = %(tenant)s AND p.member_id = h.member_id
    RETURNING p.member_id, h.pool
"""
_COLUMNS = (
    Col("public_id", "text"),
    Col("member_id", "bigint"),
    Col("before", "text"),
    Col("after", "text"),
    Col("at", "timestamptz"),
    Col("cause", "text"),
    Col("reason", "text"),
    Col("actor", "text"),
)


def acted_ids(
    actions: Sequence[CoreAction], member_ids: Collection[int] | None = None
) -> list[int]:
    """Members of the public who did a core action, among these or all."""
    if not actions:
        return []
    parts, values = [], _values("public", member_ids)
    for place, action in enumerate(actions):
        sql = _ACTED.get(action.event, _DID if action.event in NAMES else "")
        if sql:
            parts.append(sql.format(n=place))
        values |= {
            f"event_{place}": action.event,
            f"times_{place}": action.times,
            f"least_{place}": action.least_fen,
        }
    sql = f"WITH free AS MATERIALIZED ({_free(member_ids)}) {' UNION '.join(parts)} ORDER BY 1"
    return _ids(sql, values)


def worthy_ids(least: int) -> list[int]:
    """Members of the territory whose contribution has so many points."""
    return _ids(f"{_free(None)} {_WORTH}", {**_values("territory", None), "least": least})


def true_ids(least: int) -> list[int]:
    """Core fans who are true fans by now (M-19)."""
    return _ids(f"{_free(None)} AND {_TRUE}", {**_values("core", None), "least": least})


def untrue_ids(least: int) -> list[int]:
    """True fans who are none any more."""
    sql = f"""
        SELECT p.member_id FROM members_memberpulse p
        WHERE p.tenant_id = %(tenant)s AND p.pool = 'true_fan' AND NOT {_TRUE}
    """  # noqa: S608 - our own text
    return _ids(sql, {"tenant": require_tenant_id(), "least": least})


def members_move(
    member_ids: Collection[int],
    *,
    before: Collection[str],
    after: str,
    at: datetime,
    by_hand: bool,
) -> list[tuple[int, str]]:
    """Move those of these members who are in one of the pools; (member, pool before) of each."""
    values: dict[str, Any] = {
        "tenant": require_tenant_id(),
        "members": sorted(set(member_ids)),
        "pools": [pool for pool in before if pool != after],
        "after": after,
        "at": at,
        "now": clock.now(),
        "by_hand": by_hand,
        "order": list(Pool.values),
    }
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, values)
        return sorted((row[0], row[1]) for row in cursor.fetchall())


def moves_write(
    moved: Sequence[tuple[int, str]],
    *,
    after: str,
    at: datetime,
    cause: str,
    reason: str = "",
    actor: str = "",
) -> None:
    """Keep who went where and why."""
    rows_insert(
        PoolMove,
        _COLUMNS,
        [
            (public_id("plm"), member_id, before, after, at, cause, reason[:200], actor[:80])
            for member_id, before in moved
        ],
    )


def _free(member_ids: Collection[int] | None) -> str:
    return _FREE.format(mine="" if member_ids is None else "AND p.member_id = ANY(%(members)s)")


def _values(pool: str, member_ids: Collection[int] | None) -> dict[str, Any]:
    return {
        "tenant": require_tenant_id(),
        "pool": pool,
        "members": sorted(set(member_ids or ())),
    }


def _ids(sql: str, values: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return sorted(row[0] for row in cursor.fetchall())
