"""Prove the points: balances, lots and ledger tell the same story (I-2, I-3, I-4)."""

from __future__ import annotations

from datetime import date

from django.db import connection

from members.people.selectors import LIVING
from scrm.ledger.selectors import Finding
from scrm.tenants.context import require_tenant_id


class PointsImbalance(RuntimeError):
    """Lots, balances and ledger disagree."""


# A lot's amounts from its flows: what came in, less what went out.
_LOTS = """
    SELECT id, qty, remaining, held, state, flows FROM (
        SELECT l.*, coalesce((flows->>'earn')::bigint, 0) + coalesce((flows->>'grant')::bigint, 0)
                    + coalesce((flows->>'adjust')::bigint, 0) AS came,
               coalesce((flows->>'cut_pending')::bigint, 0) + coalesce((flows->>'cut')::bigint, 0)
                    + coalesce((flows->>'pay')::bigint, 0) + coalesce((flows->>'expire')::bigint, 0)
                    + coalesce((flows->>'hold')::bigint, 0) AS went,
               coalesce((flows->>'hold')::bigint, 0) - coalesce((flows->>'capture')::bigint, 0)
                    - coalesce((flows->>'deduct')::bigint, 0) AS kept
          FROM points_lot l WHERE tenant_id = %(tenant)s
    ) x
     WHERE came <> qty OR remaining <> came - went OR held <> kept
        OR remaining < 0 OR held < 0 OR remaining + held > qty
     ORDER BY id LIMIT 100
"""
# Lots and spends of a merged account count for who it went into; its own balances are nothing.
_MEMBERS = f"""
    WITH RECURSIVE {LIVING}, lots AS (
        SELECT coalesce(g.living, l.member_id) AS member_id,
               sum(l.remaining) FILTER (WHERE l.state = 'pending') AS pending,
               sum(l.remaining) FILTER (WHERE l.state <> 'pending') AS available,
               sum(l.held) AS held
          FROM points_lot l LEFT JOIN living g ON g.id = l.member_id
         WHERE l.tenant_id = %(tenant)s GROUP BY 1
    ), short AS (
        SELECT coalesce(g.living, s.member_id) AS member_id,
               sum(coalesce((flows->>'hold_debt')::bigint, 0)
                              - coalesce((flows->>'capture')::bigint, 0)
                              - coalesce((flows->>'deduct')::bigint, 0)) AS held
          FROM points_spend s LEFT JOIN living g ON g.id = s.member_id
         WHERE s.tenant_id = %(tenant)s AND s.flows ? 'hold_debt' GROUP BY 1
    ), books AS (
        SELECT owner_id AS member_id,
               sum(balance) FILTER (WHERE kind = 'member_pending') AS pending,
               sum(balance) FILTER (WHERE kind = 'member_available') AS available,
               sum(balance) FILTER (WHERE kind = 'member_held') AS held,
               -sum(balance) FILTER (WHERE kind = 'member_debt') AS debt
          FROM ledger_account WHERE tenant_id = %(tenant)s AND unit = 'points' AND owner_kind = 'member'
         GROUP BY owner_id
    )
    SELECT coalesce(a.member_id, b.member_id, l.member_id) AS member,
           (a.available, a.pending, a.held, a.debt)::text,
           (b.available, b.pending, b.held, b.debt)::text, (l.available, l.pending, l.held)::text
      FROM (SELECT * FROM points_pointsaccount WHERE tenant_id = %(tenant)s) a
      FULL JOIN books b ON b.member_id = a.member_id
      FULL JOIN lots l ON l.member_id = coalesce(a.member_id, b.member_id)
      LEFT JOIN short s ON s.member_id = a.member_id
     WHERE coalesce(a.available, 0) <> coalesce(b.available, 0)
        OR coalesce(a.pending, 0) <> coalesce(b.pending, 0)
        OR coalesce(a.held, 0) <> coalesce(b.held, 0)
        OR coalesce(a.debt, 0) <> coalesce(b.debt, 0)
        OR coalesce(a.available, 0) <> coalesce(l.available, 0)
        OR coalesce(a.pending, 0) <> coalesce(l.pending, 0)
        OR coalesce(a.held, 0) <> coalesce(l.held, 0) + coalesce(s.held, 0)
     ORDER BY 1 LIMIT 100
"""  # noqa: S608 - our text
_SIGNS = """
    SELECT member_id, (available, pending, held, debt)::text FROM points_pointsaccount
     WHERE tenant_id = %(tenant)s
       AND (least(available, pending, held, debt) < 0 OR (available > 0 AND debt > 0))
     ORDER BY 1 LIMIT 100
"""


def points_audit() -> list[Finding]:
    """Recompute what the balances and lots should be; an empty list proves them."""
    tenant = {"tenant": require_tenant_id()}
    findings: list[Finding] = []
    with connection.cursor() as cursor:
        cursor.execute(_LOTS, tenant)
        findings += [
            Finding(
                invariant="I-4",
                object_id=f"lot {row[0]}",
                detail=f"amounts {row[1:5]}, flows {row[5]}",
            )
            for row in cursor.fetchall()
        ]
        cursor.execute(_MEMBERS, tenant)
        findings += [
            Finding(
                invariant="I-2",
                object_id=f"member {key}",
                detail=f"balances {kept}, ledger {told}, lots {lots}",
            )
            for key, kept, told, lots in cursor.fetchall()
        ]
        cursor.execute(_SIGNS, tenant)
        findings += [
            Finding(invariant="I-3", object_id=f"member {key}", detail=f"balances {kept}")
            for key, kept in cursor.fetchall()
        ]
    return findings


def audit_run(_as_of: date) -> dict[str, int]:
    """Raise if any invariant is broken; see docs/runbooks/ledger-imbalance.md."""
    findings = points_audit()
    if findings:
        raise PointsImbalance(
            "; ".join(f"{f.invariant} {f.object_id}: {f.detail}" for f in findings[:5])
        )
    return {"findings": 0}
