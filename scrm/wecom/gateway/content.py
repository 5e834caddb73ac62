"""What a message to a customer is made of: text and attachments, in WeCom's own JSON shape on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scrm.core.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scrm.wecom.client import Json

TEXT_BYTES = 4000
ATTACHMENTS = 9
_FIELDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # The kind, what it needs, what it may have.
    "image": ((), ("media_id", "pic_url")),
    "link": (("title", "url"), ("picurl", "desc")),
    "miniprogram": (("title", "pic_media_id", "appid", "page"), ()),
    "video": (("media_id",), ()),
    "file": (("media_id",), ()),
}


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """One attachment: its kind and the fields WeCom knows for that kind."""

    kind: str
    fields: tuple[tuple[str, str], ...]

    def wire(self) -> Json:
        """WeCom's shape: ``{"msgtype": "link", "link": {…}}``."""
        return {"msgtype": self.kind, self.kind: dict(self.fields)}


def attachment(kind: str, fields: Mapping[str, str]) -> Attachment:
    """A checked attachment; InvalidValue with a pointer for what WeCom would refuse (41065, 40058)."""
    if kind not in _FIELDS:
        message = "unknown attachment kind"
        raise InvalidValue(message, pointer="/msgtype")
    needed, optional = _FIELDS[kind]
    for name, value in fields.items():
        if name not in {*needed, *optional} or not isinstance(value, str):
            message = f"unknown field {name}"
            raise InvalidValue(message, pointer=f"/{kind}/{name}")
    missing = [name for name in needed if not fields.get(name)]
    if kind == "image" and not any(fields.get(name) for name in optional):
        missing = ["media_id"]
    if missing:
        message = f"missing field {missing[0]}"
        raise InvalidValue(message, pointer=f"/{kind}/{missing[0]}")
    kept = {name: fields[name] for name in (*needed, *optional) if fields.get(name)}
    return Attachment(kind=kind, fields=tuple(kept.items()))


def attachment_read(data: Mapping[str, object]) -> Attachment:
    """The attachment that WeCom's JSON shape describes (as stored by a push or given by REST)."""
    kind = str(data.get("msgtype", ""))
    body = data.get(kind)
    if set(data) != {"msgtype", kind} or not isinstance(body, dict):
        message = "an attachment is {msgtype: kind, kind: {...}}"
        raise InvalidValue(message, pointer="/msgtype")
    return attachment(kind, body)


@dataclass(frozen=True, kw_only=True)
class MessageContent:
    """Text of at most 4,000 bytes and at most 9 attachments; not both empty."""

    text: str = ""
    attachments: tuple[Attachment, ...] = ()

    def check(self) -> None:
        """Refuse what WeCom would refuse."""
        if not self.text and not self.attachments:
            message = "text and attachments are both empty"
            raise InvalidValue(message, pointer="/text")
        if len(self.text.encode()) > TEXT_BYTES:
            message = "text is longer than 4000 bytes"
            raise InvalidValue(message, pointer="/text")
        if len(self.attachments) > ATTACHMENTS:
            message = "more than 9 attachments"
            raise InvalidValue(message, pointer="/attachments")

    def wire(self) -> Json:
        """The fields of add_msg_template and send_welcome_msg."""
        body: Json = {}
        if self.text:
            body["text"] = {"content": self.text}
        if self.attachments:
            body["attachments"] = [item.wire() for item in self.attachments]
        return body


WelcomeContent = MessageContent
