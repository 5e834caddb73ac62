"""Look along the edges, merges followed."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

from distribution.referral.models import Binding
from members.people.selectors import living_ids
from scrm.tenants.context import require_tenant_id

# An account that was merged leads to who it went into: so an edge that still waits to follow a merge counts.
_ABOVE = """
    WITH RECURSIVE above(id) AS (
        SELECT %(start)s::bigint
        UNION
        SELECT next.id FROM above a CROSS JOIN LATERAL (
            SELECT b.inviter_id AS id FROM distribution_binding b
             WHERE b.tenant_id = %(tenant)s AND b.member_id = a.id AND b.ended_at IS NULL
            UNION ALL
            SELECT m.merged_into_id FROM members_member m
             WHERE m.tenant_id = %(tenant)s AND m.id = a.id AND m.merged_into_id IS NOT NULL
        ) next
    )
    SELECT id FROM above
"""


def above(member_id: int) -> set[int]:
    """The member, who brought them, who brought those, and so on up."""
    with connection.cursor() as cursor:
        cursor.execute(_ABOVE, {"start": member_id, "tenant": require_tenant_id()})
        return {row[0] for row in cursor.fetchall()}


def inviters_of(member_ids: Collection[int]) -> dict[int, int]:
    """Living member → living inviter, of those who have one."""
    rows = Binding.objects.filter(member_id__in=list(member_ids), ended_at=None)
    found = dict(rows.values_list("member_id", "inviter_id"))
    living = living_ids(found.values()) if found else {}
    return {member_id: living[inviter_id] for member_id, inviter_id in found.items()}
