"""Corp tags as we keep them, and the calls that change them (which WeCom does not call back about)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from scrm.core import clock
from scrm.core.errors import NotFound
from scrm.events.bus import publish, publish_many
from scrm.wecom.contacts.services import relation_fact
from scrm.wecom.gateway import TagGroup, gateway_for
from scrm.wecom.models import CorpTag, CorpTagGroup, FollowRelation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrm.wecom.models import WeComCorp


def tags_told(
    *, corp: WeComCorp, groups: Sequence[TagGroup], change: str, is_complete: bool = False
) -> int:
    """Keep these groups and tags; with ``is_complete`` all others are gone. Returns how many rows changed."""
    with transaction.atomic():
        changed_tags: list[str] = []
        changed_groups: list[str] = []
        for group in groups:
            row, group_changed = _group(corp, group)
            if group_changed:
                changed_groups.append(group.group_id)
            for tag in group.tags:
                new = {"group": row, "name": tag.name[:64], "order": tag.order}
                if _keep(CorpTag, {"corp": corp, "tag_id": tag.tag_id}, new, gone=tag.deleted):
                    changed_tags.append(tag.tag_id)
        if is_complete:
            seen = {tag.tag_id for group in groups for tag in group.tags}
            changed_tags += _tags_gone(corp, except_ids=seen)
            changed_groups += _groups_gone(corp, except_ids={group.group_id for group in groups})
        if changed_tags or changed_groups:
            _publish(corp, change, changed_tags, changed_groups)
        return len(changed_tags) + len(changed_groups)


def tag_gone(*, corp: WeComCorp, id: str, is_group: bool) -> int:
    """A tag or a whole group was deleted; WeCom does not call back for the tags inside a group."""
    with transaction.atomic():
        at = clock.now()
        tags = CorpTag.objects.filter(corp=corp, deleted_at=None)
        tags = tags.filter(group__group_id=id) if is_group else tags.filter(tag_id=id)
        tag_ids = list(tags.values_list("tag_id", flat=True))
        CorpTag.objects.filter(corp=corp, tag_id__in=tag_ids).update(deleted_at=at)
        groups = CorpTagGroup.objects.filter(corp=corp, deleted_at=None)
        gone = groups.filter(group_id=id).update(deleted_at=at) if is_group else 0
        if tag_ids or gone:
            _publish(corp, "deleted", tag_ids, [id] if is_group else [])
        return len(tag_ids) + gone


def tag_create(*, corp: WeComCorp, names: Sequence[str], group_name: str) -> TagGroup:
    """Make tags at WeCom and keep them."""
    made = gateway_for(corp).tag_add(names=names, group_name=group_name)
    tags_told(corp=corp, groups=[made], change="created")
    return made


def tag_rename(*, corp: WeComCorp, tag_id: str, name: str) -> None:
    """Rename an own tag at WeCom and here."""
    gateway = gateway_for(corp)
    gateway.tag_edit(id=tag_id, name=name)
    tags_told(corp=corp, groups=gateway.tags(tag_ids=[tag_id]), change="updated")


def tag_delete(*, corp: WeComCorp, tag_id: str) -> None:
    """Delete an own tag at WeCom and here; its group goes with its last tag."""
    gateway_for(corp).tag_delete(tag_ids=[tag_id])
    tag_gone(corp=corp, id=tag_id, is_group=False)
    tags_told(corp=corp, groups=gateway_for(corp).tags(), change="deleted", is_complete=True)


def contact_tags_mark(
    *,
    corp: WeComCorp,
    userid: str,
    external_userid: str,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
) -> tuple[str, ...]:
    """Mark a customer of a member at WeCom and here; returns the tag ids the customer now has."""
    gateway_for(corp).tag_mark(
        userid=userid, external_userid=external_userid, add=add, remove=remove
    )
    with transaction.atomic():
        relation = _relation_locked(corp, userid, external_userid)
        kept = sorted((set(relation.tag_ids) | set(add)) - set(remove))
        if kept != relation.tag_ids:
            relation.tag_ids = kept
            relation.save(update_fields=["tag_ids", "updated_at"])
            _edited(corp, relation)
        return tuple(kept)


def contact_remark_set(*, corp: WeComCorp, userid: str, external_userid: str, remark: str) -> None:
    """Change the member's name for the customer at WeCom and here."""
    gateway_for(corp).contact_remark(userid=userid, external_userid=external_userid, remark=remark)
    with transaction.atomic():
        relation = _relation_locked(corp, userid, external_userid)
        if relation.remark != remark:
            relation.remark = remark[:128]
            relation.save(update_fields=["remark", "updated_at"])
            _edited(corp, relation)


def _relation_locked(corp: WeComCorp, userid: str, external_userid: str) -> FollowRelation:
    relation = (
        FollowRelation.objects.select_for_update(of=("self",))
        .select_related("contact", "staff")
        .filter(corp=corp, staff__userid=userid, contact__external_userid=external_userid)
        .first()
    )
    if relation is None:
        raise NotFound
    return relation


def _edited(corp: WeComCorp, relation: FollowRelation) -> None:
    fact = relation_fact(corp=corp, row=relation, change="edited", at=clock.now())
    publish_many("wecom.contact_changed", [fact])


def _group(corp: WeComCorp, group: TagGroup) -> tuple[CorpTagGroup, bool]:
    # An answer about single tags names their group without saying more; order 0 is what WeCom gives then.
    new = {"name": group.name[:64], "order": group.order}
    key = {"corp": corp, "group_id": group.group_id}
    changed = _keep(CorpTagGroup, key, new, gone=group.deleted)
    return CorpTagGroup.objects.get(corp=corp, group_id=group.group_id), changed


def _keep(
    model: type[CorpTag | CorpTagGroup],
    key: dict[str, object],
    new: dict[str, object],
    *,
    gone: bool,
) -> bool:
    """Make or correct one row; whether it changed."""
    row = model.objects.filter(**key).first()
    if row is None:
        model.objects.create(**key, **new, deleted_at=clock.now() if gone else None)
        return True
    is_changed = any(getattr(row, name) != value for name, value in new.items())
    if is_changed or (row.deleted_at is not None) != gone:
        for name, value in new.items():
            setattr(row, name, value)
        row.deleted_at = (row.deleted_at or clock.now()) if gone else None
        row.save()
        return True
    return False


def _tags_gone(corp: WeComCorp, *, except_ids: set[str]) -> list[str]:
    rows = CorpTag.objects.filter(corp=corp, deleted_at=None).exclude(tag_id__in=except_ids)
    ids = list(rows.values_list("tag_id", flat=True))
    CorpTag.objects.filter(corp=corp, tag_id__in=ids).update(deleted_at=clock.now())
    return ids


def _groups_gone(corp: WeComCorp, *, except_ids: set[str]) -> list[str]:
    rows = CorpTagGroup.objects.filter(corp=corp, deleted_at=None).exclude(group_id__in=except_ids)
    ids = list(rows.values_list("group_id", flat=True))
    CorpTagGroup.objects.filter(corp=corp, group_id__in=ids).update(deleted_at=clock.now())
    return ids


def _publish(corp: WeComCorp, change: str, tag_ids: list[str], group_ids: list[str]) -> None:
    publish(
        "wecom.tag_changed",
        subject=corp.corp_id,
        payload={
            "corp_id": corp.corp_id,
            "change": change,
            "tag_ids": tag_ids,
            "group_ids": group_ids,
            "at": clock.now().isoformat(),
        },
    )
