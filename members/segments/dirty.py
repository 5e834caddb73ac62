"""What has changed about whom since the sets of segments were built. See docs/adr/0021-sets.md.

Whoever writes a figure that a segment field reads says so in the same transaction, with the word the field
carries as ``dirty``. A set knows the snapshot it was built in; marks of transactions that snapshot did not see
are asked of SQL when the set is used. So a set can be old, and never wrong.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

from scrm.tenants.context import require_tenant_id

# Columns of the member itself, merges and erasures. Every set listens to it.
PERSON = "person"
# Above this it is cheaper to build the sets of the group again.
MOST_MARKED = 5_000
_MARK = """
    INSERT INTO members_setdirty (tenant_id, grp, xid, member_ids, created_at, updated_at)
    VALUES (%s, %s, pg_current_xact_id()::text::bigint, %s, statement_timestamp(), statement_timestamp())
"""


def mark_dirty(member_ids: Collection[int], group: str) -> None:
    """Figures of the group have changed, or will before this transaction ends, for these members."""
    if not member_ids:
        return
    if len(member_ids) > MOST_MARKED:
        sets_drop(group)
        return
    _mark(sorted(set(member_ids)), group)


def sets_drop(group: str) -> None:
    """Figures of the group have changed for anybody: its sets serve nobody until they are built again."""
    _mark([], group)


def _mark(member_ids: list[int], group: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [require_tenant_id(), group, member_ids])
