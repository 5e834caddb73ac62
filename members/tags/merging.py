"""One tag becomes another: whoever wore it wears that one, with since when and by whom. It can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from members.segments.dirty import sets_drop
from members.tags.corp.wishes import marks_wish
from members.tags.errors import TagNameTaken
from members.tags.models import Tag, TagKind, TagLink, TagMerge, TagPush
from members.tags.rules import BECAME_ANOTHER, BY_HAND
from members.tags.selectors import tag_get
from members.tags.services import worn_publish
from scrm.core import clock
from scrm.core.errors import Busy, InvalidTransition, InvalidValue, NotFound
from scrm.events.audit import record
from scrm.events.bus import publish
from scrm.tenants.context import require_tenant_id

# Who wears both keeps the row of the tag that stays.
_TWINS = """
    WITH twins AS (
        DELETE FROM members_membertag t
        WHERE t.tenant_id = %(tenant)s AND t.tag_id = %(source)s AND EXISTS (
            SELECT 1 FROM members_membertag k
            WHERE k.tenant_id = t.tenant_id AND k.tag_id = %(target)s AND k.member_id = t.member_id)
        RETURNING t.member_id, t.source, t.at
    ), kept AS (
        INSERT INTO members_taggone
            (tenant_id, created_at, updated_at, tag_id, member_id, source, at, removed_at, cause)
        SELECT %(tenant)s, %(now)s, %(now)s, %(source)s, member_id, source, at, %(now)s, %(cause)s FROM twins
    )
    SELECT member_id FROM twins ORDER BY member_id
"""
_OVER = """
    UPDATE members_membertag SET tag_id = %(target)s, updated_at = %(now)s
    WHERE tenant_id = %(tenant)s AND tag_id = %(source)s RETURNING id, member_id
"""
_BACK = """
    UPDATE members_membertag t SET tag_id = %(source)s, is_in_wecom = false, updated_at = %(now)s
    WHERE t.tenant_id = %(tenant)s AND t.id = ANY(%(moved)s) AND t.tag_id = %(target)s
      AND NOT EXISTS (
        SELECT 1 FROM members_membertag k
        WHERE k.tenant_id = t.tenant_id AND k.tag_id = %(source)s AND k.member_id = t.member_id)
    RETURNING t.id, t.member_id
"""
_TWINS_BACK = """
    WITH kept AS (
        DELETE FROM members_taggone
        WHERE tenant_id = %(tenant)s AND tag_id = %(source)s AND removed_at = %(at)s AND cause = %(cause)s
        RETURNING member_id, source, at
    )
    INSERT INTO members_membertag
        (tenant_id, created_at, updated_at, tag_id, member_id, source, at)
    SELECT %(tenant)s, %(now)s, %(now)s, %(source)s, member_id, source, at FROM kept ORDER BY member_id
    ON CONFLICT (tenant_id, tag_id, member_id) DO NOTHING
    RETURNING member_id
"""


@dataclass(frozen=True, kw_only=True)
class Joined:
    """What a merge did: members who now wear the other tag, and those who wore both."""

    merge: TagMerge
    members: int
    both: int


@transaction.atomic
def tag_merge(*, public_id: str, into: str) -> Joined:
    """Let this tag become that one; rules and files that name it mean the other from now on.

    Only tags put on by hand, and no tag that is in WeCom: there the two stay two.
    """
    source, target = _locked(public_id, into)
    _check(source, target)
    now = clock.now()
    values = _values(source, target, now)
    try:
        with transaction.atomic():
            both = [row[0] for row in _run(_TWINS, cause=BECAME_ANOTHER, **values)]
            moved = sorted(_run(_OVER, **values))
    except IntegrityError as error:  # two of the wearers are being merged at this moment
        raise Busy("members who wear the tag are being merged, try again") from error
    source.archived_at = now
    source.save(update_fields=["archived_at", "updated_at"])
    merge = TagMerge.objects.create(
        source=source, target=target, at=now, moved=[row_id for row_id, _member in moved]
    )
    members = [member_id for _row, member_id in moved]
    _publish(source, target, gone=[*members, *both], come=members)
    _told(source, target, "merged", members=len(moved), both=len(both))
    return Joined(merge=merge, members=len(moved), both=len(both))


@transaction.atomic
def tag_merge_undo(*, public_id: str) -> TagMerge:
    """Make two tags of them again: whoever changed over and still wears the tag has the old one back."""
    merge = (
        TagMerge.objects.select_for_update(of=("self",))
        .select_related("source", "target")
        .filter(public_id=public_id)
        .first()
    )
    if merge is None:
        raise NotFound
    source, target = _both_locked(merge.source_id, merge.target_id)
    if merge.undone_at is not None or target.archived_at is not None:
        raise InvalidTransition(_("已经撤销，或另一个标签已不在使用"))
    now = clock.now()
    source.archived_at = None
    try:
        with transaction.atomic():
            source.save(update_fields=["archived_at", "updated_at"])
    except IntegrityError as error:
        raise TagNameTaken(_("这个名称已有人使用"), pointer="/name") from error
    values = _values(source, target, now)
    moved = [member_id for _row, member_id in _run(_BACK, moved=merge.moved, **values)]
    both = [row[0] for row in _run(_TWINS_BACK, at=merge.at, cause=BECAME_ANOTHER, **values)]
    merge.source, merge.target, merge.undone_at = source, target, now
    merge.save(update_fields=["undone_at", "updated_at"])
    _publish(target, source, gone=moved, come=[*moved, *both])
    _told(source, target, "unmerged", members=len(moved), both=len(both))
    return merge


def _locked(public_id: str, into: str) -> tuple[Tag, Tag]:
    source = tag_get(public_id)
    target = Tag.objects.filter(public_id=into, archived_at=None).first()
    if target is None or target.pk == source.pk:
        raise InvalidValue(_("请选择另一个在用的标签"), pointer="/into")
    return _both_locked(source.pk, target.pk)


def _both_locked(source_id: int, target_id: int) -> tuple[Tag, Tag]:
    # In one order, and so that nobody puts either on meanwhile.
    rows = Tag.objects.select_for_update(of=("self",)).filter(pk__in=[source_id, target_id])
    found = {tag.pk: tag for tag in rows.order_by("pk")}
    return found[source_id], found[target_id]


def _check(source: Tag, target: Tag) -> None:
    if source.archived_at is not None or target.archived_at is not None:
        raise NotFound
    if source.kind != TagKind.MANUAL or target.kind not in {TagKind.MANUAL, TagKind.WECOM}:
        raise InvalidTransition(_("只能合并手工标签，请先移除规则"), current=str(source.kind))
    is_there = TagLink.objects.filter(tag=source, ended_at=None).exists()
    if is_there or TagPush.objects.filter(tag=source).exists():
        raise InvalidTransition(_("这个标签在企业微信中，请先在企业微信中删除"))


def _publish(left: Tag, right: Tag, *, gone: Sequence[int], come: Sequence[int]) -> None:
    """Tell that the one came off and the other went on."""
    off, on = [(left.pk, key) for key in gone], [(right.pk, key) for key in come]
    worn_publish(off, {left.pk: left.name}, source=BY_HAND, event="member.untagged")
    worn_publish(on, {right.pk: right.name}, source=BY_HAND)
    sets_drop("tags")
    marks_wish(off, is_wanted=False)
    marks_wish(on, is_wanted=True)


def _told(source: Tag, target: Tag, change: str, *, members: int, both: int) -> None:
    record(
        f"tags.{change}",
        object_type="tag",
        object_id=target.public_id,
        after={"name": target.name, "other": source.name, "members": members, "both": both},
    )
    publish("tag.changed", payload={"tag_id": source.pk, "change": change})


def _values(source: Tag, target: Tag, now: datetime) -> dict[str, Any]:
    return {"source": source.pk, "target": target.pk, "now": now}


def _run(sql: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": require_tenant_id(), **values})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
