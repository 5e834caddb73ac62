"""Customers and their relations with members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrm.wecom.sandbox.entities import Customer, Relation, Staff, Tag, TagGroup
from scrm.wecom.sandbox.errors import ApiError
from scrm.wecom.sandbox.paging import page
from scrm.wecom.sandbox.registry import Call, endpoint

if TYPE_CHECKING:
    from scrm.wecom.sandbox.wire import JsonObject

FOLLOWERS_A_PAGE = 500
BATCH_USERS = 100
BATCH_DEFAULT, BATCH_MOST = 50, 100
REMARK_LENGTH = 20
DESCRIPTION_LENGTH = 150


@endpoint("externalcontact/get_follow_user_list", method="GET")
def get_follow_user_list(call: Call) -> JsonObject:
    staff = call.corp.all(Staff).values()
    return {"follow_user": [s.userid for s in staff if s.contact and call.sees(s.userid)]}


@endpoint("externalcontact/list", method="GET")
def contact_list(call: Call) -> JsonObject:
    member = call.staff(call.query.text("userid"))
    relations = call.corp.by_user[member.userid].values()
    return {"external_userid": [r.external_userid for r in relations if r.full]}


@endpoint("externalcontact/get", method="GET")
def contact_get(call: Call) -> JsonObject:
    external_userid = call.query.text("external_userid")
    if not external_userid:
        raise ApiError(41035)
    customer = call.corp.get(Customer, external_userid)
    if customer is None:
        raise ApiError(40096)
    followers = [r for r in call.corp.by_customer[external_userid].values() if r.full]
    if not followers:
        raise ApiError(84061)
    seen = [r for r in followers if call.sees(r.userid)]
    if not seen:
        raise ApiError(40096)
    rows = [(f"{r.createtime:012d}{r.userid}", r) for r in seen]
    cursor = call.query.text("cursor")
    part, following = page(
        rows, cursor=cursor, limit=FOLLOWERS_A_PAGE, scope=f"get {external_userid}"
    )
    answer: JsonObject = {
        "external_contact": external_contact(customer),
        "follow_user": [{**_follow(r), "tags": _tags(call, r)} for r in part],
    }
    return {**answer, "next_cursor": following} if following else answer


@endpoint("externalcontact/batch/get_by_user")
def batch_get_by_user(call: Call) -> JsonObject:
    """Pages over relations; an oversized limit means the largest."""
    userids = call.body.strings("userid_list")
    if not userids:
        raise ApiError(40063, "userid_list")
    if len(userids) > BATCH_USERS:
        raise ApiError(81017)
    for userid in userids:
        call.staff(userid)
    limit = call.body.integer("limit", BATCH_DEFAULT)
    limit = min(limit, BATCH_MOST) if limit > 0 else BATCH_DEFAULT
    rows = [
        (f"{userid}\n{relation.external_userid}", relation)
        for userid in dict.fromkeys(userids)
        for relation in call.corp.by_user[userid].values()
        if relation.full
    ]
    scope = "batch " + ",".join(sorted(set(userids)))
    part, following = page(rows, cursor=call.body.text("cursor"), limit=limit, scope=scope)
    customers = call.corp.all(Customer)
    found = [
        {
            "external_contact": external_contact(customers[relation.external_userid]),
            "follow_info": {**_follow(relation), "tag_id": _living_tags(call, relation)},
        }
        for relation in part
    ]
    return {"external_contact_list": found, "next_cursor": following}


@endpoint("externalcontact/remark")
def remark(call: Call) -> JsonObject:
    """Change what the member notes about the customer; absent fields stay."""
    relation = call.relation(call.body.text("userid"), call.body.text("external_userid"))
    names = ("remark", "description", "remark_company", "remark_mobiles", "remark_pic_mediaid")
    if not any(name in call.body for name in names):
        raise ApiError(40063)
    note = call.body.text("remark", relation.remark)
    description = call.body.text("description", relation.description)
    if len(note) > REMARK_LENGTH or len(description) > DESCRIPTION_LENGTH:
        raise ApiError(40058, "remark or description too long")
    relation.remark, relation.description = note, description
    relation.remark_company = call.body.text("remark_company", relation.remark_company)
    if "remark_mobiles" in call.body:
        relation.remark_mobiles = [m for m in call.body.strings("remark_mobiles") if m]
    call.world.put(call.corp_id, relation)
    return {}


def external_contact(customer: Customer) -> JsonObject:
    row: JsonObject = {
        "external_userid": customer.external_userid,
        "name": customer.name,
        "type": 1,
        "avatar": customer.avatar,
        "gender": customer.gender,
    }
    return {**row, "unionid": customer.unionid} if customer.unionid else row


def _follow(relation: Relation) -> JsonObject:
    row: JsonObject = {
        "userid": relation.userid,
        "remark": relation.remark,
        "description": relation.description,
        "createtime": relation.createtime,
        "remark_mobiles": relation.remark_mobiles,
        "add_way": relation.add_way,
        "oper_userid": relation.oper_userid or relation.external_userid,
    }
    if relation.remark_company:
        row["remark_corp_name"] = relation.remark_company
    if relation.state:
        row["state"] = relation.state
    return row


def _living_tags(call: Call, relation: Relation) -> list[str]:
    tags = call.corp.all(Tag)
    return [t for t in relation.tags if t in tags and not tags[t].deleted]


def _tags(call: Call, relation: Relation) -> list[JsonObject]:
    tags, groups = call.corp.all(Tag), call.corp.all(TagGroup)
    rows = (tags[tag_id] for tag_id in _living_tags(call, relation))
    return [
        {
            "group_name": groups[tag.group_id].name,
            "tag_name": tag.name,
            "tag_id": tag.id,
            "type": 1,
        }
        for tag in rows
    ]
