"""Put tags on people and take them off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from members.people.models import Member
from members.people.selectors import living_ids
from members.tags.corp.wishes import marks_wish
from members.tags.models import UNSORTED, Tag, TagGroup
from members.tags.rules import BY_HAND, TAKEN_OFF
from members.tags.selectors import tags_by_old_name
from members.tags.store import Off, tags_take, tags_wear
from scrm.core import clock
from scrm.core.errors import InvalidValue
from scrm.events.bus import publish

_LONGEST = 40
_PART = 1_000


@transaction.atomic
def tags_ensure(names: Iterable[str], *, group: str = "") -> dict[str, Tag]:
    """Tags by name, made where they are missing; InvalidValue for an empty or overlong name.

    A name that became another tag's means that one.
    """
    wanted = list(dict.fromkeys(name.strip() for name in names))
    if any(not name or len(name) > _LONGEST for name in wanted):
        raise InvalidValue("a tag has 1 to 40 characters", pointer="/tags")
    in_use = Tag.objects.filter(name__in=wanted, archived_at=None)
    known = {tag.name: tag for tag in in_use.all()}
    missing = [name for name in wanted if name not in known]
    known |= tags_by_old_name(missing) if missing else {}
    missing = [name for name in missing if name not in known]
    if missing:
        heading, _made = TagGroup.objects.get_or_create(name=group or UNSORTED)
        Tag.objects.bulk_create(
            [Tag(group=heading, name=name) for name in missing], ignore_conflicts=True
        )
        known |= {tag.name: tag for tag in in_use.all()}
    return known


@transaction.atomic
def member_tag_add(
    member_ids: Sequence[int], tag_names: Sequence[str], source: str, *, at: datetime | None = None
) -> int:
    """Put every tag on every member; returns how many were new. Repeating it adds none."""
    tags = {tag.pk: tag for tag in tags_ensure(tag_names).values()}
    standing = set(living_ids(member_ids, lock=True).values())
    members = Member.objects.filter(pk__in=standing).order_by("pk").values_list("pk", flat=True)
    pairs = [(key, member_id) for key in tags for member_id in members]
    made = tags_wear(pairs, source=source, at=at or clock.now())
    worn_publish(made, {key: tag.name for key, tag in tags.items()}, source=source)
    marks_wish(made, is_wanted=True)
    return len(made)


@transaction.atomic
def member_tag_remove(
    member_ids: Sequence[int],
    tag_names: Sequence[str],
    *,
    source: str = BY_HAND,
    cause: str = TAKEN_OFF,
    is_sparing: bool = False,
) -> list[Off]:
    """Take the tags off these members; what came off. ``is_sparing``: not what a definition put on."""
    tags = dict(
        Tag.objects.filter(name__in=list(tag_names), archived_at=None).values_list("pk", "name")
    )
    standing = sorted(set(living_ids(member_ids, lock=True).values()))
    gone = tags_take(tags, standing, cause=cause, is_sparing=is_sparing)
    off_publish(gone, tags, source=source)
    return gone


def off_publish(gone: Sequence[Off], names: dict[int, str], *, source: str) -> None:
    """Tell other rooms and WeCom that tags came off."""
    pairs = [(off.tag_id, off.member_id) for off in gone]
    worn_publish(pairs, names, source=source, event="member.untagged")
    marks_wish(pairs, is_wanted=False)


def worn_publish(
    pairs: Sequence[tuple[int, int]],
    names: dict[int, str],
    *,
    source: str,
    event: str = "member.tagged",
) -> None:
    """One fact per thousand members, with the tags that changed on any of them."""
    by_member: dict[int, set[int]] = {}
    for tag_id, member_id in pairs:
        by_member.setdefault(member_id, set()).add(tag_id)
    members = sorted(by_member)
    for start in range(0, len(members), _PART):
        part = members[start : start + _PART]
        tags = sorted({names[tag_id] for member_id in part for tag_id in by_member[member_id]})
        publish(event, payload={"member_ids": part, "tags": tags, "source": source})
