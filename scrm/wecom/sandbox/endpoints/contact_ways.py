"""Contact codes (联系我): the doors through which customers come in."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from scrm.wecom.sandbox.entities import ContactWay, Relation, Staff
from scrm.wecom.sandbox.errors import ApiError
from scrm.wecom.sandbox.paging import page
from scrm.wecom.sandbox.registry import Call, endpoint

if TYPE_CHECKING:
    from scrm.wecom.sandbox.wire import JsonObject

SINGLE, MULTIPLE = 1, 2
MINI_PROGRAM, QR_CODE = 1, 2
STYLES = {SINGLE: 3, MULTIPLE: 2}
USERS = 100
CORP_WAYS = 500_000
TEXT_LENGTH = 30
LIST_DEFAULT, LIST_MOST = 100, 1000
LIST_SECONDS = 90 * 24 * 3600
WEEK, TWO_WEEKS, DAY = 7 * 86400, 14 * 86400, 86400


@endpoint("externalcontact/add_contact_way")
def add_contact_way(call: Call) -> JsonObject:
    if "type" not in call.body:
        raise ApiError(41037)
    if "scene" not in call.body:
        raise ApiError(41038)
    kind, scene = call.body.integer("type"), call.body.integer("scene")
    if kind not in (SINGLE, MULTIPLE):
        raise ApiError(41039)
    if scene not in (MINI_PROGRAM, QR_CODE):
        raise ApiError(41040)
    ways = call.corp.all(ContactWay)
    if sum(1 for way in ways.values() if not way.is_temp) >= CORP_WAYS:
        raise ApiError(41045)
    way = ContactWay(
        config_id=secrets.token_hex(16),
        agent_id=call.agent.agent_id,
        created_at=call.world.now(),
        type=kind,
        scene=scene,
        is_temp=call.body.flag("is_temp"),
        is_exclusive=call.body.flag("is_exclusive"),
    )
    _fill(call, way)
    call.world.put(call.corp_id, way)
    answer: JsonObject = {"config_id": way.config_id}
    if scene == QR_CODE:
        answer["qr_code"] = qr_code(call.request.base_url, way)
    return answer


@endpoint("externalcontact/get_contact_way")
def get_contact_way(call: Call) -> JsonObject:
    way = _way(call)
    row: JsonObject = {
        "config_id": way.config_id,
        "type": way.type,
        "scene": way.scene,
        "is_temp": way.is_temp,
        "remark": way.remark,
        "skip_verify": way.skip_verify,
        "state": way.state,
        "user": way.user,
        "party": way.party,
        "mark_source": way.mark_source,
        "is_exclusive": way.is_exclusive,
    }
    if way.scene == QR_CODE:
        row["qr_code"] = qr_code(call.request.base_url, way)
    else:
        row["style"] = way.style
    if way.is_temp:
        row["expires_in"], row["chat_expires_in"] = way.expires_in, way.chat_expires_in
        row["unionid"], row["conclusions"] = way.unionid, way.conclusions
    return {"contact_way": row}


@endpoint("externalcontact/list_contact_way")
def list_contact_way(call: Call) -> JsonObject:
    """Lasting codes by time of creation; 90 days back unless asked otherwise."""
    now = call.world.now()
    start = call.body.integer("start_time") or now - LIST_SECONDS
    end = call.body.integer("end_time") or now
    limit = call.body.integer("limit", LIST_DEFAULT)
    if not 0 < limit <= LIST_MOST:
        raise ApiError(40058, "limit")
    rows = [
        (f"{way.created_at:012d}{way.config_id}", {"config_id": way.config_id})
        for way in call.corp.all(ContactWay).values()
        if not way.is_temp and start <= way.created_at <= end
    ]
    cursor = call.body.text("cursor")
    part, following = page(rows, cursor=cursor, limit=limit, scope="list_contact_way")
    return {"contact_way": part, "next_cursor": following}


@endpoint("externalcontact/update_contact_way")
def update_contact_way(call: Call) -> JsonObject:
    way = _way(call)
    _fill(call, way)
    call.world.put(call.corp_id, way)
    return {}


@endpoint("externalcontact/del_contact_way")
def del_contact_way(call: Call) -> JsonObject:
    call.world.drop(call.corp_id, _way(call))
    return {}


@endpoint("externalcontact/close_temp_chat")
def close_temp_chat(call: Call) -> JsonObject:
    """Ends a temporary session; a lasting friendship cannot be ended like this."""
    relation: Relation = call.relation(call.body.text("userid"), call.body.text("external_userid"))
    ways = call.corp.all(ContactWay).values()
    if not any(way.is_temp and relation.userid in way.user for way in ways):
        raise ApiError(40058, "no temp chat")
    call.world.drop(call.corp_id, relation)
    return {}


def qr_code(base_url: str, way: ContactWay) -> str:
    """The address of the code's picture."""
    return f"{base_url}/wwhead/{way.config_id}.svg"


def _way(call: Call) -> ContactWay:
    config_id = call.body.text("config_id")
    if not config_id:
        raise ApiError(41043)
    way = call.corp.get(ContactWay, config_id)
    if way is None:
        raise ApiError(41044)
    return way


def _fill(call: Call, way: ContactWay) -> None:
    """Check everything that may change, then change it."""
    body = call.body
    remark, state = body.text("remark", way.remark), body.text("state", way.state)
    if len(remark) > TEXT_LENGTH or len(state) > TEXT_LENGTH:
        raise ApiError(40058, "remark or state too long")
    style = body.integer("style", way.style)
    if way.scene == MINI_PROGRAM and not 0 <= style <= STYLES[way.type]:
        raise ApiError(41042)
    users = body.strings("user") if "user" in body else way.user
    party = body.integers("party") if "party" in body else way.party
    _check_users(call, way, users, party)
    way.remark, way.state, way.style = remark, state, style
    way.user, way.party = users, party
    way.skip_verify = body.flag("skip_verify", default=way.skip_verify)
    way.mark_source = body.flag("mark_source", default=way.mark_source)
    if way.is_temp:
        way.expires_in = min(body.integer("expires_in", way.expires_in or WEEK), TWO_WEEKS)
        way.chat_expires_in = min(
            body.integer("chat_expires_in", way.chat_expires_in or DAY), TWO_WEEKS
        )
        way.unionid = body.text("unionid", way.unionid)
        way.conclusions = body.object("conclusions").data or way.conclusions


def _check_users(call: Call, way: ContactWay, users: list[str], party: list[int]) -> None:
    if (way.type == SINGLE or way.is_temp) and len(users) > 1:
        raise ApiError(41041)
    if not users and (way.type == SINGLE or not party):
        raise ApiError(40063, "user")
    known = call.corp.corp.parents().keys()
    if not known >= set(party):
        raise ApiError(60123)
    members = [call.staff(userid) for userid in users]
    if any(not member.active for member in members):
        raise ApiError(41054)
    if len(reachable(call.corp.all(Staff), users, party)) > USERS:
        raise ApiError(41041)


def reachable(staff: dict[str, Staff], users: list[str], party: list[int]) -> list[str]:
    """Named members and those of the named departments, able to take customers."""
    inside = [
        s.userid
        for s in staff.values()
        if s.active and s.contact and (set(party) & set(s.department) or 1 in party)
    ]
    return list(dict.fromkeys([*users, *inside]))
