"""The nightly identity report (M-04): how many are known by what, and what wants a look."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import connection

from members.identity.models import IdentityReport
from scrm.core import clock
from scrm.tenants.context import current_tenant, require_tenant_id

_SAMPLE = 5
# More identifiers than a person plausibly has: a shared device, a test account, a wrong merge.
_MANY = 20
_QUERIES: dict[str, str] = {
    "members": "SELECT status, count(*) FROM members_member WHERE tenant_id = %(tenant)s GROUP BY status",
    "identities": "SELECT type, count(*) FROM members_identity WHERE tenant_id = %(tenant)s GROUP BY type",
    "conflicts": "SELECT state, count(*) FROM members_identityconflict WHERE tenant_id = %(tenant)s GROUP BY state",
    "merges": (
        "SELECT cause, count(*) FROM members_membermerge WHERE tenant_id = %(tenant)s"
        " AND merged_at >= %(start)s AND merged_at < %(end)s GROUP BY cause"
    ),
    "splits": (
        "SELECT 'all', count(*) FROM members_membermerge WHERE tenant_id = %(tenant)s"
        " AND reverted_at >= %(start)s AND reverted_at < %(end)s"
    ),
}
_FINDINGS: dict[str, str] = {
    # Known people nobody could recognise again.
    "without_identity": (
        "SELECT m.public_id FROM members_member m WHERE m.tenant_id = %(tenant)s"
        " AND m.status NOT IN ('merged', 'erased') AND NOT EXISTS (SELECT 1 FROM members_identity i"
        " WHERE i.tenant_id = m.tenant_id AND i.member_id = m.id)"
    ),
    "many_identities": (
        "SELECT m.public_id FROM members_member m JOIN (SELECT member_id FROM members_identity"
        " WHERE tenant_id = %(tenant)s GROUP BY member_id HAVING count(*) > %(many)s) i"
        " ON i.member_id = m.id WHERE m.tenant_id = %(tenant)s"
    ),
    # Nothing may stay behind: orders of an account that is gone, outside a merge under way.
    "left_behind": (
        "SELECT m.public_id FROM members_member m WHERE m.tenant_id = %(tenant)s AND m.status = 'merged'"
        " AND EXISTS (SELECT 1 FROM members_order o WHERE o.tenant_id = m.tenant_id AND o.member_id = m.id)"
        " AND NOT EXISTS (SELECT 1 FROM members_membermerge g WHERE g.tenant_id = m.tenant_id"
        " AND g.source_id = m.id AND g.state = 'moving')"
    ),
}


def identity_report(as_of: date) -> dict[str, int]:
    """Count for one local day and keep it; counting the day again replaces it."""
    zone = current_tenant().timezone
    values: dict[str, Any] = {
        "tenant": require_tenant_id(),
        "start": clock.local_midnight(as_of, zone),
        "end": clock.local_midnight(as_of + timedelta(days=1), zone),
        "many": _MANY,
    }
    counts: dict[str, Any] = {}
    samples: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        for name, sql in _QUERIES.items():
            cursor.execute(sql, values)
            counts[name] = dict(cursor.fetchall())
        for name, sql in _FINDINGS.items():
            cursor.execute(f"SELECT count(*) FROM ({sql}) f", values)  # noqa: S608 - our text
            counts[name] = cursor.fetchone()[0]
            cursor.execute(f"{sql} ORDER BY m.id DESC LIMIT {_SAMPLE}", values)
            samples[name] = [row[0] for row in cursor.fetchall()]
    IdentityReport.objects.update_or_create(
        as_of=as_of, defaults={"counts": counts, "samples": samples}
    )
    return {name: counts[name] for name in _FINDINGS}
