"""What became of mass messages; the only way to learn it is to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrm.wecom.sandbox.endpoints.broadcasts import settled_broadcast
from scrm.wecom.sandbox.entities import Broadcast
from scrm.wecom.sandbox.errors import ApiError
from scrm.wecom.sandbox.paging import page
from scrm.wecom.sandbox.registry import Call, endpoint

if TYPE_CHECKING:
    from scrm.wecom.sandbox.wire import Fields, JsonObject

LIST_DEFAULT, LIST_MOST = 50, 100
RESULT_DEFAULT, RESULT_MOST = 500, 1000
SPAN_SECONDS = 31 * 24 * 3600
CORP, PERSONAL, BOTH = 0, 1, 2
SENT = 1


@endpoint("externalcontact/get_groupmsg_list_v2")
def get_groupmsg_list_v2(call: Call) -> JsonObject:
    """Broadcasts by time of creation, at most one month; those made by API name no creator."""
    start, end = call.body.integer("start_time"), call.body.integer("end_time")
    if not start or not end:
        raise ApiError(40063, "start_time or end_time")
    if end < start or end - start > SPAN_SECONDS:
        raise ApiError(40058, "time span")
    chat_type = call.body.text("chat_type", "single") or "single"
    creator = call.body.text("creator")
    kind = call.body.integer("filter_type", BOTH)
    rows = [
        (f"{b.created_at:012d}{b.msgid}", b)
        for b in call.corp.all(Broadcast).values()
        if start <= b.created_at <= end
        and b.chat_type == chat_type
        and (not creator or b.creator == creator)
        and kind in (BOTH, PERSONAL if b.creator else CORP)
    ]
    scope = f"list {start} {end} {chat_type} {creator} {kind}"
    limit = _limit(call.body, LIST_DEFAULT, LIST_MOST)
    part, following = page(rows, cursor=call.body.text("cursor"), limit=limit, scope=scope)
    return {"next_cursor": following, "group_msg_list": [_broadcast(b) for b in part]}


@endpoint("externalcontact/get_groupmsg_task")
def get_groupmsg_task(call: Call) -> JsonObject:
    broadcast = settled_broadcast(call)
    tasks = call.corp.tasks_of[broadcast.msgid]
    rows = [
        (
            userid,
            {"userid": userid, "status": task.status}
            | ({"send_time": task.send_time} if task.status else {}),
        )
        for userid, task in tasks.items()
        if call.sees(userid)
    ]
    limit = _limit(call.body, RESULT_DEFAULT, RESULT_MOST)
    scope = f"task {broadcast.msgid}"
    part, following = page(rows, cursor=call.body.text("cursor"), limit=limit, scope=scope)
    return {"next_cursor": following, "task_list": part}


@endpoint("externalcontact/get_groupmsg_send_result")
def get_groupmsg_send_result(call: Call) -> JsonObject:
    """Per recipient 0 not sent, 1 sent, 2 not a friend, 3 already got too many."""
    broadcast = settled_broadcast(call)
    member = call.staff(call.body.text("userid"))
    task = call.corp.tasks_of[broadcast.msgid].get(member.userid)
    rows: list[tuple[str, JsonObject]] = []
    for external_userid in task.recipients if task else ():
        status, at = task.results.get(external_userid, (0, 0)) if task else (0, 0)
        row: JsonObject = {"external_userid": external_userid, "userid": member.userid}
        row["status"] = status
        rows.append((external_userid, {**row, "send_time": at} if status == SENT else row))
    limit = _limit(call.body, RESULT_DEFAULT, RESULT_MOST)
    scope = f"result {broadcast.msgid} {member.userid}"
    part, following = page(rows, cursor=call.body.text("cursor"), limit=limit, scope=scope)
    return {"next_cursor": following, "send_list": part}


def _limit(body: Fields, default: int, most: int) -> int:
    """An oversized limit means the default, says the documentation."""
    limit = body.integer("limit", default)
    return limit if 0 < limit <= most else default


def _broadcast(broadcast: Broadcast) -> JsonObject:
    row: JsonObject = {
        "msgid": broadcast.msgid,
        "create_time": broadcast.created_at,
        "create_type": PERSONAL if broadcast.creator else CORP,
    }
    if broadcast.creator:
        row["creator"] = broadcast.creator
    if broadcast.text:
        row["text"] = {"content": broadcast.text}
    return {**row, "attachments": broadcast.attachments}
