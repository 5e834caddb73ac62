"""Put tags on people and take them off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from members.people.models import Member
from members.people.selectors import living_ids
from members.rows import Col, rows_insert
from members.tags.models import MemberTag, Tag, TagGroup
from scrm.core import clock
from scrm.core.errors import InvalidValue
from scrm.events.bus import publish

# Tags that come by name only stand under this heading until somebody moves them.
UNSORTED = "未分组"
_LONGEST = 40


@transaction.atomic
def tags_ensure(names: Iterable[str], *, group: str = "") -> dict[str, Tag]:
    """Tags by name, made where they are missing; InvalidValue for an empty or overlong name."""
    wanted = list(dict.fromkeys(name.strip() for name in names))
    if any(not name or len(name) > _LONGEST for name in wanted):
        raise InvalidValue("a tag has 1 to 40 characters", pointer="/tags")
    known = {tag.name: tag for tag in Tag.objects.filter(name__in=wanted)}
    missing = [name for name in wanted if name not in known]
    if missing:
        heading, _made = TagGroup.objects.get_or_create(name=group or UNSORTED)
        Tag.objects.bulk_create(
            [Tag(group=heading, name=name) for name in missing], ignore_conflicts=True
        )
        known = {tag.name: tag for tag in Tag.objects.filter(name__in=wanted)}
    return known


@transaction.atomic
def member_tag_add(
    member_ids: Sequence[int], tag_names: Sequence[str], source: str, *, at: datetime | None = None
) -> int:
    """Put every tag on every member; returns how many were new. Repeating it adds none."""
    tags = tags_ensure(tag_names)
    now = at or clock.now()
    living = set(living_ids(member_ids, lock=True).values())
    members = sorted(Member.objects.filter(pk__in=living).values_list("pk", flat=True))
    made = rows_insert(
        MemberTag,
        (
            Col("tag_id", "bigint"),
            Col("member_id", "bigint"),
            Col("source", "text"),
            Col("at", "timestamptz"),
        ),
        [(tag.pk, member_id, source[:40], now) for tag in tags.values() for member_id in members],
        conflict="ON CONFLICT (tenant_id, tag_id, member_id) DO NOTHING",
        returning="member_id",
    )
    if made:
        touched = sorted({row[0] for row in made})
        publish(
            "member.tagged", payload={"member_ids": touched, "tags": sorted(tags), "source": source}
        )
    return len(made)
