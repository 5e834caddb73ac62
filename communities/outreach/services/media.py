"""Pictures of pushes: kept by us, uploaded when a call needs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from communities.outreach.models import Push, PushMedia
from communities.outreach.services import wire
from scrm.core import clock
from scrm.core.errors import InvalidValue
from scrm.wecom.gateway import Attachment, attachment, attachment_read

MEDIA_BYTES = 2 * 1024 * 1024
CONTENT_TYPES = ("image/jpeg", "image/png")
_MAGIC = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}
# WeCom forgets an upload after three days; ours is renewed after two and a half.
_LIFE = timedelta(hours=60)
# Where an attachment of ours names one of our pictures, and WeCom's field for it.
MEDIA_FIELDS: Mapping[str, str] = {"image": "media_id", "miniprogram": "pic_media_id"}
OWN_PREFIX = "pmd_"


def media_add(*, name: str, content: bytes) -> PushMedia:
    """Keep a picture (JPEG or PNG, at most 2 MB); its kind is read from the bytes."""
    if len(content) > MEDIA_BYTES:
        raise InvalidValue("picture is over 2 MB", pointer="/picture")
    kind = next((kind for kind, magic in _MAGIC.items() if content.startswith(magic)), None)
    if kind is None:
        raise InvalidValue("picture must be JPEG or PNG", pointer="/picture")
    return PushMedia.objects.create(name=name[:120], content_type=kind, data=content)


def attachments_check(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The attachments if each is in WeCom's shape; ids of our own pictures must exist."""
    for index, item in enumerate(items):
        try:
            read = attachment_read(item)
        except InvalidValue as fault:
            pointer = f"/attachments/{index}{fault.pointer or ''}"
            raise InvalidValue(str(fault), pointer=pointer) from fault
        own = _own_media(read)
        if own and not PushMedia.objects.filter(public_id=own).exists():
            raise InvalidValue("unknown picture", pointer=f"/attachments/{index}")
    return [dict(item) for item in items]


def _own_media(item: Attachment) -> str:
    field = MEDIA_FIELDS.get(item.kind, "")
    value = dict(item.fields).get(field, "")
    return value if value.startswith(OWN_PREFIX) else ""


def attachments_ready(*, push_id: int, corp_id: int) -> tuple[Attachment, ...]:
    """The push's attachments as WeCom takes them now; uploads a picture when its id has run out."""
    items = Push.objects.values_list("attachments", flat=True).get(pk=push_id)
    ready = []
    for item in items:
        read = attachment_read(item)
        own = _own_media(read)
        if own:
            field = MEDIA_FIELDS[read.kind]
            media_id = _media_id(own, corp_id=corp_id)
            read = attachment(read.kind, {**dict(read.fields), field: media_id})
        ready.append(read)
    return tuple(ready)


def _media_id(public_id: str, *, corp_id: int) -> str:
    media = PushMedia.objects.get(public_id=public_id)
    now = clock.now()
    if media.media_id and media.media_expires_at is not None and media.media_expires_at > now:
        return media.media_id
    media_id = wire.image_upload(
        corp_id=corp_id,
        name=media.name,
        content=bytes(media.data),
        content_type=media.content_type,
    )
    PushMedia.objects.filter(pk=media.pk).update(media_id=media_id, media_expires_at=now + _LIFE)
    return media_id
