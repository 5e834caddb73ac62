"""Write many rows in one statement each; the rows are locked by their accounts already."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from members.people.selectors import LIVING
from members.segments.dirty import mark_dirty
from points.lots.models import Lot, PointsAccount, Spend
from points.lots.rules import Standing
from scrm.tenants.context import require_tenant_id

_LOTS = """
    UPDATE points_lot AS l
       SET issued_at = c.issued_at, available_at = c.available_at, expires_at = c.expires_at, qty = c.qty,
           remaining = c.remaining, held = c.held, state = c.state, facts = c.facts::jsonb,
           flows = c.flows::jsonb, version = c.version, updated_at = clock_timestamp()
      FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::bigint[],
                  %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::int[])
        AS c(id, issued_at, available_at, expires_at, qty, remaining, held, state, facts, flows, version)
     WHERE l.tenant_id = %s AND l.id = c.id
"""
_NEW_LOTS = """
    INSERT INTO points_lot (tenant_id, member_id, door, source_type, source_id, order_id, issued_at, available_at,
                            expires_at, qty, remaining, held, state, facts, flows, version, created_at, updated_at)
    SELECT %s, c.member_id, c.door, c.source_type, c.source_id, c.order_id, c.issued_at, c.available_at,
           c.expires_at, c.qty, c.remaining, c.held, c.state, c.facts::jsonb, c.flows::jsonb, c.version,
           clock_timestamp(), clock_timestamp()
      FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[],
                  %s::timestamptz[], %s::timestamptz[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[],
                  %s::text[], %s::text[], %s::int[])
        AS c(member_id, door, source_type, source_id, order_id, issued_at, available_at, expires_at, qty,
             remaining, held, state, facts, flows, version)
    RETURNING id, member_id, source_type, source_id
"""
_SPENDS = """
    UPDATE points_spend AS s
       SET flows = c.flows::jsonb, version = c.version, updated_at = clock_timestamp()
      FROM unnest(%s::bigint[], %s::text[], %s::int[]) AS c(id, flows, version)
     WHERE s.tenant_id = %s AND s.id = c.id
"""
# A balance that somebody wrote while this was counted is newer than the count: it stays as it is.
_EXPIRING = f"""
    WITH RECURSIVE {LIVING}, soon AS (
        SELECT coalesce(g.living, l.member_id) AS member_id, sum(l.remaining)::bigint AS points
          FROM points_lot l LEFT JOIN living g ON g.id = l.member_id
         WHERE l.tenant_id = %(tenant)s AND l.state = 'available' AND l.remaining > 0
           AND l.expires_at <= %(until)s
         GROUP BY 1
    )
    UPDATE points_pointsaccount AS a SET expiring_30d = c.points, updated_at = clock_timestamp()
      FROM (SELECT a.id, a.updated_at AS seen, a.expiring_30d AS was, coalesce(s.points, 0) AS points
              FROM points_pointsaccount a LEFT JOIN soon s ON s.member_id = a.member_id
             WHERE a.tenant_id = %(tenant)s AND (a.expiring_30d > 0 OR s.points > 0)) AS c
     WHERE a.tenant_id = %(tenant)s AND a.id = c.id AND a.expiring_30d <> c.points AND a.updated_at = c.seen
    RETURNING a.member_id, c.points, c.was
"""  # noqa: S608 - our text
_ACCOUNTS = """
    UPDATE points_pointsaccount AS a
       SET available = c.available, pending = c.pending, held = c.held, debt = c.debt,
           expiring_30d = c.expiring_30d, next_due_at = c.next_due_at, settled_at = %s,
           updated_at = clock_timestamp()
      FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
                  %s::timestamptz[])
        AS c(id, available, pending, held, debt, expiring_30d, next_due_at)
     WHERE a.tenant_id = %s AND a.id = c.id
"""


class Expiring(NamedTuple):
    """A member's points that lapse soon, tonight and as last counted."""

    member_id: int
    points: int
    was: int


def lots_write(lots: Sequence[Lot]) -> None:
    """Insert what has no key yet, update the rest."""
    fresh = [lot for lot in lots if lot.pk is None]
    known = [lot for lot in lots if lot.pk is not None]
    if fresh:
        _lots_insert(fresh)
    if not known:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _LOTS,
            [
                [lot.pk for lot in known],
                [lot.issued_at for lot in known],
                [lot.available_at for lot in known],
                [lot.expires_at for lot in known],
                [lot.qty for lot in known],
                [lot.remaining for lot in known],
                [lot.held for lot in known],
                [str(lot.state) for lot in known],
                [json.dumps(lot.facts) for lot in known],
                [json.dumps(lot.flows) for lot in known],
                [lot.version for lot in known],
                require_tenant_id(),
            ],
        )


def _lots_insert(lots: Sequence[Lot]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _NEW_LOTS,
            [
                require_tenant_id(),
                [lot.member_id for lot in lots],
                [lot.door for lot in lots],
                [lot.source_type for lot in lots],
                [lot.source_id for lot in lots],
                [lot.order_id for lot in lots],
                [lot.issued_at for lot in lots],
                [lot.available_at for lot in lots],
                [lot.expires_at for lot in lots],
                [lot.qty for lot in lots],
                [lot.remaining for lot in lots],
                [lot.held for lot in lots],
                [str(lot.state) for lot in lots],
                [json.dumps(lot.facts) for lot in lots],
                [json.dumps(lot.flows) for lot in lots],
                [lot.version for lot in lots],
            ],
        )
        keys = {tuple(row[1:]): row[0] for row in cursor.fetchall()}
    for lot in lots:
        lot.pk = keys[lot.member_id, lot.source_type, lot.source_id]
        lot.tenant_id = require_tenant_id()


def spends_write(spends: Sequence[Spend]) -> None:
    """Store the flows of spends."""
    if not spends:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _SPENDS,
            [
                [spend.pk for spend in spends],
                [json.dumps(spend.flows) for spend in spends],
                [spend.version for spend in spends],
                require_tenant_id(),
            ],
        )


def accounts_write(
    rows: Sequence[tuple[PointsAccount, Standing]], *, at: datetime, soon: datetime
) -> list[int]:
    """Store the balances that changed; returns the members they belong to. ``soon`` bounds 即将过期."""
    changed = []
    for account, standing in rows:
        told = (
            standing.available, standing.pending, standing.held, standing.debt,
            standing.lapsing_by(soon), standing.next_due_at,
        )  # fmt: skip
        if told != _balances(account):
            (
                account.available, account.pending, account.held, account.debt,
                account.expiring_30d, account.next_due_at,
            ) = told  # fmt: skip
            changed.append(account)
    if changed:
        columns = [list(column) for column in zip(*map(_balances, changed), strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(
                _ACCOUNTS, [at, [account.pk for account in changed], *columns, require_tenant_id()]
            )
        mark_dirty([account.member_id for account in changed], "points")
    return [account.member_id for account in changed]


def _balances(account: PointsAccount) -> tuple[int, int, int, int, int, datetime | None]:
    return (
        account.available, account.pending, account.held, account.debt,
        account.expiring_30d, account.next_due_at,
    )  # fmt: skip


def expiring_write(until: datetime) -> list[Expiring]:
    """Bring 即将过期 of every member to tonight, set-wise; returns who changed."""
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRING, {"until": until, "tenant": require_tenant_id()})
        changed = [Expiring(*row) for row in cursor.fetchall()]
    mark_dirty([each.member_id for each in changed], "points")
    return changed
