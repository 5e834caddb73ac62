"""Seeding: corps, people and friendships put in place without any event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrm.wecom.sandbox import entities as e
from scrm.wecom.sandbox.actions import ActionError
from scrm.wecom.sandbox.confirm import PERIODS
from scrm.wecom.sandbox.endpoints.tags import living_tags, make_group, make_tag
from scrm.wecom.sandbox.wire import Fields

if TYPE_CHECKING:
    from scrm.wecom.sandbox.world import CorpState, World


def seed(world: World, body: Fields) -> None:
    """Create or extend one corp from the fields of control_types.CorpSeed."""
    corp_id = body.text("corp_id")
    if not corp_id:
        raise ActionError("corp_id 不能为空")
    corp = _corp(world, corp_id, body)
    for item in body.objects("agents"):
        _agent(world, corp, Fields(item))
    for item in body.objects("staff"):
        _staff(world, corp, Fields(item))
    for item in body.objects("customers"):
        _customer(world, corp, Fields(item))
    for item in body.objects("tag_groups"):
        _tag_group(world, corp, Fields(item))
    names = tag_names(corp)
    for item in body.objects("relations"):
        _relation(world, corp, Fields(item), names)


def tag_names(corp: CorpState) -> dict[str, str]:
    """Living tags by id and by "组名/标签名"."""
    groups = corp.all(e.TagGroup)
    names: dict[str, str] = {}
    for tag in corp.all(e.Tag).values():
        if not tag.deleted:
            names[tag.id] = tag.id
            names[f"{groups[tag.group_id].name}/{tag.name}"] = tag.id
    return names


def _corp(world: World, corp_id: str, body: Fields) -> CorpState:
    known = world.corps.get(corp_id)
    old = known.corp if known else e.Corp(corp_id)
    quota_rule = body.text("quota_rule", old.quota_rule)
    if quota_rule not in PERIODS:
        raise ActionError("quota_rule 只能是 monthly、weekly 或 daily")
    old.name = body.text("name") or old.name or corp_id
    old.quota_rule = quota_rule
    old.token_ttl = body.integer("token_ttl", old.token_ttl)
    rows = {int(row[0]): row for row in old.departments}
    for one in map(Fields, body.objects("departments")):
        number = one.integer("number")
        rows[number] = [number, one.text("name"), one.integer("parent", 1)]
    old.departments = list(rows.values())
    world.put(corp_id, old)
    return world.corps[corp_id]


def _agent(world: World, corp: CorpState, item: Fields) -> None:
    callback = item.object("callback")
    agent = e.Agent(
        agent_id=item.integer("agent_id"),
        secret=item.text("secret"),
        name=item.text("name", "SCRM"),
        contact_right=item.flag("contact_right", default=True),
        visible=item.strings("visible"),
        url=callback.text("url"),
        token=callback.text("token"),
        aes_key=callback.text("aes_key"),
    )
    old = corp.get(e.Agent, agent.key)
    if old and not agent.url:
        agent.url, agent.token, agent.aes_key = old.url, old.token, old.aes_key
    world.put(corp.corp_id, agent)


def _staff(world: World, corp: CorpState, item: Fields) -> None:
    staff = e.Staff(
        userid=item.text("userid"),
        name=item.text("name"),
        department=item.integers("department") or [1],
        position=item.text("position"),
        mobile=item.text("mobile"),
        gender=item.integer("gender"),
        contact=item.flag("contact", default=True),
        active=item.flag("active", default=True),
    )
    world.put(corp.corp_id, staff)


def _customer(world: World, corp: CorpState, item: Fields) -> None:
    old = corp.get(e.Customer, item.text("external_userid"))
    customer = e.Customer(
        external_userid=item.text("external_userid"),
        name=item.text("name"),
        unionid=item.text("unionid"),
        gender=item.integer("gender"),
        avatar=item.text("avatar"),
        phone=item.text("phone"),
        broadcast_times=old.broadcast_times if old else [],
    )
    world.put(corp.corp_id, customer)


def _tag_group(world: World, corp: CorpState, item: Fields) -> None:
    name = item.text("name")
    groups = corp.all(e.TagGroup).values()
    group = next((g for g in groups if g.name == name and not g.deleted), None)
    if group is None:
        group = make_group(world, corp, name, 0, item.integer("agent_id"))
    have = {tag.name for tag in living_tags(corp, group.id)}
    for tag in item.strings("tags"):
        if tag not in have:
            make_tag(world, corp, group, tag, 0)


def _relation(world: World, corp: CorpState, item: Fields, names: dict[str, str]) -> None:
    userid, external_userid = item.text("userid"), item.text("external_userid")
    if corp.get(e.Staff, userid) is None:
        raise ActionError(f"没有成员 {userid}")
    customer = corp.get(e.Customer, external_userid)
    if customer is None:
        raise ActionError(f"没有客户 {external_userid}")
    tags = item.strings("tags")
    missing = [tag for tag in tags if tag not in names]
    if missing:
        raise ActionError(f"没有标签 {missing[0]}")
    mobiles = item.strings("remark_mobiles") or ([customer.phone] if customer.phone else [])
    relation = e.Relation(
        userid=userid,
        external_userid=external_userid,
        createtime=item.integer("createtime") or world.now(),
        state=item.text("state"),
        add_way=item.integer("add_way", 1),
        oper_userid=external_userid,
        remark=item.text("remark"),
        description=item.text("description"),
        remark_mobiles=mobiles,
        tags=[names[tag] for tag in tags],
        last_chat_at=item.integer("last_chat_at"),
        deleted_by_customer=item.flag("deleted_by_customer"),
    )
    world.put(corp.corp_id, relation)
