"""Files: temporary media, attachments and images, in three separate id spaces."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from typing import TYPE_CHECKING

from scrm.wecom.sandbox.endpoints.attachments import living_media
from scrm.wecom.sandbox.entities import Media
from scrm.wecom.sandbox.errors import ApiError
from scrm.wecom.sandbox.registry import Call, endpoint
from scrm.wecom.sandbox.wire import Response

if TYPE_CHECKING:
    from pathlib import Path

    from scrm.wecom.sandbox.wire import JsonObject, Request

MB = 1024 * 1024
SMALLEST = 5
SIZES = {"image": 10 * MB, "voice": 2 * MB, "video": 10 * MB, "file": 20 * MB}
ATTACHMENT_SIZES = {"image": 10 * MB, "video": 10 * MB, "file": 10 * MB}
IMG_SIZE = 2 * MB
SIGNATURES: dict[str, tuple[re.Pattern[bytes], ...]] = {
    "image": (re.compile(rb"\xff\xd8\xff"), re.compile(rb"\x89PNG\r\n\x1a\n")),
    "voice": (re.compile(rb"#!AMR"),),
    "video": (re.compile(rb".{4}ftyp", re.DOTALL),),
    "file": (re.compile(rb""),),
}
RANGE = re.compile(r"bytes=(\d+)-(\d*)$")


@dataclass(frozen=True, slots=True)
class Upload:
    """The one file of a multipart body."""

    filename: str
    content_type: str
    data: bytes


@endpoint("media/upload")
def media_upload(call: Call) -> JsonObject:
    kind = call.query.text("type")
    media = _store(call, space="upload", kind=kind, sizes=SIZES)
    return {"type": kind, "media_id": media.media_id, "created_at": str(media.created_at)}


@endpoint("media/upload_attachment")
def media_upload_attachment(call: Call) -> JsonObject:
    kind = call.query.text("media_type")
    if call.query.integer("attachment_type") not in (1, 2):
        raise ApiError(40058, "attachment_type")
    media = _store(call, space="attachment", kind=kind, sizes=ATTACHMENT_SIZES)
    return {"type": kind, "media_id": media.media_id, "created_at": media.created_at}


@endpoint("media/uploadimg")
def media_uploadimg(call: Call) -> JsonObject:
    media = _store(call, space="img", kind="image", sizes={"image": IMG_SIZE})
    return {"url": f"{call.request.base_url}/wwmedia/{media.media_id}"}


@endpoint("media/get", method="GET")
def media_get(call: Call) -> Response:
    """The bytes; a Range header gives a part of them (206)."""
    media = living_media(call, call.query.text("media_id"), spaces=("upload",))
    data = media_path(call.folder, media.media_id).read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="{media.media_id}"'}
    wanted = call.request.headers.get("range")
    if wanted is None:
        return Response(200, data, media.content_type, headers)
    match = RANGE.match(wanted)
    start = int(match[1]) if match else 0
    end = min(int(match[2]) if match and match[2] else len(data) - 1, len(data) - 1)
    if match is None or start > end:
        raise ApiError(40146)
    headers["Content-Range"] = f"bytes {start}-{end}/{len(data)}"
    return Response(206, data[start : end + 1], media.content_type, headers)


def media_path(folder: Path, media_id: str) -> Path:
    return folder / "media" / media_id


def _store(call: Call, *, space: str, kind: str, sizes: dict[str, int]) -> Media:
    if kind not in sizes:
        raise ApiError(40005)
    upload = read_upload(call.request)
    if not upload.data:
        raise ApiError(44001)
    if len(upload.data) <= SMALLEST:
        raise ApiError(40006)
    if len(upload.data) > sizes[kind]:
        raise ApiError(45001)
    if not any(pattern.match(upload.data) for pattern in SIGNATURES[kind]):
        raise ApiError(40004)
    media = Media(
        media_id=("3" if space == "upload" else "4") + secrets.token_urlsafe(40),
        space=space,
        type=kind,
        filename=upload.filename,
        content_type=upload.content_type,
        created_at=call.world.now(),
        size=len(upload.data),
    )
    path = media_path(call.folder, media.media_id)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(upload.data)
    call.world.put(call.corp_id, media)
    return media


def read_upload(request: Request) -> Upload:
    """The multipart part named `media`, or the only one; file names may be raw UTF-8."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        raise ApiError(44001)
    head = f"Content-Type: {kind}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=HTTP).parsebytes(head + request.body)
    parts = list(message.iter_parts()) if message.is_multipart() else []
    for part in parts:
        disposition = part.get("Content-Disposition", "")
        named = part.get_param("name", header="content-disposition") == "media"
        if named or len(parts) == 1:
            data = part.get_payload(decode=True)
            found = re.search(r'filename="([^"]*)"', str(disposition))
            filename = found[1] if found else "file"
            return Upload(
                filename, part.get_content_type(), data if isinstance(data, bytes) else b""
            )
    raise ApiError(44001)
