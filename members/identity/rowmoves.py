"""The usual way of taking part in a merge: a table's rows change their member, in one statement a chunk."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.functional import Promise

from members.identity.participants import Effect, MergePair, MergeParticipant, Moved
from scrm.tenants.context import require_tenant_id
from scrm.tenants.models import TenantModel


def _no_settling(_pair: MergePair) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class RowsPreview:
    """How many rows each of the two has; many of these are asked in one question."""

    label: str | Promise
    rows: Rows

    def __call__(self, source_id: int, target_id: int) -> list[Effect]:
        return rows_effects([self], source_id, target_id)


def rows_effects(previews: Sequence[RowsPreview], source_id: int, target_id: int) -> list[Effect]:
    """A line for each, in their order."""
    if not previews:
        return []
    sql = " UNION ALL ".join(
        f"SELECT {place}, {each.rows.counting}" for place, each in enumerate(previews)
    )
    values = {"tenant": require_tenant_id(), "own": source_id, "holder": target_id}
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found = sorted(cursor.fetchall())
    return [
        Effect(
            label=previews[place].label,
            source=str(ours),
            target=str(theirs),
            after=str(ours + theirs - twins),
        )
        for place, ours, theirs, twins in found
    ]


class Rows:
    """Rows of one table that belong to a member.

    ``twins`` are the columns that may stand once per member: a row of the source whose twin the target has
    already is taken out and kept with the merge, or stays where it is with ``leave_twins``. ``via`` is a
    column with the identifier that decided whose row it is: rows that came after the merge by one of the
    source's identifiers go back with it in a split.
    """

    def __init__(
        self,
        model: type[TenantModel],
        *,
        twins: Sequence[str] = (),
        leave_twins: bool = False,
        via: str = "",
    ) -> None:
        self.label = model._meta.label_lower  # noqa: SLF001 - Django's own public door to it
        self._table = f'"{model._meta.db_table}"'  # noqa: SLF001
        same = " AND ".join(f'k."{name}" = t."{name}"' for name in twins)
        self._twin = (
            f"EXISTS (SELECT 1 FROM {self._table} k WHERE k.tenant_id = %(tenant)s"  # noqa: S608
            f" AND k.member_id = %(holder)s AND {same})"
            if twins
            else ""
        )
        self._leaves = leave_twins
        self._via = via

    def preview(self, label: str | Promise) -> RowsPreview:
        """A line with the counts."""
        return RowsPreview(label=label, rows=self)

    @property
    def counting(self) -> str:
        """What the source has, the target has, and how many of the source's have a twin there."""
        rows = f"FROM {self._table} t WHERE t.tenant_id = %(tenant)s AND t.member_id"
        twins = f"(SELECT count(*) {rows} = %(own)s AND {self._twin})" if self._twin else "0"
        return f"(SELECT count(*) {rows} = %(own)s), (SELECT count(*) {rows} = %(holder)s), {twins}"

    def move(self, pair: MergePair, limit: int) -> Moved | None:
        """Take at most so many rows over; None when the source has none left."""
        values: dict[str, Any] = {"own": pair.source_id, "holder": pair.target_id, "limit": limit}
        stays = f" AND NOT {self._twin}" if self._twin and self._leaves else ""
        sql = (
            f"SELECT t.id FROM {self._table} t WHERE t.tenant_id = %(tenant)s"  # noqa: S608
            f" AND t.member_id = %(own)s{stays} ORDER BY t.id LIMIT %(limit)s"
        )
        values["ids"] = [row[0] for row in self._run(sql, **values)]
        if not values["ids"]:
            return None
        dropped = []
        if self._twin and not self._leaves:
            sql = (
                f"DELETE FROM {self._table} t WHERE t.tenant_id = %(tenant)s AND t.id = ANY(%(ids)s)"  # noqa: S608
                f" AND t.member_id = %(own)s AND {self._twin} RETURNING to_jsonb(t)::text"
            )
            dropped = [json.loads(row[0]) for row in self._run(sql, **values)]
        sql = (
            f"UPDATE {self._table} SET member_id = %(holder)s WHERE tenant_id = %(tenant)s"  # noqa: S608
            " AND id = ANY(%(ids)s) AND member_id = %(own)s RETURNING id"
        )
        moved = tuple(sorted(row[0] for row in self._run(sql, **values)))
        return Moved(ids=moved, data={"dropped": dropped} if dropped else {})

    def restore(self, pair: MergePair, parts: Sequence[Moved]) -> None:
        """Take the rows back that the target still has, and put back what had been taken out."""
        values: dict[str, Any] = {"own": pair.target_id, "holder": pair.source_id}
        free = f" AND NOT {self._twin}" if self._twin else ""
        for part in parts:
            sql = (
                f"UPDATE {self._table} t SET member_id = %(holder)s WHERE t.tenant_id = %(tenant)s"  # noqa: S608
                f" AND t.id = ANY(%(ids)s) AND t.member_id = %(own)s{free}"
            )
            self._run(sql, ids=list(part.ids), **values)
            rows = [
                row
                for row in part.data.get("dropped", ())
                if row["tenant_id"] == require_tenant_id()
            ]
            if rows:
                sql = (
                    f"INSERT INTO {self._table} SELECT (jsonb_populate_recordset(NULL::{self._table},"
                    " %(rows)s::jsonb)).* ON CONFLICT DO NOTHING"
                )
                self._run(sql, rows=json.dumps(rows))

    def late_back(self, pair: MergePair) -> list[int]:
        """Rows since the merge that the source's own identifiers brought; they go with it. Their keys."""
        sql = (
            f"UPDATE {self._table} SET member_id = %(holder)s WHERE tenant_id = %(tenant)s"  # noqa: S608
            f" AND member_id = %(own)s AND created_at >= %(at)s AND {self._via} = ANY("
            " ARRAY(SELECT id FROM members_identity"
            " WHERE tenant_id = %(tenant)s AND member_id = %(holder)s)) RETURNING id"
        )
        found = self._run(sql, own=pair.target_id, holder=pair.source_id, at=pair.at)
        return sorted(row[0] for row in found)

    def _run(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, {"tenant": require_tenant_id(), **values})
            return cursor.fetchall() if cursor.description else []


def rows_participant(
    key: str,
    model: type[TenantModel],
    *,
    order: int,
    label: str | Promise,
    twins: Sequence[str] = (),
    leave_twins: bool = False,
    via: str = "",
    settle: Callable[[MergePair], None] = _no_settling,
    settle_split: Callable[[MergePair], None] = _no_settling,
) -> MergeParticipant:
    """A room whose rows only change their member."""
    rows = Rows(model, twins=twins, leave_twins=leave_twins, via=via)

    def apart(pair: MergePair) -> None:
        if via:
            rows.late_back(pair)
        settle_split(pair)

    return MergeParticipant(
        key=key,
        order=order,
        label=label,
        tables=(rows.label,),
        preview=rows.preview(label),
        move=rows.move,
        settle=settle,
        restore=rows.restore,
        settle_split=apart,
    )
