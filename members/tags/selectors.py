"""Read tags."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, Value

from members.people.models import Member
from members.people.selectors import members_listed
from members.tags.models import (
    MemberTag,
    PushState,
    Tag,
    TagDay,
    TagGone,
    TagGroup,
    TagKind,
    TagLink,
    TagMerge,
    TagPush,
    TagVersion,
    group_words,
)
from scrm.core.errors import NotFound
from scrm.tenants.context import require_tenant_id

MOST_CHOICES = 500
MOST_COUNTED = 10_000
_COUNTS = """
    SELECT t.id, (SELECT count(*) FROM (
        SELECT 1 FROM members_membertag m WHERE m.tenant_id = %(tenant)s AND m.tag_id = t.id LIMIT %(most)s
    ) AS few)
    FROM members_tag t WHERE t.tenant_id = %(tenant)s AND t.archived_at IS NULL
"""


def tag_choices() -> list[tuple[str, str]]:
    """Public id and name of tags, by name; for pickers."""
    found = Tag.objects.filter(archived_at=None).order_by("name", "id")
    return list(found.values_list("public_id", "name")[:MOST_CHOICES])


def tags_searched(text: str, *, limit: int = 20) -> list[tuple[str, str]]:
    """Public id and name of tags whose name holds the text; for pickers of brands with very many."""
    found = Tag.objects.filter(archived_at=None, name__icontains=text.strip())
    return list(found.order_by("name", "id").values_list("public_id", "name")[:limit])


def tags_by_hand(text: str = "", *, limit: int = 200) -> list[str]:
    """Names of tags that are put on by hand or in WeCom, by name; for pickers."""
    kinds = [TagKind.MANUAL, TagKind.WECOM]
    found = Tag.objects.filter(archived_at=None, kind__in=kinds, name__icontains=text.strip())
    return list(found.order_by("name", "id").values_list("name", flat=True)[:limit])


def tag_id_of(name: str) -> str:
    """Public id of the tag in use of that name; empty if there is none."""
    found = Tag.objects.filter(name=name.strip(), archived_at=None)
    return found.values_list("public_id", flat=True).first() or ""


def tag_names(public_ids: Sequence[str]) -> dict[str, str]:
    """Public id → name, of tags that were put away too: what a rule says stays readable."""
    stands = tags_standing(public_ids)
    found = Tag.objects.filter(public_id__in={*public_ids, *stands.values()})
    names = dict(found.values_list("public_id", "name"))
    return {each: names[stands.get(each, each)] for each in public_ids if each in names}


def tags_standing(public_ids: Iterable[str]) -> dict[str, str]:
    """Public id → that of the tag it became, for those among these that became another."""
    asked = list(public_ids)
    steps: dict[str, str] = {}
    left = set(asked)
    while left:
        rows = TagMerge.objects.filter(source__public_id__in=left, undone_at=None)
        found = dict(rows.values_list("source__public_id", "target__public_id"))
        steps |= found
        left = set(found.values()) - steps.keys()
    return {each: _end(each, steps) for each in asked if each in steps}


def _end(public_id: str, steps: Mapping[str, str]) -> str:
    while public_id in steps:
        public_id = steps[public_id]
    return public_id


def tags_by_old_name(names: Collection[str]) -> dict[str, Tag]:
    """Name → the tag in use that the tag of that name became; the last one if there were several."""
    merges = TagMerge.objects.filter(source__name__in=list(names), undone_at=None).order_by("pk")
    old = dict(merges.values_list("source__name", "source__public_id"))
    if not old:
        return {}
    stands = tags_standing(old.values())
    tags = Tag.objects.filter(public_id__in=stands.values(), archived_at=None)
    by_id = {tag.public_id: tag for tag in tags}
    return {name: by_id[stands[key]] for name, key in old.items() if stands[key] in by_id}


def tags_of(member_ids: Sequence[int]) -> dict[int, list[str]]:
    """Member key → tag names, newest first."""
    found: dict[int, list[str]] = {}
    rows = MemberTag.objects.filter(member_id__in=list(member_ids)).order_by(
        "member_id", "-at", "-id"
    )
    for member_id, name in rows.values_list("member_id", "tag__name"):
        found.setdefault(member_id, []).append(name)
    return found


def member_tags(member_id: int) -> list[MemberTag]:
    """What the member wears, newest first, with the tags."""
    rows = MemberTag.objects.filter(member_id=member_id).select_related("tag__group")
    return list(rows.order_by("-at", "-id"))


def tags_gone(member_id: int, *, limit: int = 100) -> list[TagGone]:
    """What the member wore and wears no more, newest first."""
    rows = TagGone.objects.filter(member_id=member_id).select_related("tag")
    return list(rows.order_by("-removed_at", "-id")[:limit])


@dataclass(frozen=True, kw_only=True)
class Change:
    """A tag went on, or came off; ``why`` is the source or the cause (`members/tags/rules.py`)."""

    at: datetime
    name: str
    is_on: bool
    why: str


def tag_changes(member_id: int, *, before: datetime, limit: int) -> list[Change]:
    """The newest changes of a member's tags before a moment, newest first."""
    on, off = Value(value=True), Value(value=False)
    worn = MemberTag.objects.filter(member_id=member_id, at__lt=before).order_by("-at", "-id")
    gone = TagGone.objects.filter(member_id=member_id)
    came = gone.filter(at__lt=before).order_by("-at", "-id")
    went = gone.filter(removed_at__lt=before).order_by("-removed_at", "-id")
    parts = [
        rows.annotate(on=on).values_list("at", "tag__name", "on", "source")[:limit]
        for rows in (worn, came)
    ]
    parts.append(
        went.annotate(on=off).values_list("removed_at", "tag__name", "on", "cause")[:limit]
    )
    found = [
        Change(at=at, name=name, is_on=is_on, why=why)
        for at, name, is_on, why in parts[0].union(*parts[1:], all=True)  # asked in one question
    ]
    return sorted(found, key=lambda each: (each.at, not each.is_on), reverse=True)[:limit]


def tag_get(public_id: str) -> Tag:
    """The tag with that public id; NotFound if unknown, put away or another brand's."""
    found = Tag.objects.select_related("group").filter(public_id=public_id, archived_at=None)
    tag = found.first()
    if tag is None:
        raise NotFound
    return tag


def tag_group_get(public_id: str) -> TagGroup:
    """The heading with that public id; NotFound otherwise."""
    group = TagGroup.objects.filter(public_id=public_id).first()
    if group is None:
        raise NotFound
    return group


def tag_groups() -> QuerySet[TagGroup]:
    """Every heading, with how many tags in use stand under it."""
    return TagGroup.objects.annotate(tag_count=Count("tags", filter=Q(tags__archived_at=None)))


def tags_listed(*, kind: str = "", group: str = "", text: str = "") -> QuerySet[Tag]:
    """Tags in use, narrowed."""
    found = Tag.objects.filter(archived_at=None).select_related("group")
    if kind:
        found = found.filter(kind=kind)
    if group:
        found = found.filter(group__public_id=group)
    return found.filter(name__icontains=text) if text else found


def tag_wearers(public_id: str) -> QuerySet[Member]:
    """Members in one's data scope who wear the tag, in no order."""
    tag = tag_get(public_id)
    return members_listed().filter(tags__tag=tag)


def tag_counts() -> dict[int, int]:
    """Tag key → wearers now, counted to `MOST_COUNTED` + 1 at most; more is said by the night."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"tenant": require_tenant_id(), "most": MOST_COUNTED + 1})
        return dict(cursor.fetchall())


def tag_count(tag_id: int, *, source: str = "") -> int:
    """How many wear the tag, exactly; with ``source`` those whom that put it on."""
    worn = MemberTag.objects.filter(tag_id=tag_id)
    return (worn.filter(source=source) if source else worn).count()


def tag_days(tag_id: int, *, limit: int = 90) -> list[tuple[date, int]]:
    """Local day → wearers at its end, the last so many days, oldest first."""
    rows = TagDay.objects.filter(tag_id=tag_id).order_by("-as_of").values_list("as_of", "count")
    return list(reversed(rows[:limit]))


def tag_versions(tag_id: int) -> QuerySet[TagVersion]:
    """Every definition the tag had or was meant to have."""
    return TagVersion.objects.filter(tag_id=tag_id)


@dataclass(frozen=True, kw_only=True)
class SyncState:
    """What stands between a tag and WeCom."""

    is_linked: bool
    corp_names: tuple[str, ...] = ()
    waiting: int = 0
    failed: int = 0
    error: str = ""


def tag_sync(tag_id: int) -> SyncState:
    """How far WeCom knows of the tag."""
    links = TagLink.objects.filter(tag_id=tag_id, ended_at=None).order_by("pk")
    names = tuple(links.values_list("corp__name", flat=True))
    refused = Q(state=PushState.FAILED)
    told = TagPush.objects.filter(tag_id=tag_id).aggregate(
        waiting=Count("pk", filter=~refused),
        failed=Count("pk", filter=refused),
        error=Max("error", filter=refused),
    )
    return SyncState(
        is_linked=bool(names),
        corp_names=names,
        waiting=told["waiting"],
        failed=told["failed"],
        error=told["error"] or "",
    )


def tags_shown(*, kinds: Sequence[str], groups: Sequence[str], text: str) -> QuerySet[Tag]:
    """Tags in use as the console lists them: with who made and agreed, and how WeCom stands."""
    version = TagVersion.objects.filter(tag=OuterRef("pk"), number=OuterRef("version"))
    pushes = TagPush.objects.filter(tag=OuterRef("pk"))
    found = tags_listed(text=text).annotate(
        author=Subquery(version.values("author")[:1]),
        approver=Subquery(version.values("approver")[:1]),
        is_linked=Exists(TagLink.objects.filter(tag=OuterRef("pk"), ended_at=None)),
        is_refused=Exists(pushes.filter(state=PushState.FAILED)),
        is_waiting=Exists(pushes.exclude(state=PushState.FAILED)),
    )
    if kinds:
        found = found.filter(kind__in=list(kinds))
    return found.filter(group__public_id__in=list(groups)) if groups else found


def tag_tree() -> list[tuple[str, str, str, int]]:
    """(kind, group id, group name, tags) of every pair that has tags in use, in order."""
    rows = (
        Tag.objects.filter(archived_at=None)
        .values_list("kind", "group__public_id", "group__name")
        .annotate(count=Count("pk"))
        .order_by("kind", "group__name", "group__public_id")
    )
    return [(kind, group_id, group_words(name), count) for kind, group_id, name, count in rows]


def group_choices() -> list[tuple[str, str]]:
    """Public id and name of headings; for pickers."""
    groups = TagGroup.objects.order_by("name", "id").values_list("public_id", "name")[:200]
    return [(group_id, group_words(name)) for group_id, name in groups]
