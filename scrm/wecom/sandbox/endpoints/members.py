"""Members, departments and the application itself, within its visible scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrm.wecom.sandbox.entities import Staff
from scrm.wecom.sandbox.errors import ApiError
from scrm.wecom.sandbox.paging import page
from scrm.wecom.sandbox.registry import Call, endpoint

if TYPE_CHECKING:
    from scrm.wecom.sandbox.wire import JsonObject

LIST_ID_LIMIT = 10_000


def visible_staff(call: Call) -> list[Staff]:
    return [s for s in call.corp.all(Staff).values() if call.sees(s.userid)]


@endpoint("user/get", method="GET")
def user_get(call: Call) -> JsonObject:
    member = call.staff(call.query.text("userid"))
    return {
        "userid": member.userid,
        "name": member.name,
        "department": member.department,
        "order": [0] * len(member.department),
        "position": member.position,
        "mobile": member.mobile,
        "gender": str(member.gender),
        "is_leader_in_dept": [0] * len(member.department),
        "avatar": "",
        "alias": "",
        "main_department": member.department[0],
        "status": 1 if member.active else 4,
        "extattr": {"attrs": []},
    }


@endpoint("user/simplelist", method="GET")
def user_simplelist(call: Call) -> JsonObject:
    department = call.query.integer("department_id", 1)
    if department not in _departments(call):
        raise ApiError(60123)
    inside = call.corp.corp.below(department)
    members = [s for s in visible_staff(call) if inside.intersection(s.department)]
    rows = [{"userid": s.userid, "name": s.name, "department": s.department} for s in members]
    return {"userlist": rows}


@endpoint("user/list_id")
def user_list_id(call: Call) -> JsonObject:
    limit = min(call.body.integer("limit", LIST_ID_LIMIT) or LIST_ID_LIMIT, LIST_ID_LIMIT)
    rows: list[tuple[str, JsonObject]] = [
        (f"{s.userid}\n{department:08d}", {"userid": s.userid, "department": department})
        for s in visible_staff(call)
        for department in s.department
    ]
    cursor = call.body.text("cursor")
    part, following = page(rows, cursor=cursor, limit=limit, scope="user/list_id")
    return {"dept_user": part, "next_cursor": following}


@endpoint("department/list", method="GET")
def department_list(call: Call) -> JsonObject:
    top = call.query.integer("id", 0)
    if top and top not in _departments(call):
        raise ApiError(60123)
    inside = call.corp.corp.below(top) if top else set(_departments(call))
    parents = call.corp.corp.parents()
    rows: list[JsonObject] = [
        {
            "id": number,
            "name": name,
            "parentid": parents[number],
            "order": 1000 - number,
            "department_leader": [],
        }
        for number, name in _departments(call).items()
        if number in inside
    ]
    return {"department": rows}


@endpoint("agent/get", method="GET")
def agent_get(call: Call) -> JsonObject:
    if call.query.integer("agentid", -1) != call.agent.agent_id:
        raise ApiError(40056)
    users = [{"userid": s.userid} for s in visible_staff(call)] if call.agent.visible else []
    return {
        "agentid": call.agent.agent_id,
        "name": call.agent.name,
        "square_logo_url": "",
        "description": "",
        "allow_userinfos": {"user": users},
        "allow_partys": {"partyid": [] if call.agent.visible else [1]},
        "allow_tags": {"tagid": []},
        "close": 0,
        "redirect_domain": "",
        "report_location_flag": 0,
        "isreportenter": 0,
        "home_url": "",
    }


@endpoint("getcallbackip", method="GET")
def getcallbackip(call: Call) -> JsonObject:
    """Callbacks of the sandbox come from loopback."""
    del call
    return {"ip_list": ["127.0.0.1"]}


@endpoint("get_api_domain_ip", method="GET")
def get_api_domain_ip(call: Call) -> JsonObject:
    del call
    return {"ip_list": ["127.0.0.1"]}


def _departments(call: Call) -> dict[int, str]:
    return {int(row[0]): str(row[1]) for row in call.corp.corp.departments}
