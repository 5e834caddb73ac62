"""Tags for many by hand: audited, and able to be taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from members.people.models import Member
from members.people.selectors import living_ids
from members.tags.corp.wishes import marks_wish
from members.tags.errors import TagComputed
from members.tags.models import MemberTag, Tag
from members.tags.rules import BY_HAND, UNDONE
from members.tags.services import member_tag_add, member_tag_remove, off_publish, worn_publish
from members.tags.store import tags_take, tags_wear
from scrm.core import clock
from scrm.events.audit import record

# More than this is too much to keep for the case that somebody changes their mind.
MOST_KEPT = 5_000


@dataclass(frozen=True, kw_only=True)
class Tagged:
    """How many tags went on or came off; `undo` is what taking it back needs, empty when it cannot be."""

    count: int
    undo: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def tags_put_on(member_ids: Sequence[int], names: Sequence[str]) -> Tagged:
    """Put the tags on these members; who wears one already keeps it as it is."""
    at = clock.now()
    count = member_tag_add(member_ids, names, BY_HAND, at=at)
    _recorded("members.tagged", names, members=len(member_ids), changed=count)
    return Tagged(count=count, undo={"tags": list(names), "at": at.isoformat()} if count else {})


@transaction.atomic
def tags_put_on_undo(payload: Mapping[str, Any]) -> None:
    """Take off what that act put on, and nothing else."""
    worn = MemberTag.objects.filter(
        tag__name__in=payload["tags"],
        tag__archived_at=None,
        at=datetime.fromisoformat(payload["at"]),
        source=BY_HAND,
    )
    pairs = list(worn.values_list("tag_id", "member_id"))
    off = tags_take(
        {tag_id for tag_id, _member in pairs},
        {member_id for _tag, member_id in pairs},
        cause=UNDONE,
        at=datetime.fromisoformat(payload["at"]),
    )
    off_publish(off, _names(payload["tags"]), source=BY_HAND)
    _recorded("members.untagged", payload["tags"], members=None, changed=len(off))


@transaction.atomic
def tags_take_off(member_ids: Sequence[int], names: Sequence[str]) -> Tagged:
    """Take the tags off these members; TagComputed if only definitions had put them on."""
    gone = member_tag_remove(member_ids, names, is_sparing=True)
    if not gone:
        _not_only_computed(member_ids, names)
    _recorded("members.untagged", names, members=len(member_ids), changed=len(gone))
    rows = [[off.tag_id, off.member_id, off.source, off.at.isoformat()] for off in gone]
    return Tagged(
        count=len(gone),
        undo={"tags": list(names), "rows": rows} if 0 < len(gone) <= MOST_KEPT else {},
    )


def _not_only_computed(member_ids: Sequence[int], names: Sequence[str]) -> None:
    worn = MemberTag.objects.filter(
        member_id__in=list(member_ids), tag__name__in=list(names), tag__archived_at=None
    )
    if worn.exists():
        raise TagComputed(_("这些标签由规则或统计得出，请修改标签的定义"))


@transaction.atomic
def tags_take_off_undo(payload: Mapping[str, Any]) -> None:
    """Put back what came off, with who had put it there and when."""
    names = _names(payload["tags"])
    wanted = living_ids({row[1] for row in payload["rows"]}, lock=True)
    members = set(Member.objects.filter(pk__in=wanted.values()).values_list("pk", flat=True))
    back: list[tuple[int, int]] = []
    by_source: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for tag, member, source, at in payload["rows"]:
        if tag in names and wanted[member] in members:
            by_source.setdefault((source, at), []).append((tag, wanted[member]))
    for (source, at), pairs in by_source.items():
        back += tags_wear(pairs, source=source, at=datetime.fromisoformat(at))
    worn_publish(back, names, source=BY_HAND)
    marks_wish(back, is_wanted=True)
    _recorded("members.tagged", payload["tags"], members=None, changed=len(back))


def _names(names: Sequence[str]) -> dict[int, str]:
    return dict(Tag.objects.filter(name__in=names, archived_at=None).values_list("pk", "name"))


def _recorded(action: str, names: Sequence[str], *, members: int | None, changed: int) -> None:
    after: dict[str, Any] = {"tags": list(names), "changed": changed}
    if members is not None:
        after["members"] = members
    record(action, object_type="tags", object_id=",".join(names)[:60], after=after)
