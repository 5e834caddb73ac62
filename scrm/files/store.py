"""Stored files: written part by part, read part by part, handed out once the reader may have them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from scrm.access.scope import scope_here
from scrm.core import clock
from scrm.core.errors import Forbidden, NotFound
from scrm.events.actor import current_actor
from scrm.events.audit import record
from scrm.events.models import Job
from scrm.files.errors import FileExpired, FileNotReady
from scrm.files.models import FilePart, MaskLevel, StoredFile
from scrm.tenants.context import require_tenant_id, tenant_scope
from scrm.tenants.settings import setting

# Whoever sees plain phone numbers in files needs this right at the moment of the download, too.
PLAIN = "members.pii"
_MAGNITUDE = 1024 * 1024


def files_seen() -> QuerySet[StoredFile]:
    """Files with their jobs. Who serves only some customers sees the own ones: reasons may name people."""
    files = StoredFile.objects.select_related("job")
    if scope_here().is_everything:
        return files
    actor = current_actor()
    return files.filter(requester_kind=actor.kind, requester_id=actor.id)


def file_get(public_id: str) -> StoredFile:
    """The file with that public id; NotFound otherwise."""
    found = files_seen().filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def file_make(
    *,
    name: str,
    content_type: str,
    kind: str,
    permission: str,
    job: Job,
    mask: MaskLevel = MaskLevel.NONE,
    reason: str = "",
) -> StoredFile:
    """An empty file of whoever acts; it expires by the brand's setting."""
    actor = current_actor()
    return StoredFile.objects.create(
        name=name[:160],
        content_type=content_type,
        kind=kind,
        permission=permission,
        mask=mask,
        reason=reason[:200],
        job=job,
        requester_kind=actor.kind,
        requester_id=actor.id,
        requester=actor.label[:80],
        expires_at=clock.now() + timedelta(days=setting("files.keep_days")),
    )


def part_write(
    file: StoredFile, *, number: int, data: bytes, rows: int = 0, is_draft: bool = False
) -> None:
    """Add a part in the transaction of the work that made it."""
    FilePart.objects.create(file=file, number=number, data=data, is_draft=is_draft)
    StoredFile.objects.filter(pk=file.pk).update(
        size=F("size") + (0 if is_draft else len(data)), rows=F("rows") + rows
    )


def file_ready(file: StoredFile) -> None:
    """Nothing more will be written."""
    StoredFile.objects.filter(pk=file.pk).update(ready_at=clock.now())


def parts_read(file: StoredFile, *, is_draft: bool = False) -> Iterator[bytes]:
    """The content, one part in memory at a time, also when it is read after the page is gone."""
    return read_later(_parts(file, is_draft=is_draft))


def _parts(file: StoredFile, *, is_draft: bool) -> Iterator[bytes]:
    number = -1
    parts = FilePart.objects.filter(file_id=file.pk, is_draft=is_draft).order_by("number")
    while (part := parts.filter(number__gt=number).first()) is not None:
        number = part.number
        yield bytes(part.data)


def read_later(source: Iterator[bytes]) -> Iterator[bytes]:
    """The same content, each piece fetched inside the scope of now: a server reads it when that is closed."""
    return _scoped(source, require_tenant_id())


def _scoped(source: Iterator[bytes], tenant_id: int) -> Iterator[bytes]:
    while True:
        with tenant_scope(tenant_id):
            piece = next(source, None)
        if piece is None:
            return
        yield piece


def pieces_write(file: StoredFile, source: Iterator[bytes]) -> int:
    """Store a finished content in parts of a megabyte or less; returns its size."""
    size = 0
    for number, data in enumerate(source):
        part_write(file, number=number, data=data)
        size += len(data)
    return size


def blocks(handle: object, *, size: int = _MAGNITUDE) -> Iterator[bytes]:
    """A file handle in blocks."""
    read: Callable[[int], bytes] = handle.read  # type: ignore[attr-defined]
    while data := read(size):
        yield data


def may_have(file: StoredFile, *, may: Callable[[str], bool]) -> bool:
    """Whether the actor may download it: the kind's right, the own file or everybody's, plain phones apart."""
    actor = current_actor()
    is_own = (file.requester_kind, file.requester_id) == (actor.kind, actor.id)
    return (
        may(file.permission)
        and (is_own or may("exports.all"))
        and (file.mask != MaskLevel.PLAIN or may(PLAIN))
    )


@transaction.atomic
def file_take(public_id: str, *, may: Callable[[str], bool]) -> StoredFile:
    """The file for download, with a line in the audit log; Forbidden, FileNotReady or FileExpired."""
    file = file_get(public_id)
    if not may_have(file, may=may):
        raise Forbidden
    if file.purged_at is not None or file.expires_at <= clock.now():
        raise FileExpired
    if file.ready_at is None:
        raise FileNotReady
    StoredFile.objects.filter(pk=file.pk).update(downloads=F("downloads") + 1)
    record(
        "file.downloaded",
        object_type="file",
        object_id=file.public_id,
        after={"name": file.name, "kind": file.kind, "mask": file.mask, "rows": file.rows},
    )
    return file
