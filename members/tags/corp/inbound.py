"""What WeCom says of its tags, taken into ours."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import QuerySet

from members.identity.rules import Claim
from members.identity.selectors import external_userids_of, member_find
from members.people.selectors import living_ids
from members.tags.models import (
    MemberTag,
    PushKind,
    Tag,
    TagGroup,
    TagKind,
    TagLink,
    TagPush,
)
from members.tags.rules import COMPUTED, IN_WECOM, OFF_IN_WECOM
from members.tags.services import worn_publish
from members.tags.store import tags_take, tags_wear
from scrm.core import clock
from scrm.core.errors import Busy
from scrm.events.bus import publish
from scrm.wecom.models import CorpTag, CorpTagGroup, FollowRelation, RelationState, WeComCorp

_LONGEST = 40


@transaction.atomic
def corp_tags_take(
    *, corp_id: str, corp_tag_ids: Sequence[str], group_ids: Sequence[str] = ()
) -> int:
    """Make, rename or unlink our tags as these corp tags stand; how many of ours changed."""
    changed = 0
    for corp in WeComCorp.objects.filter(corp_id=corp_id).order_by("pk"):
        groups = CorpTagGroup.objects.filter(corp=corp, group_id__in=list(group_ids))
        for told in groups.filter(deleted_at=None).order_by("pk"):
            _group_of(corp, told)
        tags = CorpTag.objects.filter(corp=corp, tag_id__in=list(corp_tag_ids))
        for told_tag in tags.select_related("group").order_by("pk"):
            changed += _tag_taken(corp, told_tag)
    return changed


def _tag_taken(corp: WeComCorp, told: CorpTag) -> bool:
    link = (
        TagLink.objects.select_related("tag")
        .select_for_update(of=("self",))
        .filter(corp=corp, corp_tag_id=told.tag_id)
        .first()
    )
    if link is None:
        return _tag_new(corp, told) if told.deleted_at is None else False
    if link.ended_at is not None:  # it was deleted on one side: that stands
        return False
    if told.deleted_at is not None:
        _unlink(link)
        return True
    is_ours = TagPush.objects.filter(tag=link.tag, corp=corp, kind=PushKind.RENAME).exists()
    if link.tag.name == told.name[:_LONGEST] or is_ours:  # ours is on its way there
        return False
    link.tag.name = _free_name(Tag.objects.filter(archived_at=None), told.name, link.tag.pk)
    link.tag.save(update_fields=["name", "updated_at"])
    _told(link.tag, "renamed")
    return True


def _unlink(link: TagLink) -> None:
    """Deleted in WeCom: whoever wears it keeps it here, as a tag of ours."""
    link.ended_at = clock.now()
    link.save(update_fields=["ended_at", "updated_at"])
    TagPush.objects.filter(tag=link.tag, corp_id=link.corp_id).delete()
    worn = MemberTag.objects.filter(tag=link.tag, is_in_wecom=True)
    worn.update(is_in_wecom=False)
    if link.tag.kind == TagKind.WECOM:
        link.tag.kind = TagKind.MANUAL
        link.tag.save(update_fields=["kind", "updated_at"])
    _told(link.tag, "unlinked")


def _tag_new(corp: WeComCorp, told: CorpTag) -> bool:
    """A corp tag we do not know is our tag of that name, or a new one."""
    name = told.name[:_LONGEST]
    mine = Tag.objects.filter(name=name, archived_at=None).exclude(
        links__corp=corp, links__ended_at=None
    )
    tag = mine.filter(kind__in=[TagKind.MANUAL, TagKind.WECOM]).first()
    if tag is None:
        tag = Tag.objects.create(
            name=_free_name(Tag.objects.filter(archived_at=None), name, None),
            group=_group_of(corp, told.group),
            kind=TagKind.WECOM,
        )
    TagLink.objects.create(tag=tag, corp=corp, corp_tag_id=told.tag_id)
    _told(tag, "linked")
    return True


def _group_of(corp: WeComCorp, told: CorpTagGroup) -> TagGroup:
    """Our heading for a group of theirs, with their name."""
    group = TagGroup.objects.filter(corp=corp, wecom_group_id=told.group_id).first()
    if group is None:
        free = TagGroup.objects.filter(name=told.name[:_LONGEST], corp=None).first()
        group = free or TagGroup(name=_free_name(TagGroup.objects.all(), told.name, None))
        group.corp, group.wecom_group_id = corp, told.group_id
        group.save()
    elif group.name != told.name[:_LONGEST]:
        group.name = _free_name(TagGroup.objects.all(), told.name, group.pk)
        group.save(update_fields=["name", "updated_at"])
    return group


def _free_name(among: QuerySet[Tag] | QuerySet[TagGroup], wanted: str, own: int | None) -> str:
    """The name, or the name with a number when another one has it: WeCom allows twins in two groups."""
    name, number = (wanted.strip() or "企业微信")[:_LONGEST], 1
    others = among.exclude(pk=own) if own is not None else among
    while others.filter(name=name).exists():
        number += 1
        suffix = f" {number}"
        name = f"{wanted.strip()[: _LONGEST - len(suffix)]}{suffix}"
    return name


def _told(tag: Tag, change: str) -> None:
    publish("tag.changed", payload={"tag_id": tag.pk, "change": change})


@transaction.atomic
def contact_tags_take(*, corp_id: str, external_userid: str) -> int:
    """Let the member wear what any member of staff has marked them with; the member's key.

    A tag stays while one friendship still shows it, and whoever has no friend left keeps all.
    """
    member = member_find(Claim("external_userid", external_userid, corp_id))
    if member is None:
        # The members' own subscriber makes the member; if it failed, the relay tries both again.
        raise Busy("this customer is not a member yet")
    member_id = living_ids([member.pk], lock=True)[member.pk]
    for corp in WeComCorp.objects.filter(corp_id=corp_id).order_by("pk"):
        linked = dict(
            TagLink.objects.filter(corp=corp, ended_at=None).values_list("corp_tag_id", "tag_id")
        )
        if linked:
            _settle(corp, member_id, linked)
    return member_id


def _settle(corp: WeComCorp, member_id: int, linked: dict[str, int]) -> None:
    customers = external_userids_of([member_id], corp_id=corp.corp_id).get(member_id, [])
    friendships = FollowRelation.objects.filter(
        corp=corp, contact__external_userid__in=customers, state=RelationState.ACTIVE
    )
    marked = list(friendships.values_list("tag_ids", flat=True))
    if not marked:
        return
    shown = {linked[key] for keys in marked for key in keys if key in linked}
    worn = {
        row.tag_id: row
        for row in MemberTag.objects.filter(member_id=member_id, tag_id__in=linked.values())
    }
    MemberTag.objects.filter(
        pk__in=[row.pk for key, row in worn.items() if key in shown and not row.is_in_wecom]
    ).update(is_in_wecom=True)
    names = dict(Tag.objects.filter(pk__in=shown | set(worn)).values_list("pk", "name"))
    made = tags_wear(
        [(key, member_id) for key in sorted(shown - worn.keys())],
        source=IN_WECOM,
        at=clock.now(),
        is_in_wecom=True,
    )
    worn_publish(made, names, source=IN_WECOM)
    missing = {key: row for key, row in worn.items() if row.is_in_wecom and key not in shown}
    _taken_off(corp, member_id, customers, missing, names)


def _taken_off(
    corp: WeComCorp,
    member_id: int,
    customers: Collection[str],
    rows: dict[int, MemberTag],
    names: dict[int, str],
) -> None:
    """Staff took these off. What a rule put on stays ours; what we still mean to mark is not gone."""
    if not rows:
        return
    waiting = set(
        TagPush.objects.filter(
            corp=corp, tag_id__in=list(rows), external_userid__in=list(customers), is_wanted=True
        ).values_list("tag_id", flat=True)
    )
    gone = rows.keys() - waiting
    ruled = [rows[key].pk for key in gone if rows[key].source in COMPUTED]
    MemberTag.objects.filter(pk__in=ruled).update(is_in_wecom=False)
    off = tags_take(gone, [member_id], cause=OFF_IN_WECOM, is_sparing=True)
    pairs = [(each.tag_id, each.member_id) for each in off]
    worn_publish(pairs, names, source=IN_WECOM, event="member.untagged")
