"""Tags for many by hand: audited, and able to be taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from members.people.models import Member
from members.people.selectors import living_ids
from members.rows import Col, rows_insert
from members.tags.models import MemberTag, Tag
from members.tags.services import member_tag_add
from scrm.core import clock
from scrm.events.audit import record

BY_HAND = "operator"
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
        at=datetime.fromisoformat(payload["at"]),
        source=BY_HAND,
    )
    count, _per_model = worn.delete()
    _recorded("members.untagged", payload["tags"], members=None, changed=count)


@transaction.atomic
def tags_take_off(member_ids: Sequence[int], names: Sequence[str]) -> Tagged:
    """Take the tags off these members."""
    living = living_ids(member_ids, lock=True).values()
    worn = MemberTag.objects.filter(member_id__in=list(living), tag__name__in=list(names))
    kept = list(worn.values_list("tag_id", "member_id", "source", "at")[: MOST_KEPT + 1])
    count, _per_model = worn.delete()
    _recorded("members.untagged", names, members=len(member_ids), changed=count)
    rows = [[tag, member, source, at.isoformat()] for tag, member, source, at in kept]
    return Tagged(
        count=count,
        undo={"tags": list(names), "rows": rows} if 0 < count <= MOST_KEPT else {},
    )


@transaction.atomic
def tags_take_off_undo(payload: Mapping[str, Any]) -> None:
    """Put back what came off, with who had put it there and when."""
    tags = set(Tag.objects.filter(name__in=payload["tags"]).values_list("pk", flat=True))
    living = living_ids({row[1] for row in payload["rows"]}, lock=True)
    members = set(Member.objects.filter(pk__in=living.values()).values_list("pk", flat=True))
    rows = [
        (tag, living[member], source, datetime.fromisoformat(at))
        for tag, member, source, at in payload["rows"]
        if tag in tags and living[member] in members
    ]
    back = rows_insert(
        MemberTag,
        (
            Col("tag_id", "bigint"),
            Col("member_id", "bigint"),
            Col("source", "text"),
            Col("at", "timestamptz"),
        ),
        rows,
        conflict="ON CONFLICT (tenant_id, tag_id, member_id) DO NOTHING",
        returning="member_id",
    )
    _recorded("members.tagged", payload["tags"], members=None, changed=len(back))


def _recorded(action: str, names: Sequence[str], *, members: int | None, changed: int) -> None:
    after: dict[str, Any] = {"tags": list(names), "changed": changed}
    if members is not None:
        after["members"] = members
    record(action, object_type="tags", object_id=",".join(names)[:60], after=after)
