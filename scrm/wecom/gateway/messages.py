"""What leaves for customers: welcome, files, mass messages. The outcome of the last is known only by asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrm.wecom.client import Upload
from scrm.wecom.gateway.calls import Calls
from scrm.wecom.gateway.content import Attachment, MessageContent
from scrm.wecom.gateway.types import (
    BroadcastCreated,
    BroadcastRecord,
    BroadcastResult,
    BroadcastTask,
    MediaUploaded,
    Page,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrm.wecom.client import Json
    from scrm.wecom.gateway.reader import Reader

LIST_LIMIT = 100
RESULT_LIMIT = 1000


class MessageCalls(Calls):
    """Sending. Nothing here retries what may have happened: WeComUnknown goes to the caller."""

    def welcome_send(self, *, code: str, content: MessageContent) -> None:
        """Spend a welcome code; 41051 means that somebody did before."""
        content.check()
        self._post("externalcontact/send_welcome_msg", {"welcome_code": code, **content.wire()})

    def media_upload(
        self, *, kind: str, filename: str, content: bytes, content_type: str
    ) -> MediaUploaded:
        """A temporary file (image, voice, video, file) that messages may refer to for three days."""
        upload = Upload(filename=filename, content=content, content_type=content_type)
        answer = self._upload("media/upload", upload, type=kind)
        return MediaUploaded(
            media_id=answer.need("media_id"), created_at=answer.integer("created_at")
        )

    def broadcast_create(
        self,
        *,
        sender: str,
        external_userids: Sequence[str],
        text: str = "",
        attachments: Sequence[Attachment] = (),
    ) -> BroadcastCreated:
        """Ask one member to send to up to 10,000 customers. Twice called is twice sent: see design R.

        WeComRefused 41048 means that none of them can get it.
        """
        content = MessageContent(text=text, attachments=tuple(attachments))
        content.check()
        body: Json = {
            "chat_type": "single",
            "sender": sender,
            "external_userid": list(external_userids),
            **content.wire(),
        }
        answer = self._post("externalcontact/add_msg_template", body)
        return BroadcastCreated(msgid=answer.need("msgid"), failed=answer.texts("fail_list"))

    def broadcast_list(self, *, start: int, end: int, cursor: str = "") -> Page[BroadcastRecord]:
        """Mass messages created between two unix times, at most a month apart."""
        body: Json = {
            "chat_type": "single",
            "start_time": start,
            "end_time": end,
            "limit": LIST_LIMIT,
            "cursor": cursor,
        }
        answer = self._post("externalcontact/get_groupmsg_list_v2", body)
        rows = tuple(_record(row) for row in answer.objects("group_msg_list"))
        return Page(rows=rows, cursor=answer.text("next_cursor"))

    def broadcast_tasks(self, *, msgid: str, cursor: str = "") -> Page[BroadcastTask]:
        """Which members have confirmed. WeComLimited 41063: still being handed out, ask later."""
        body: Json = {"msgid": msgid, "limit": RESULT_LIMIT, "cursor": cursor}
        answer = self._post("externalcontact/get_groupmsg_task", body)
        rows = tuple(
            BroadcastTask(
                userid=row.need("userid"),
                status=row.integer("status"),
                send_time=row.integer("send_time"),
            )
            for row in answer.objects("task_list")
        )
        return Page(rows=rows, cursor=answer.text("next_cursor"))

    def broadcast_results(
        self, *, msgid: str, userid: str, cursor: str = ""
    ) -> Page[BroadcastResult]:
        """What each recipient of one member got."""
        body: Json = {"msgid": msgid, "userid": userid, "limit": RESULT_LIMIT, "cursor": cursor}
        answer = self._post("externalcontact/get_groupmsg_send_result", body)
        rows = tuple(
            BroadcastResult(
                external_userid=row.need("external_userid"),
                userid=row.text("userid", userid),
                status=row.integer("status"),
                send_time=row.integer("send_time"),
            )
            for row in answer.objects("send_list")
            if row.text("external_userid")
        )
        return Page(rows=rows, cursor=answer.text("next_cursor"))

    def broadcast_remind(self, msgid: str) -> None:
        """Remind members who have not confirmed; three times in 24 hours (41094)."""
        self._post("externalcontact/remind_groupmsg_send", {"msgid": msgid})

    def broadcast_cancel(self, msgid: str) -> None:
        """Stop what members have not sent yet; 41093 if it was stopped before."""
        self._post("externalcontact/cancel_groupmsg_send", {"msgid": msgid})


def _record(row: Reader) -> BroadcastRecord:
    text = row.object("text").text("content") if "text" in row.data else ""
    return BroadcastRecord(
        msgid=row.need("msgid"),
        creator=row.text("creator"),
        create_time=row.integer("create_time"),
        create_type=row.integer("create_type"),
        text=text,
    )
