"""What the control plane shows: records of control_types as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from scrm.wecom.sandbox.confirm import NOT_FRIEND, OVER_QUOTA, SENT, quota_left
from scrm.wecom.sandbox.control_types import (
    BroadcastTask,
    ContactWayView,
    CustomerView,
    InboxMessage,
    Send,
)
from scrm.wecom.sandbox.endpoints.contact_ways import QR_CODE, qr_code, reachable
from scrm.wecom.sandbox.entities import (
    Agent,
    Broadcast,
    ContactWay,
    Customer,
    Message,
    Relation,
    SendRecord,
    Staff,
    Tag,
    TagGroup,
    Task,
)

if TYPE_CHECKING:
    from scrm.wecom.sandbox.wire import JsonObject
    from scrm.wecom.sandbox.world import CorpState

PHONE_MESSAGES = ("broadcast", "welcome", "chat")


def corp_view(corp: CorpState) -> JsonObject:
    return {
        "corp_id": corp.corp_id,
        "name": corp.corp.name,
        "quota_rule": corp.corp.quota_rule,
        "token_ttl": corp.corp.token_ttl,
        "customers": len(corp.all(Customer)),
        "staff": len(corp.all(Staff)),
        "agents": [
            {"agent_id": a.agent_id, "name": a.name, "url": a.url} for a in corp.all(Agent).values()
        ],
    }


def customer_view(corp: CorpState, customer: Customer, now: int) -> JsonObject:
    followers = corp.by_customer.get(customer.external_userid, {})
    tags = corp.all(Tag)
    names = {tags[t].name: None for r in followers.values() for t in r.tags if t in tags}
    view = CustomerView(
        external_userid=customer.external_userid,
        name=customer.name,
        unionid=customer.unionid,
        gender=customer.gender,
        avatar=customer.avatar,
        phone=customer.phone,
        staff=tuple(followers),
        tags=tuple(names),
        unread=len(corp.messages_of.get(customer.external_userid, ())),
        quota_left=quota_left(corp, customer, now),
    )
    return asdict(view)


def matching_customers(corp: CorpState, q: str) -> list[Customer]:
    """Newest first; q is part of a name, phone or id."""
    found = [
        c
        for c in corp.all(Customer).values()
        if not q or q in c.name or q in c.phone or q in c.external_userid
    ]
    found.reverse()
    return found


def relation_view(corp: CorpState, relation: Relation) -> JsonObject:
    staff = corp.get(Staff, relation.userid)
    customer = corp.get(Customer, relation.external_userid)
    tags = corp.all(Tag)
    return {
        "userid": relation.userid,
        "staff_name": staff.name if staff else relation.userid,
        "external_userid": relation.external_userid,
        "customer_name": customer.name if customer else relation.external_userid,
        "remark": relation.remark,
        "state": relation.state,
        "createtime": relation.createtime,
        "half": relation.half,
        "waiting": relation.waiting,
        "deleted_by_customer": relation.deleted_by_customer,
        "tags": [tags[t].name for t in relation.tags if t in tags and not tags[t].deleted],
        "tag_ids": relation.tags,
    }


def tag_views(corp: CorpState) -> list[JsonObject]:
    groups = corp.all(TagGroup)
    return [
        {"id": t.id, "name": t.name, "group": groups[t.group_id].name}
        for t in corp.all(Tag).values()
        if not t.deleted
    ]


def message_view(corp_id: str, message: Message) -> JsonObject:
    view = InboxMessage(
        id=message.id,
        corp_id=corp_id,
        external_userid=message.external_userid,
        userid=message.userid,
        kind=message.message_kind,  # type: ignore[arg-type]
        at=message.at,
        text=message.text,
        msgid=message.msgid,
        attachments=tuple(message.attachments),
    )
    return asdict(view)


def send_view(corp_id: str, send: SendRecord) -> JsonObject:
    view = Send(
        id=send.id,
        kind=send.send_kind,  # type: ignore[arg-type]
        corp_id=corp_id,
        msgid=send.msgid,
        at=send.at,
        sender=send.sender,
        recipients=tuple(send.recipients),
        fail_list=tuple(send.fail_list),
        text=send.text,
        chat_type=send.chat_type,
        agent_id=send.agent_id,
        attachments=tuple(send.attachments),
    )
    return asdict(view)


def task_view(corp: CorpState, task: Task) -> JsonObject:
    broadcast = corp.all(Broadcast)[task.msgid]
    view = BroadcastTask(
        corp_id=corp.corp_id,
        msgid=task.msgid,
        userid=task.userid,
        status=task.status,
        created_at=broadcast.created_at,
        send_time=task.send_time,
        text=broadcast.text,
        recipients=len(task.recipients),
        sent=task.count(SENT),
        not_friend=task.count(NOT_FRIEND),
        over_quota=task.count(OVER_QUOTA),
        reminded=len(broadcast.reminders),
        cancelled=broadcast.cancelled,
        attachments=tuple(broadcast.attachments),
    )
    return asdict(view)


def way_view(corp: CorpState, way: ContactWay, base_url: str) -> JsonObject:
    view = ContactWayView(
        config_id=way.config_id,
        qr_code=qr_code(base_url, way) if way.scene == QR_CODE else "",
        state=way.state,
        remark=way.remark,
        user=tuple(reachable(corp.all(Staff), way.user, way.party)),
        scans=way.scans,
        skip_verify=way.skip_verify,
    )
    return asdict(view)
