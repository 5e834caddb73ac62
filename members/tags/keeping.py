"""Make tags, change them, define them anew, and put them away."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from members.tags.corp.wishes import tag_wish
from members.tags.definitions import Definition, definition_checked, definition_words
from members.tags.errors import TagInUse, TagNameTaken
from members.tags.models import (
    UNSORTED,
    MemberTag,
    PushKind,
    PushState,
    Tag,
    TagGroup,
    TagKind,
    TagLink,
    TagPush,
    TagState,
    TagVersion,
)
from members.tags.rules import COMPUTED, KEPT, TAG_REMOVED, UNDONE
from members.tags.selectors import tag_get, tag_group_get
from members.tags.services import off_publish
from members.tags.store import tags_take
from scrm.approvals.services import ApprovalOutdated, approval_request
from scrm.core import clock
from scrm.core.errors import InvalidTransition, InvalidValue
from scrm.events.actor import current_actor
from scrm.events.audit import record
from scrm.events.bell import ring
from scrm.events.bus import publish
from scrm.wecom.models import CorpState, WeComCorp

APPROVAL = "tags.rule"
_LONGEST, _WECOM_LONGEST = 40, 30


def _name(told: str, pointer: str = "/name", longest: int = _LONGEST) -> str:
    name = told.strip()
    if not 0 < len(name) <= longest:
        raise InvalidValue(_("名称为 1 到 %(count)s 个字") % {"count": longest}, pointer=pointer)
    return name


def _saved(row: Tag | TagGroup, constraint: str) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if constraint not in str(error):
            raise
        raise TagNameTaken(_("这个名称已有人使用"), pointer="/name") from error


def _told(tag: Tag, change: str) -> None:
    publish("tag.changed", payload={"tag_id": tag.pk, "change": change})


def _group(public_id: str) -> TagGroup:
    if public_id:
        return tag_group_get(public_id)
    return TagGroup.objects.get_or_create(name=UNSORTED)[0]


def _locked(public_id: str) -> Tag:
    return Tag.objects.select_for_update(of=("self",)).get(pk=tag_get(public_id).pk)


# -- groups ------------------------------------------------------------------------------------------


@transaction.atomic
def tag_group_create(*, name: str) -> TagGroup:
    """A new heading."""
    group = TagGroup(name=_name(name))
    _saved(group, "tag_group_name")
    record(
        "tags.group_created",
        object_type="tag_group",
        object_id=group.public_id,
        after={"name": group.name},
    )
    return group


@transaction.atomic
def tag_group_rename(*, public_id: str, name: str) -> TagGroup:
    """Another name for a heading of ours; one that mirrors WeCom is renamed there."""
    group = tag_group_get(public_id)
    if group.wecom_group_id:
        raise InvalidTransition(_("这个标签组来自企业微信，请在企业微信中改名"))
    before, group.name = group.name, _name(name)
    _saved(group, "tag_group_name")
    record(
        "tags.group_updated",
        object_type="tag_group",
        object_id=group.public_id,
        before={"name": before},
        after={"name": group.name},
    )
    return group


@transaction.atomic
def tag_group_delete(*, public_id: str) -> None:
    """Put an empty heading away; TagInUse while tags stand under it."""
    group = tag_group_get(public_id)
    if group.tags.filter(archived_at=None).exists():
        raise TagInUse(_("组里还有标签，请先移走或删除"))
    # Put-away tags keep their history under the heading for what has none.
    group.tags.update(group=TagGroup.objects.get_or_create(name=UNSORTED)[0])
    if group.name != UNSORTED:
        group.delete()
    record(
        "tags.group_deleted",
        object_type="tag_group",
        object_id=group.public_id,
        before={"name": group.name},
    )


# -- tags --------------------------------------------------------------------------------------------


@transaction.atomic
def tag_create(
    *,
    name: str,
    kind: str = TagKind.MANUAL,
    group: str = "",
    description: str = "",
    definition: Definition | None = None,
    reason: str = "",
) -> Tag:
    """A new tag. A rule asks for approval first; figures hold at once."""
    if kind not in {TagKind.MANUAL, *COMPUTED}:
        raise InvalidValue(_("这类标签来自企业微信"), pointer="/kind")
    checked = definition_checked(kind, definition or {})
    tag = Tag(
        name=_name(name),
        kind=kind,
        group=_group(group),
        description=description.strip()[:200],
        state=TagState.ACTIVE if kind == TagKind.MANUAL else TagState.DRAFT,
    )
    _saved(tag, "tag_name_in_use")
    record(
        "tags.created",
        object_type="tag",
        object_id=tag.public_id,
        after={"name": tag.name, "kind": str(kind), "definition": checked},
    )
    _told(tag, "created")
    if checked:
        _version_add(tag, checked, reason=reason)
    return tag


@transaction.atomic
def tag_update(
    *,
    public_id: str,
    name: str | None = None,
    description: str | None = None,
    group: str | None = None,
) -> Tag:
    """Change what is given; a new name goes to WeCom as well."""
    tag = _locked(public_id)
    before = {"name": tag.name, "group": tag.group.name}
    if name is not None and name.strip() != tag.name:
        links = list(TagLink.objects.filter(tag=tag, ended_at=None))
        tag.name = _name(name, longest=_WECOM_LONGEST if links else _LONGEST)
        _saved(tag, "tag_name_in_use")
        for link in links:
            tag_wish(tag, corp_id=link.corp_id, kind=PushKind.RENAME)
    if description is not None:
        tag.description = description.strip()[:200]
    if group is not None:
        tag.group = _group(group)
    tag.save()
    record(
        "tags.updated",
        object_type="tag",
        object_id=tag.public_id,
        before=before,
        after={"name": tag.name, "group": tag.group.name},
    )
    _told(tag, "updated")
    return tag


@transaction.atomic
def tag_define(*, public_id: str, definition: Definition, reason: str = "") -> TagVersion:
    """A new version of a computed tag; until it is approved the one before holds."""
    tag = _locked(public_id)
    if tag.kind not in COMPUTED:
        raise InvalidTransition(_("手工标签没有定义"))
    return _version_add(tag, definition_checked(tag.kind, definition), reason=reason)


def _version_add(tag: Tag, definition: Definition, *, reason: str) -> TagVersion:
    newest = TagVersion.objects.filter(tag=tag).order_by("-number").first()
    version = TagVersion.objects.create(
        tag=tag,
        number=newest.number + 1 if newest else 1,
        definition=definition,
        author=current_actor().label[:80],
    )
    record(
        "tags.defined",
        object_type="tag",
        object_id=tag.public_id,
        after={"version": version.number, "definition": definition},
    )
    if tag.kind == TagKind.RULE:
        params = {"tag": tag.public_id, "version": version.number, "definition": definition}
        approval_request(APPROVAL, subject=tag.public_id, params=params, reason=reason)
    else:
        _activate(tag, version, approver="")
    return version


def rule_approved(params: dict[str, Any]) -> Tag:
    """The second person agreed: this very definition holds from now on. Runs in their transaction."""
    tag = _locked(params["tag"])
    version = TagVersion.objects.get(tag=tag, number=params["version"])
    if version.activated_at is not None or version.definition != params["definition"]:
        raise ApprovalOutdated(_("这个版本已经改变"))
    _activate(tag, version, approver=current_actor().label[:80])
    return tag


def _activate(tag: Tag, version: TagVersion, *, approver: str) -> None:
    now = clock.now()
    TagVersion.objects.filter(tag=tag, activated_at__isnull=False, ended_at=None).update(
        ended_at=now
    )
    version.activated_at, version.approver = now, approver
    version.save(update_fields=["activated_at", "approver", "updated_at"])
    tag.definition, tag.version, tag.state = version.definition, version.number, TagState.ACTIVE
    tag.save(update_fields=["definition", "version", "state", "updated_at"])
    record(
        "tags.activated",
        object_type="tag",
        object_id=tag.public_id,
        after={"version": version.number},
    )
    _told(tag, "activated")


def version_change(params: dict[str, Any]) -> tuple[str, str, str]:
    """Name, definition that holds, and definition asked for, as the approver reads them."""
    tag = tag_get(params["tag"])
    now = definition_words(tag.kind, tag.definition) if tag.definition else ""
    return tag.name, now, definition_words(tag.kind, params["definition"])


@transaction.atomic
def tag_pause(*, public_id: str, is_paused: bool) -> Tag:
    """Stop settling a computed tag, or go on; whoever wears it keeps it meanwhile."""
    tag = _locked(public_id)
    before, after = TagState.ACTIVE, TagState.PAUSED
    if not is_paused:
        before, after = after, before
    if tag.kind not in COMPUTED or tag.state not in {before, after}:
        raise InvalidTransition(_("只有使用中的计算标签可以暂停"), current=str(tag.state))
    if tag.state == after:
        return tag
    tag.state = after
    tag.save(update_fields=["state", "updated_at"])
    record(
        "tags.paused" if is_paused else "tags.resumed",
        object_type="tag",
        object_id=tag.public_id,
    )
    _told(tag, "paused" if is_paused else "resumed")
    return tag


@transaction.atomic
def tag_rule_remove(*, public_id: str, is_undone: bool) -> int:
    """Make a computed tag one of ours to put on by hand; how many members its definition had put it on.

    ``is_undone`` takes it off exactly those; otherwise they keep it.
    """
    tag = _locked(public_id)
    if tag.kind not in COMPUTED:
        raise InvalidTransition(_("手工标签没有定义"))
    kind = tag.kind
    TagVersion.objects.filter(tag=tag, activated_at__isnull=False, ended_at=None).update(
        ended_at=clock.now()
    )
    tag.kind, tag.state, tag.definition = TagKind.MANUAL, TagState.ACTIVE, {}
    tag.save(update_fields=["kind", "state", "definition", "updated_at"])
    if is_undone:
        off = tags_take([tag.pk], None, cause=UNDONE, sources=[kind])
        off_publish(off, {tag.pk: tag.name}, source=kind)
        count = len(off)
    else:
        count = MemberTag.objects.filter(tag=tag, source=kind).update(source=KEPT, value=None)
    record(
        "tags.updated",
        object_type="tag",
        object_id=tag.public_id,
        before={"kind": kind},
        after={"kind": str(tag.kind), "undone": is_undone, "members": count},
    )
    _told(tag, "rule_removed")
    return count


@transaction.atomic
def tag_delete(*, public_id: str, is_sure: bool = False) -> int:
    """Take a tag off everybody and put it away; its history stays. TagInUse unless one is sure."""
    tag = _locked(public_id)
    worn = MemberTag.objects.filter(tag=tag).count()
    if worn and not is_sure:
        raise TagInUse(_("还有 %(count)s 位会员带有这个标签") % {"count": worn}, members=worn)
    links = list(TagLink.objects.filter(tag=tag, ended_at=None))
    off = tags_take([tag.pk], None, cause=TAG_REMOVED)
    TagPush.objects.filter(tag=tag).delete()
    for link in links:
        link.ended_at = clock.now()
        link.save(update_fields=["ended_at", "updated_at"])
        if tag.kind != TagKind.WECOM:  # only who made a tag there may delete it
            tag_wish(tag, corp_id=link.corp_id, kind=PushKind.DELETE)
    tag.archived_at = clock.now()
    tag.save(update_fields=["archived_at", "updated_at"])
    record(
        "tags.deleted",
        object_type="tag",
        object_id=tag.public_id,
        before={"name": tag.name, "kind": tag.kind, "members": worn},
    )
    off_publish(off, {tag.pk: tag.name}, source=tag.kind)
    _told(tag, "deleted")
    return worn


@transaction.atomic
def tag_link(*, public_id: str) -> Tag:
    """Have the tag made in WeCom, in every bound corp, and its wearers marked there."""
    tag = _locked(public_id)
    _name(tag.name, longest=_WECOM_LONGEST)
    corps = WeComCorp.objects.filter(state=CorpState.ACTIVE)
    linked = TagLink.objects.filter(tag=tag, ended_at=None).values("corp_id")
    wanted = list(corps.exclude(pk__in=linked).order_by("pk"))
    if not wanted:
        raise InvalidTransition(_("没有可同步的企业微信应用，或已经同步"))
    for corp in wanted:
        tag_wish(tag, corp_id=corp.pk, kind=PushKind.CREATE)
    record("tags.linked", object_type="tag", object_id=tag.public_id)
    return tag


@transaction.atomic
def tag_push_retry(*, public_id: str) -> int:
    """Tell WeCom again what it refused about a tag; how many rows."""
    tag = tag_get(public_id)
    failed = TagPush.objects.filter(tag=tag, state=PushState.FAILED)
    count = failed.update(state=PushState.PENDING, not_before=None, attempt=0, error="")
    record("tags.retried", object_type="tag", object_id=tag.public_id, after={"rows": count})
    ring("tags")
    return count
