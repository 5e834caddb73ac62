"""The welcome message: one code, one use, twenty seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrm.wecom.sandbox.endpoints.attachments import message_content
from scrm.wecom.sandbox.entities import Message, SendRecord, WelcomeCode
from scrm.wecom.sandbox.errors import ApiError
from scrm.wecom.sandbox.registry import Call, endpoint

if TYPE_CHECKING:
    from scrm.wecom.sandbox.wire import JsonObject

CODE_SECONDS = 20


@endpoint("externalcontact/send_welcome_msg")
def send_welcome_msg(call: Call) -> JsonObject:
    value = call.body.text("welcome_code")
    if not value:
        raise ApiError(41049)
    code = call.corp.get(WelcomeCode, value)
    if code is None or not call.sees(code.userid):
        raise ApiError(41050)
    if code.used:
        raise ApiError(41051)
    if call.world.clock.now() > code.created_at + CODE_SECONDS:
        raise ApiError(41050)
    relation = call.corp.relation(code.userid, code.external_userid)
    if relation is None or relation.deleted_by_customer:
        raise ApiError(41050)
    if relation.chatted:
        raise ApiError(41051)
    text, attachments = message_content(call)
    if call.options.take_welcome_busy():
        raise ApiError(41096)
    _deliver(call, code, text, attachments)
    return {}


def _deliver(call: Call, code: WelcomeCode, text: str, attachments: list[JsonObject]) -> None:
    world, now = call.world, call.world.now()
    code.used = True
    world.put(call.corp_id, code)
    send = SendRecord(
        id=world.number(),
        send_kind="welcome",
        msgid=code.code,
        at=now,
        sender=code.userid,
        recipients=[code.external_userid],
        text=text,
        agent_id=call.agent.agent_id,
        attachments=attachments,
    )
    world.put(call.corp_id, send)
    message = Message(
        id=world.number(),
        external_userid=code.external_userid,
        userid=code.userid,
        message_kind="welcome",
        at=now,
        text=text,
        msgid=code.code,
        attachments=attachments,
    )
    world.put(call.corp_id, message)
