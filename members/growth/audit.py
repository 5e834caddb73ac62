"""Prove growth: entries, accounts and ledger tell the same story, and nobody stands below zero."""

from __future__ import annotations

from datetime import date

from django.db import connection

from scrm.ledger.selectors import Finding
from scrm.tenants.context import require_tenant_id


class GrowthImbalance(RuntimeError):
    """Entries, accounts and ledger disagree."""


_MEMBERS = """
    WITH told AS (
        SELECT member_id, sum(amount) AS amount FROM members_growthentry
         WHERE tenant_id = %(t)s GROUP BY member_id
    ), books AS (
        SELECT owner_id AS member_id, balance FROM ledger_account
         WHERE tenant_id = %(t)s AND unit = 'growth' AND owner_kind = 'member' AND kind = 'member_growth'
    ), accounts AS (
        SELECT member_id, lifetime FROM members_growthaccount WHERE tenant_id = %(t)s
    )
    SELECT member_id, coalesce(t.amount, 0), coalesce(b.balance, 0), coalesce(a.lifetime, 0)
      FROM told t FULL JOIN books b USING (member_id) FULL JOIN accounts a USING (member_id)
     WHERE (coalesce(t.amount, 0) <> coalesce(b.balance, 0)
        OR coalesce(t.amount, 0) <> coalesce(a.lifetime, 0) OR coalesce(t.amount, 0) < 0)
       AND NOT EXISTS (  -- rows of a merge under way follow their balance in chunks
           SELECT 1 FROM members_membermerge m
            WHERE m.tenant_id = %(t)s AND m.state IN ('moving', 'reverting')
              AND (m.source_id = member_id OR m.target_id = member_id))
     ORDER BY 1 LIMIT 100
"""
_ORDERS = """
    SELECT source_id, sum(amount) FROM members_growthentry
     WHERE tenant_id = %(t)s AND source_type = 'order'
     GROUP BY source_id HAVING sum(amount) < 0 ORDER BY 1 LIMIT 100
"""


def growth_audit() -> list[Finding]:
    """Recompute what growth should be; an empty list proves it."""
    tenant = {"t": require_tenant_id()}
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS, tenant)
        findings = [
            Finding(
                invariant="I-2",
                object_id=f"member {key}",
                detail=f"entries {told}, ledger {balance}, account {lifetime}",
            )
            for key, told, balance, lifetime in cursor.fetchall()
        ]
        cursor.execute(_ORDERS, tenant)
        findings += [
            Finding(invariant="I-4", object_id=f"order {key}", detail=f"growth {amount}")
            for key, amount in cursor.fetchall()
        ]
    return findings


def audit_run(_as_of: date) -> dict[str, int]:
    """Raise if growth does not add up; see docs/runbooks/ledger-imbalance.md."""
    findings = growth_audit()
    if findings:
        raise GrowthImbalance(
            "; ".join(f"{f.invariant} {f.object_id}: {f.detail}" for f in findings[:5])
        )
    return {"findings": 0}
