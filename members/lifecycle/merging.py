"""The pulse of two members in a merge: one row stays, in the nearer of the two pools."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from members.identity.participants import Effect, MergePair, Moved
from members.lifecycle.models import DIRTY, MemberPulse, Pool
from members.lifecycle.selectors import pulses_of
from members.lifecycle.services import day_shared, pulses_make, pulses_refresh
from members.segments.dirty import mark_dirty
from scrm.core import clock
from scrm.tenants.context import require_tenant_id

_TAKE = """
    DELETE FROM members_memberpulse p WHERE p.tenant_id = %(tenant)s AND p.member_id = %(member)s
    RETURNING to_jsonb(p)::text
"""
_PUT_BACK = """
    INSERT INTO members_memberpulse
    SELECT (jsonb_populate_recordset(NULL::members_memberpulse, %(rows)s::jsonb)).*
    ON CONFLICT DO NOTHING
"""


def merge_preview(source_id: int, target_id: int) -> list[Effect]:
    """Which pool the one will be in."""
    rows = pulses_of([source_id, target_id])
    if not rows:
        return []
    source, target = rows.get(source_id), rows.get(target_id)
    after = max((row.pool for row in rows.values()), key=Pool.values.index)
    return [
        Effect(
            label=_("粉丝池"),
            source=str(Pool(source.pool).label) if source is not None else "—",
            target=str(Pool(target.pool).label) if target is not None else "—",
            after=str(Pool(after).label),
        )
    ]


def merge_move(pair: MergePair, _limit: int) -> Moved | None:
    """The source's row goes into the merge; what it was nearer by, the target is from now on."""
    day_shared()
    rows = _run(_TAKE, member=pair.source_id)
    if not rows:
        return None
    row: dict[str, Any] = json.loads(rows[0][0])
    pulses_make([pair.target_id])
    mark_dirty([pair.source_id, pair.target_id], DIRTY)
    target = MemberPulse.objects.select_for_update(of=("self",)).get(member_id=pair.target_id)
    data: dict[str, Any] = {"row": row}
    if Pool.values.index(row["pool"]) > Pool.values.index(target.pool):
        data["pool"] = {
            "pool": target.pool,
            "since": target.pool_since.isoformat() if target.pool_since else None,
            "is_held": target.is_held,
            "to": row["pool"],
        }
        MemberPulse.objects.filter(pk=target.pk).update(
            pool=row["pool"], pool_since=row["pool_since"], is_held=row["is_held"]
        )
    return Moved(ids=(int(row["id"]),), data=data)


def split_restore(pair: MergePair, parts: Sequence[Moved]) -> None:
    """The source has its row again; the target is where it was, unless it has moved on since."""
    day_shared()
    mark_dirty([pair.source_id, pair.target_id], DIRTY)
    for part in parts:
        row = part.data["row"]
        if row["tenant_id"] == require_tenant_id():
            _run(_PUT_BACK, rows=json.dumps([row]))
        before = part.data.get("pool")
        if before is not None:
            MemberPulse.objects.filter(member_id=pair.target_id, pool=before["to"]).update(
                pool=before["pool"],
                pool_since=before["since"],
                is_held=before["is_held"],
                updated_at=clock.now(),
            )


def merge_settle(pair: MergePair) -> None:
    """Everything the one did counts."""
    pulses_refresh([pair.target_id])


def split_settle(pair: MergePair) -> None:
    """Both stand on their own facts."""
    pulses_refresh([pair.source_id, pair.target_id])


def _run(sql: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": require_tenant_id(), **values})
        return list(cursor.fetchall()) if cursor.description else []
