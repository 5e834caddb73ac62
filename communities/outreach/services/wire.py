"""What a push asks of WeCom. Nothing here runs inside a transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from communities.outreach.rules import Listed
from scrm.wecom.gateway import Attachment, Gateway, gateway_for
from scrm.wecom.models import WeComCorp


@dataclass(frozen=True, kw_only=True)
class Created:
    """WeCom took the broadcast, except for these customers."""

    msgid: str
    failed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One recipient as WeCom reports: 0 not yet, 1 sent, 2 no friend, 3 over WeCom's own cap."""

    external_userid: str
    status: int
    sent_at: datetime | None


def gateway(corp_id: int) -> Gateway:
    """The gateway of one of this tenant's applications."""
    return gateway_for(WeComCorp.objects.get(pk=corp_id))


def broadcast_create(
    *,
    corp_id: int,
    sender: str,
    customers: Sequence[str],
    text: str,
    attachments: Sequence[Attachment],
) -> Created:
    """One call of add_msg_template. Calling it twice sends twice."""
    made = gateway(corp_id).broadcast_create(
        sender=sender, external_userids=customers, text=text, attachments=attachments
    )
    return Created(msgid=made.msgid, failed=tuple(made.failed))


def broadcasts_listed(*, corp_id: int, start: datetime, end: datetime) -> Iterator[Listed]:
    """Every broadcast created between two instants, all pages."""
    door, cursor = gateway(corp_id), ""
    while True:
        page = door.broadcast_list(
            start=int(start.timestamp()), end=int(end.timestamp()) + 1, cursor=cursor
        )
        for row in page.rows:
            yield Listed(
                msgid=row.msgid,
                text=row.text,
                created_at=datetime.fromtimestamp(row.create_time, UTC),
            )
        cursor = page.cursor
        if not cursor:
            return


def sender_has_confirmed(*, corp_id: int, msgid: str, sender: str) -> bool | None:
    """Whether the member has pressed send; None if the broadcast has no task for them."""
    door, cursor = gateway(corp_id), ""
    while True:
        page = door.broadcast_tasks(msgid=msgid, cursor=cursor)
        for row in page.rows:
            if row.userid == sender:
                return row.status != 0
        cursor = page.cursor
        if not cursor:
            return None


def broadcast_outcomes(*, corp_id: int, msgid: str, sender: str) -> list[Outcome]:
    """What each recipient of the sender got so far."""
    door, cursor, found = gateway(corp_id), "", list[Outcome]()
    while True:
        page = door.broadcast_results(msgid=msgid, userid=sender, cursor=cursor)
        found += [
            Outcome(
                external_userid=row.external_userid,
                status=row.status,
                sent_at=datetime.fromtimestamp(row.send_time, UTC) if row.send_time else None,
            )
            for row in page.rows
        ]
        cursor = page.cursor
        if not cursor:
            return found


def broadcast_remind(*, corp_id: int, msgid: str) -> None:
    """Remind the sender; three times in 24 hours."""
    gateway(corp_id).broadcast_remind(msgid)


def broadcast_cancel(*, corp_id: int, msgid: str) -> None:
    """Take back what the sender has not sent yet."""
    gateway(corp_id).broadcast_cancel(msgid)


def image_upload(*, corp_id: int, name: str, content: bytes, content_type: str) -> str:
    """Give WeCom a picture; the media id lives three days."""
    made = gateway(corp_id).media_upload(
        kind="image", filename=name, content=content, content_type=content_type
    )
    return made.media_id
