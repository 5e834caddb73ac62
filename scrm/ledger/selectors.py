"""Read balances; prove the books."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection

from scrm.ledger.models import Account
from scrm.tenants.context import require_tenant_id

if TYPE_CHECKING:
    from collections.abc import Iterable

_PROOF = """
    WITH moves AS (
        SELECT account, sum(change) AS total FROM (
            SELECT credit_id AS account, amount AS change FROM ledger_transfer WHERE tenant_id = %(t)s
            UNION ALL
            SELECT debit_id, -amount FROM ledger_transfer WHERE tenant_id = %(t)s
        ) x GROUP BY account
    )
    SELECT a.id, a.balance, coalesce(m.total, 0)
      FROM ledger_account a LEFT JOIN moves m ON m.account = a.id
     WHERE a.tenant_id = %(t)s AND a.balance IS NOT NULL AND a.balance <> coalesce(m.total, 0)
     ORDER BY a.id LIMIT 100
"""
_MIXED = """
    SELECT t.id FROM ledger_transfer t
      JOIN ledger_account d ON d.tenant_id = t.tenant_id AND d.id = t.debit_id
      JOIN ledger_account c ON c.tenant_id = t.tenant_id AND c.id = t.credit_id
     WHERE t.tenant_id = %(t)s AND d.unit <> c.unit LIMIT 100
"""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A broken invariant of domain.md D3."""

    invariant: str
    object_id: str
    detail: str


def balances_get(
    *, unit: str, owner_kind: str, owner_ids: Iterable[int]
) -> dict[tuple[int, str], int]:
    """Balances by (owner id, kind); a missing account has none."""
    rows = Account.objects.filter(unit=unit, owner_kind=owner_kind, owner_id__in=list(owner_ids))
    return {
        (owner_id, kind): balance
        for owner_id, kind, balance in rows.values_list("owner_id", "kind", "balance")
        if balance is not None
    }


def system_balance(*, unit: str, kind: str) -> int:
    """Credits less debits of a system account, summed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(CASE WHEN t.credit_id = a.id THEN t.amount ELSE -t.amount END), 0)::bigint "
            "FROM ledger_account a JOIN ledger_transfer t ON t.tenant_id = a.tenant_id "
            "AND a.id IN (t.credit_id, t.debit_id) "
            "WHERE a.tenant_id = %s AND a.owner_kind = 'system' AND a.unit = %s AND a.kind = %s",
            [require_tenant_id(), unit, kind],
        )
        total: int = cursor.fetchone()[0]
    return total


def ledger_audit() -> list[Finding]:
    """Recompute every kept balance from the transfers (I-1, I-2); an empty list proves the books."""
    tenant = {"t": require_tenant_id()}
    with connection.cursor() as cursor:
        cursor.execute(_PROOF, tenant)
        findings = [
            Finding(
                invariant="I-2", object_id=str(key), detail=f"balance {kept}, transfers say {told}"
            )
            for key, kept, told in cursor.fetchall()
        ]
        cursor.execute(_MIXED, tenant)
        findings += [
            Finding(invariant="I-1", object_id=str(row[0]), detail="two units in one transfer")
            for row in cursor.fetchall()
        ]
    return findings
