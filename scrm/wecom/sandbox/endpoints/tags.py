"""Corp tags and marking customers with them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from scrm.wecom.sandbox.entities import Tag, TagGroup
from scrm.wecom.sandbox.errors import ApiError
from scrm.wecom.sandbox.registry import Call, endpoint
from scrm.wecom.sandbox.wire import Fields

if TYPE_CHECKING:
    from scrm.wecom.sandbox.wire import JsonObject
    from scrm.wecom.sandbox.world import CorpState, World

NAME_LENGTH = 30
CORP_TAGS = 10_000
# The number is not published; what matters is that a cap exists.
CUSTOMER_TAGS = 3_000
HIGHEST_ORDER = 2**32


def new_id() -> str:
    return "et" + secrets.token_hex(15)


def living_tags(corp: CorpState, group_id: str) -> list[Tag]:
    tags = corp.all(Tag).values()
    return [t for t in tags if t.group_id == group_id and not t.deleted]


@endpoint("externalcontact/get_corp_tag_list")
def get_corp_tag_list(call: Call) -> JsonObject:
    """All living groups; asked by id, deleted ones appear with deleted true."""
    group_ids, tag_ids = call.body.strings("group_id"), call.body.strings("tag_id")
    groups, tags = call.corp.all(TagGroup), call.corp.all(Tag)
    if group_ids:
        wanted = [groups[g] for g in group_ids if g in groups]
        rows = [_group(g, _all_tags(call, g.id), deleted=True) for g in wanted]
    elif tag_ids:
        found = [tags[t] for t in tag_ids if t in tags]
        rows = [
            _group(groups[group_id], [t for t in found if t.group_id == group_id], deleted=True)
            for group_id in dict.fromkeys(t.group_id for t in found)
        ]
    else:
        living = sorted((g for g in groups.values() if not g.deleted), key=lambda g: -g.order)
        rows = [_group(g, living_tags(call.corp, g.id), deleted=False) for g in living]
    if (group_ids or tag_ids) and not rows:
        raise ApiError(40068)
    return {"tag_group": rows}


@endpoint("externalcontact/add_corp_tag")
def add_corp_tag(call: Call) -> JsonObject:
    wanted = {_name(Fields(t)): t for t in call.body.objects("tag")}
    if not wanted:
        raise ApiError(41018)
    group = _target_group(call)
    have = {t.name: t for t in living_tags(call.corp, group.id)} if group else {}
    fresh = [name for name in wanted if name not in have]
    living = sum(1 for t in call.corp.all(Tag).values() if not t.deleted)
    if living + len(fresh) > CORP_TAGS:
        raise ApiError(40126)
    if group is None:
        order = _order(call.body)
        group = make_group(
            call.world, call.corp, call.body.text("group_name"), order, call.agent.agent_id
        )
    for name in fresh:
        order = _order(Fields(wanted[name]))
        have[name] = make_tag(call.world, call.corp, group, name, order)
    return {"tag_group": _group(group, [have[name] for name in wanted], deleted=None)}


@endpoint("externalcontact/edit_corp_tag")
def edit_corp_tag(call: Call) -> JsonObject:
    """Rename or reorder an own tag or group; names stay unique."""
    item = _own(call, call.body.text("id"))
    if "name" in call.body:
        name = _name(call.body)
        if name in (n.name for n in _siblings(call, item) if n is not item):
            raise ApiError(40071)
        item.name = name
    item.order = _order(call.body, item.order)
    call.world.put(call.corp_id, item)
    return {}


@endpoint("externalcontact/del_corp_tag")
def del_corp_tag(call: Call) -> JsonObject:
    """Delete own tags and groups; a group that loses its last tag goes too."""
    tag_ids, group_ids = call.body.strings("tag_id"), call.body.strings("group_id")
    if not tag_ids and not group_ids:
        raise ApiError(41017)
    items = [_own(call, item_id) for item_id in (*tag_ids, *group_ids)]
    delete_tags(call.world, call.corp, items)
    return {}


@endpoint("externalcontact/mark_tag")
def mark_tag(call: Call) -> JsonObject:
    relation = call.relation(call.body.text("userid"), call.body.text("external_userid"))
    add, remove = call.body.strings("add_tag"), call.body.strings("remove_tag")
    if not add and not remove:
        raise ApiError(41017)
    tags = call.corp.all(Tag)
    if any(t not in tags or tags[t].deleted for t in (*add, *remove)):
        raise ApiError(40068)
    kept = [t for t in dict.fromkeys((*relation.tags, *add)) if t not in remove]
    if len(kept) > CUSTOMER_TAGS:
        raise ApiError(40144)
    relation.tags = kept
    call.world.put(call.corp_id, relation)
    return {}


def make_group(world: World, corp: CorpState, name: str, order: int, agent_id: int) -> TagGroup:
    group = TagGroup(new_id(), name, world.now(), order, agent_id)
    world.put(corp.corp_id, group)
    return group


def make_tag(world: World, corp: CorpState, group: TagGroup, name: str, order: int) -> Tag:
    tag = Tag(new_id(), group.id, name, world.now(), order, group.agent_id)
    world.put(corp.corp_id, tag)
    return tag


def delete_tags(world: World, corp: CorpState, items: list[Tag | TagGroup]) -> None:
    """Mark tags and groups as deleted and take the tags off every customer."""
    gone: list[Tag] = []
    for item in items:
        gone += [item] if isinstance(item, Tag) else living_tags(corp, item.id)
    for tag in gone:
        tag.deleted = True
        world.put(corp.corp_id, tag)
    groups = {t.group_id for t in gone} | {i.id for i in items if isinstance(i, TagGroup)}
    for group_id in groups:
        if not living_tags(corp, group_id):
            group = corp.all(TagGroup)[group_id]
            group.deleted = True
            world.put(corp.corp_id, group)


def _target_group(call: Call) -> TagGroup | None:
    """The group to add to; None means that a new one is wanted."""
    group_id = call.body.text("group_id")
    groups = call.corp.all(TagGroup)
    if group_id:
        if group_id not in groups or groups[group_id].deleted:
            raise ApiError(40068)
        return groups[group_id]
    name = call.body.text("group_name")
    if not name:
        raise ApiError(40063, "group_name")
    if len(name) > NAME_LENGTH:
        raise ApiError(40072)
    return next((g for g in groups.values() if g.name == name and not g.deleted), None)


def _own(call: Call, item_id: str) -> Tag | TagGroup:
    """A living tag or group this application made: 40068 unknown, 60011 of others."""
    if not item_id:
        raise ApiError(41017)
    item: Tag | TagGroup | None = call.corp.get(Tag, item_id) or call.corp.get(TagGroup, item_id)
    if item is None or item.deleted:
        raise ApiError(40068)
    if item.agent_id != call.agent.agent_id:
        raise ApiError(60011)
    return item


def _siblings(call: Call, item: Tag | TagGroup) -> list[Tag] | list[TagGroup]:
    if isinstance(item, Tag):
        return living_tags(call.corp, item.group_id)
    return [g for g in call.corp.all(TagGroup).values() if not g.deleted]


def _all_tags(call: Call, group_id: str) -> list[Tag]:
    return [t for t in call.corp.all(Tag).values() if t.group_id == group_id]


def _name(fields: Fields) -> str:
    name = fields.text("name")
    if not name:
        raise ApiError(41018)
    if len(name) > NAME_LENGTH:
        raise ApiError(40072)
    return name


def _order(fields: Fields, default: int = 0) -> int:
    order = fields.integer("order", default)
    if not 0 <= order < HIGHEST_ORDER:
        raise ApiError(40058, "order")
    return order


def _group(group: TagGroup, tags: list[Tag], *, deleted: bool | None) -> JsonObject:
    """One group as JSON. deleted None leaves the field out, as add_corp_tag does."""
    extra: JsonObject = {} if deleted is None else {"deleted": group.deleted}
    ordered = sorted(tags, key=lambda t: -t.order)
    return {
        "group_id": group.id,
        "group_name": group.name,
        "create_time": group.create_time,
        "order": group.order,
        **extra,
        "tag": [
            {
                "id": tag.id,
                "name": tag.name,
                "create_time": tag.create_time,
                "order": tag.order,
                **({} if deleted is None else {"deleted": tag.deleted}),
            }
            for tag in ordered
        ],
    }
