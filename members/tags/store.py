"""Worn tags in few statements: put on, take off with history, and settle what a definition wants."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from members.rows import Col, rows_insert
from members.segments.dirty import mark_dirty
from members.tags.definitions import Wanted
from members.tags.models import MemberTag
from members.tags.rules import COMPUTED
from scrm.core import clock
from scrm.tenants.context import require_tenant_id

_WORN = (
    Col("tag_id", "bigint"),
    Col("member_id", "bigint"),
    Col("source", "text"),
    Col("at", "timestamptz"),
    Col("is_in_wecom", "boolean"),
)
# Whoever puts a computed tag on as well makes it theirs: the definition will not take it off again.
_CLAIM = """
    UPDATE members_membertag SET source = %(source)s, version = NULL, updated_at = statement_timestamp()
    WHERE tenant_id = %(tenant)s AND tag_id = ANY(%(tags)s) AND member_id = ANY(%(members)s)
      AND source = ANY(%(computed)s)
      AND EXISTS (SELECT 1 FROM members_tag g WHERE g.tenant_id = %(tenant)s
        AND g.id = members_membertag.tag_id AND g.kind = members_membertag.source)
"""
_TAKE = """
    WITH gone AS (
        DELETE FROM members_membertag
        WHERE tenant_id = %(tenant)s AND tag_id = ANY(%(tags)s)
          AND (%(everybody)s OR member_id = ANY(%(members)s))
          AND NOT (%(spared)s AND EXISTS (SELECT 1 FROM members_tag g WHERE g.tenant_id = %(tenant)s
            AND g.id = members_membertag.tag_id AND g.kind = members_membertag.source
            AND g.kind = ANY(%(computed)s)))
          AND (%(any_source)s OR source = ANY(%(sources)s))
          AND (%(put_at)s::timestamptz IS NULL OR at = %(put_at)s)
        RETURNING tag_id, member_id, source, at
    ), kept AS (
        INSERT INTO members_taggone
            (tenant_id, created_at, updated_at, tag_id, member_id, source, at, removed_at, cause)
        SELECT %(tenant)s, %(now)s, %(now)s, tag_id, member_id, source, at, %(now)s, %(cause)s FROM gone
    )
    SELECT tag_id, member_id, source, at FROM gone ORDER BY tag_id, member_id
"""
# One snapshot for all parts: who wears the tag by its definition and should not, who should and does
# not, and whose figure is another one.
_SETTLE = """
    WITH wanted AS MATERIALIZED ({wanted}),
    gone AS (
        DELETE FROM members_membertag t
        WHERE t.tenant_id = %(tenant)s AND t.tag_id = %(tag)s AND t.source = %(source)s
          AND (%(everybody)s OR t.member_id = ANY(%(members)s))
          AND NOT EXISTS (SELECT 1 FROM wanted w WHERE w.member_id = t.member_id)
        RETURNING t.member_id, t.source, t.at
    ), kept AS (
        INSERT INTO members_taggone
            (tenant_id, created_at, updated_at, tag_id, member_id, source, at, removed_at, cause)
        SELECT %(tenant)s, %(now)s, %(now)s, %(tag)s, member_id, source, at, %(now)s, %(cause)s FROM gone
    ), fresh AS (
        INSERT INTO members_membertag
            (tenant_id, created_at, updated_at, tag_id, member_id, source, at, value, version)
        SELECT %(tenant)s, %(now)s, %(now)s, %(tag)s, w.member_id, %(source)s, %(now)s, w.value, %(version)s
        FROM wanted w
        WHERE NOT EXISTS (
            SELECT 1 FROM members_membertag x
            WHERE x.tenant_id = %(tenant)s AND x.tag_id = %(tag)s AND x.member_id = w.member_id)
        ON CONFLICT (tenant_id, tag_id, member_id) DO NOTHING
        RETURNING member_id
    ), moved AS (
        UPDATE members_membertag t SET value = w.value, updated_at = %(now)s
        FROM wanted w
        WHERE t.tenant_id = %(tenant)s AND t.tag_id = %(tag)s AND t.member_id = w.member_id
          AND t.source = %(source)s AND t.value IS DISTINCT FROM w.value
        RETURNING t.member_id
    )
    SELECT 'on', member_id FROM fresh UNION ALL SELECT 'off', member_id FROM gone
    UNION ALL SELECT 'moved', member_id FROM moved
"""
_DAY = """
    INSERT INTO members_tagday (tenant_id, created_at, updated_at, tag_id, as_of, count)
    SELECT %(tenant)s, %(now)s, %(now)s, t.id, %(day)s,
        (SELECT count(*) FROM members_membertag m WHERE m.tenant_id = %(tenant)s AND m.tag_id = t.id)
    FROM members_tag t WHERE t.tenant_id = %(tenant)s AND t.archived_at IS NULL
    ON CONFLICT (tenant_id, tag_id, as_of)
        DO UPDATE SET count = excluded.count, updated_at = excluded.updated_at
        WHERE members_tagday.count <> excluded.count
"""


@dataclass(frozen=True, kw_only=True)
class Off:
    """A tag that came off a member."""

    tag_id: int
    member_id: int
    source: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What settling a definition changed."""

    on: Sequence[int] = ()
    off: Sequence[int] = ()
    moved: int = 0


def tags_wear(
    pairs: Sequence[tuple[int, int]], *, source: str, at: datetime, is_in_wecom: bool = False
) -> list[tuple[int, int]]:
    """Put these (tag, member) pairs on; gives back the ones that are new."""
    if not pairs:
        return []
    with connection.cursor() as cursor:
        values: dict[str, Any] = {
            "tenant": require_tenant_id(),
            "source": source[:40],
            "computed": list(COMPUTED),
        }
        for tag_id in sorted({tag_id for tag_id, _member in pairs}):
            members = sorted(member for tag, member in pairs if tag == tag_id)
            cursor.execute(_CLAIM, {**values, "tags": [tag_id], "members": members})
    made = rows_insert(
        MemberTag,
        _WORN,
        [(tag_id, member_id, source[:40], at, is_in_wecom) for tag_id, member_id in sorted(pairs)],
        conflict="ON CONFLICT (tenant_id, tag_id, member_id) DO NOTHING",
        returning="tag_id, member_id",
    )
    mark_dirty({row[1] for row in made}, "tags")
    return [(row[0], row[1]) for row in made]


def tags_take(
    tag_ids: Collection[int],
    member_ids: Collection[int] | None,
    *,
    cause: str,
    is_sparing: bool = False,
    sources: Collection[str] | None = None,
    at: datetime | None = None,
) -> list[Off]:
    """Take tags off these members, or off everybody, and remember it; what a definition
    put on and would put on again stays with ``is_sparing``.

    With ``sources`` only what these had put on, with ``at`` only what was put on at that moment.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE,
            {
                "tenant": require_tenant_id(),
                "tags": list(tag_ids),
                "members": list(member_ids or ()),
                "everybody": member_ids is None,
                "spared": is_sparing,
                "computed": list(COMPUTED),
                "any_source": sources is None,
                "sources": list(sources or ()),
                "put_at": at,
                "cause": cause,
                "now": clock.now(),
            },
        )
        rows = cursor.fetchall()
    mark_dirty({row[1] for row in rows}, "tags")
    return [
        Off(tag_id=tag, member_id=member, source=source, at=at) for tag, member, source, at in rows
    ]


def tag_settle(
    wanted: Wanted,
    *,
    tag_id: int,
    source: str,
    version: int,
    cause: str,
    member_ids: Collection[int] | None,
) -> Settled:
    """Make the rows of that source what the definition wants; only differences are written."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLE.format(wanted=wanted.sql),
            {
                **wanted.values,
                "tag": tag_id,
                "source": source,
                "version": version,
                "cause": cause,
                "now": clock.now(),
                "everybody": member_ids is None,
                "members": list(member_ids or ()),
            },
        )
        rows = cursor.fetchall()
    found: dict[str, list[int]] = {"on": [], "off": [], "moved": []}
    for part, member_id in rows:
        found[part].append(member_id)
    mark_dirty({*found["on"], *found["off"]}, "tags")
    return Settled(on=sorted(found["on"]), off=sorted(found["off"]), moved=len(found["moved"]))


def days_write(day: Any) -> int:
    """Keep how many wear each tag at the end of that day; rows written."""
    with connection.cursor() as cursor:
        values = {"tenant": require_tenant_id(), "day": day, "now": clock.now()}
        cursor.execute(_DAY, values)
        return int(cursor.rowcount)


__all__ = ["Off", "Settled", "days_write", "tag_settle", "tags_take", "tags_wear"]
