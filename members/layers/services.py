"""Settle the channel layer of members: the highest of all channels, written where it differs (M-13)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import connection, transaction

from members.layers.sources import LAYER_SOURCES
from members.people.selectors import living_ids
from members.segments.dirty import mark_dirty
from scrm.core import clock
from scrm.tenants.context import require_tenant_id

DIRTY = "layer"
_WANTED = """
    SELECT m.id AS member_id, max(s.layer)::smallint AS layer
      FROM ({sources}) AS s(member_id, layer)
      JOIN members_member m ON m.tenant_id = %(tenant)s AND m.id = s.member_id
       AND m.status NOT IN ('merged', 'erased')
     WHERE %(all)s OR s.member_id = ANY(%(members)s)
     GROUP BY m.id
"""
_PUT = """
    INSERT INTO members_channellayer AS c (tenant_id, member_id, layer, since, created_at, updated_at)
    SELECT %(tenant)s, w.member_id, w.layer, %(now)s, %(now)s, %(now)s FROM ({wanted}) w
    ON CONFLICT (tenant_id, member_id) DO UPDATE
       SET layer = excluded.layer, since = excluded.since, updated_at = excluded.updated_at
     WHERE c.layer <> excluded.layer
    RETURNING c.member_id
"""
_TAKE = """
    DELETE FROM members_channellayer c
     WHERE c.tenant_id = %(tenant)s AND (%(all)s OR c.member_id = ANY(%(members)s))
       AND NOT EXISTS (SELECT 1 FROM ({wanted}) w WHERE w.member_id = c.member_id)
    RETURNING c.member_id
"""


@transaction.atomic
def layers_refresh(member_ids: Collection[int] | None = None) -> list[int]:
    """Bring the layer of these members, or of everybody, to what their channels say; who moved."""
    ids: list[int] = []
    if member_ids is not None:
        held = living_ids(member_ids, lock=True)
        ids = sorted({*held, *held.values()})
    sources = " UNION ALL ".join(
        f"SELECT k.member_id, {source.layer} FROM ({source.sql}) AS k(member_id)"  # noqa: S608 - our own text
        for source in LAYER_SOURCES.values()
    )
    wanted = _WANTED.format(sources=sources)
    values: dict[str, Any] = {
        "tenant": require_tenant_id(),
        "all": member_ids is None,
        "members": ids,
        "now": clock.now(),
    }
    moved: list[int] = []
    with connection.cursor() as cursor:
        for sql in (_TAKE, _PUT):
            cursor.execute(sql.format(wanted=wanted), values)
            moved += [row[0] for row in cursor.fetchall()]
    if moved:
        mark_dirty(moved, DIRTY)
    return moved


def layers_night(_as_of: date) -> dict[str, int]:
    """Everybody, at night."""
    return {"moved": len(layers_refresh())}
