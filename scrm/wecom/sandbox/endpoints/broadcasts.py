"""Mass messages: creating them, reminding and cancelling."""

from __future__ import annotations

import secrets
from collections import defaultdict
from typing import TYPE_CHECKING

from scrm.wecom.sandbox.endpoints.attachments import message_content
from scrm.wecom.sandbox.entities import Broadcast, Customer, Relation, SendRecord, Staff, Task
from scrm.wecom.sandbox.errors import ApiError
from scrm.wecom.sandbox.registry import Call, endpoint

if TYPE_CHECKING:
    from scrm.wecom.sandbox.wire import JsonObject

CUSTOMERS, CHATS, TAGS_A_GROUP = 10_000, 2_000, 100
REMINDERS, REMINDER_SECONDS = 3, 24 * 3600


@endpoint("externalcontact/add_msg_template")
def add_msg_template(call: Call) -> JsonObject:
    """Make one task per member. There is no idempotency: the same call twice sends twice."""
    chat_type = call.body.text("chat_type", "single") or "single"
    if chat_type not in ("single", "group"):
        raise ApiError(40058, "chat_type")
    text, attachments = message_content(call)
    if chat_type == "group":
        audience, failed = _group_audience(call), list[str]()
    else:
        audience, failed = _audience(call)
    if not audience:
        raise ApiError(41048, extra={"fail_list": failed})
    world = call.world
    broadcast = Broadcast(
        msgid="msg" + secrets.token_urlsafe(20),
        agent_id=call.agent.agent_id,
        chat_type=chat_type,
        created_at=world.now(),
        text=text,
        attachments=attachments,
    )
    world.put(call.corp_id, broadcast)
    for userid, recipients in audience.items():
        world.put(call.corp_id, Task(broadcast.msgid, userid, recipients))
    send = SendRecord(
        id=world.number(),
        send_kind="broadcast",
        msgid=broadcast.msgid,
        at=broadcast.created_at,
        sender=call.body.text("sender"),
        recipients=[one for recipients in audience.values() for one in recipients],
        fail_list=failed,
        text=text,
        chat_type=chat_type,
        agent_id=call.agent.agent_id,
        attachments=attachments,
    )
    world.put(call.corp_id, send)
    return {"fail_list": failed, "msgid": broadcast.msgid}


@endpoint("externalcontact/remind_groupmsg_send")
def remind_groupmsg_send(call: Call) -> JsonObject:
    """At most three times a day (41094)."""
    broadcast = settled_broadcast(call)
    if broadcast.cancelled:
        raise ApiError(41093)
    now = call.world.now()
    recent = [at for at in broadcast.reminders if at > now - REMINDER_SECONDS]
    if len(recent) >= REMINDERS:
        raise ApiError(41094)
    broadcast.reminders.append(now)
    call.world.put(call.corp_id, broadcast)
    return {}


@endpoint("externalcontact/cancel_groupmsg_send")
def cancel_groupmsg_send(call: Call) -> JsonObject:
    """What members have already sent stays sent."""
    broadcast = settled_broadcast(call)
    if broadcast.cancelled:
        raise ApiError(41093)
    broadcast.cancelled = True
    call.world.put(call.corp_id, broadcast)
    return {}


def settled_broadcast(call: Call) -> Broadcast:
    """The broadcast named by msgid: 41046, 41047, or 41063 while it is being dispatched."""
    msgid = call.body.text("msgid")
    if not msgid:
        raise ApiError(41046)
    broadcast = call.corp.get(Broadcast, msgid)
    if broadcast is None:
        raise ApiError(41047)
    wait = call.options.switches.dispatch_seconds
    if call.world.now() < broadcast.created_at + wait:
        raise ApiError(41063)
    return broadcast


def _group_audience(call: Call) -> dict[str, list[str]]:
    """Customer groups are chosen by the owner on the phone; here a task without recipients."""
    sender = call.body.text("sender")
    if not sender:
        raise ApiError(41009, "sender")
    call.staff(sender)
    if len(call.body.strings("chat_id_list")) > CHATS:
        raise ApiError(40058, "chat_id_list")
    return {sender: []}


def _audience(call: Call) -> tuple[dict[str, list[str]], list[str]]:
    """Who gets it from whom, and which named customers cannot.

    With a sender: that member's customers. Without: for each customer the member who chatted
    with them last. Named customers win over tag_filter.
    """
    sender, named = call.body.text("sender"), call.body.strings("external_userid")
    groups = _tag_groups(call)
    if sender:
        call.staff(sender)
    if len(named) > CUSTOMERS:
        raise ApiError(40058, "external_userid")
    if not sender and not named and not groups:
        raise ApiError(40063, "sender, external_userid and tag_filter are all empty")
    if named:
        candidates, filters = list(dict.fromkeys(named)), list[set[str]]()
    else:
        pool = call.corp.by_user[sender] if sender else call.corp.all(Customer)
        candidates, filters = list(pool), groups
    audience: dict[str, list[str]] = defaultdict(list)
    failed: list[str] = []
    for external_userid in candidates:
        relation = _sender_for(call, external_userid, sender, filters)
        if relation is not None:
            audience[relation.userid].append(external_userid)
        elif named:
            failed.append(external_userid)
    return dict(audience), failed


def _sender_for(
    call: Call, external_userid: str, sender: str, filters: list[set[str]]
) -> Relation | None:
    followers = call.corp.by_customer.get(external_userid, {})
    if sender:
        relation = followers.get(sender)
        fits = relation is not None and relation.full and _matches(relation, filters)
        return relation if fits else None
    staff = call.corp.all(Staff)
    able = [
        relation
        for relation in followers.values()
        if relation.full
        and call.sees(relation.userid)
        and staff[relation.userid].contact
        and _matches(relation, filters)
    ]
    return max(able, key=_last_chat) if able else None


def _last_chat(relation: Relation) -> tuple[int, str]:
    return max(relation.last_chat_at, relation.createtime), relation.userid


def _matches(relation: Relation, filters: list[set[str]]) -> bool:
    return all(tags.intersection(relation.tags) for tags in filters)


def _tag_groups(call: Call) -> list[set[str]]:
    """tag_filter: any tag inside a group, every group."""
    groups: list[set[str]] = []
    for item in call.body.object("tag_filter").objects("group_list"):
        tags = item.get("tag_list")
        if not isinstance(tags, list) or len(tags) > TAGS_A_GROUP:
            raise ApiError(40058, "tag_list")
        if tags:
            groups.append({str(tag) for tag in tags})
    return groups
