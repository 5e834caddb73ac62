"""What a message to customers may hold: text and up to nine attachments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrm.wecom.sandbox.entities import Media
from scrm.wecom.sandbox.errors import ApiError
from scrm.wecom.sandbox.wire import Fields

if TYPE_CHECKING:
    from scrm.wecom.sandbox.registry import Call
    from scrm.wecom.sandbox.wire import JsonObject

TEXT_BYTES = 4000
ATTACHMENTS = 9
TITLE_BYTES, DESC_BYTES, URL_BYTES = 128, 512, 2048
MINI_TITLE_BYTES = 64
MEDIA_SECONDS = 3 * 24 * 3600


def message_content(call: Call) -> tuple[str, list[JsonObject]]:
    """Text and attachments of a request body, checked; one of them must be there."""
    text = call.body.object("text").text("content")
    if len(text.encode()) > TEXT_BYTES:
        raise ApiError(45002)
    attachments = call.body.objects("attachments")
    if len(attachments) > ATTACHMENTS:
        raise ApiError(41064)
    for attachment in attachments:
        _check(call, Fields(attachment))
    if not text and not attachments:
        raise ApiError(40063, "text and attachments are both empty")
    return text, attachments


def living_media(call: Call, media_id: str, *, spaces: tuple[str, ...]) -> Media:
    """An uploaded file of the right kind: 41006, 40007, or 40145 after three days."""
    if not media_id:
        raise ApiError(41006)
    media = call.corp.get(Media, media_id)
    if media is None or media.space not in spaces:
        raise ApiError(40007)
    if media.space != "img" and call.world.now() >= media.created_at + MEDIA_SECONDS:
        raise ApiError(40145)
    return media


def _check(call: Call, attachment: Fields) -> None:
    kind = attachment.text("msgtype")
    if kind not in ("image", "link", "miniprogram", "video", "file"):
        raise ApiError(41065)
    if kind not in attachment:
        raise ApiError(40063, kind)
    part = attachment.object(kind)
    if kind == "link":
        _required(part, "title", TITLE_BYTES)
        _required(part, "url", URL_BYTES)
        _short(part, "desc", DESC_BYTES)
        _short(part, "picurl", URL_BYTES)
    elif kind == "miniprogram":
        _required(part, "title", MINI_TITLE_BYTES)
        _required(part, "appid", URL_BYTES)
        _required(part, "page", URL_BYTES)
        living_media(call, part.text("pic_media_id"), spaces=("upload",))
    elif kind == "image" and "pic_url" in part and "media_id" not in part:
        _required(part, "pic_url", URL_BYTES)
    else:
        living_media(call, part.text("media_id"), spaces=("upload",))


def _required(part: Fields, name: str, most: int) -> None:
    if not part.text(name):
        raise ApiError(40063, name)
    _short(part, name, most)


def _short(part: Fields, name: str, most: int) -> None:
    if len(part.text(name).encode()) > most:
        raise ApiError(45002, name)
