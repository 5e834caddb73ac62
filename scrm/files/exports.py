"""Exports: what can be taken out, and the job that takes it out part by part.

A part is read by key after the one before, written and counted in one transaction: a worker that is
killed loses nothing that was finished, and memory holds one part whatever the size of the table.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from scrm.access.models import ApiKey, Operator
from scrm.access.scope import EVERYTHING, Scope, scope_entered, scope_of, scope_of_data
from scrm.core import clock
from scrm.core.errors import Forbidden, NotFound
from scrm.events.actor import acting_as
from scrm.events.audit import record
from scrm.events.jobs.services import job_advance, job_finish, job_kind_register, job_start
from scrm.events.models import Job
from scrm.files.cells import Cell, CellKind, cell_make
from scrm.files.errors import ExportRefused, ReasonRequired
from scrm.files.models import FilePart, MaskLevel, StoredFile
from scrm.files.sheets import CSV, XLSX, csv_bytes, workbook_write
from scrm.files.store import (
    PLAIN,
    blocks,
    file_make,
    file_ready,
    part_write,
    parts_read,
    pieces_write,
)
from scrm.tenants.context import current_tenant
from scrm.tenants.flags import owner_on

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.functional import _StrPromise

    Words = str | _StrPromise

PART = 5_000
MOST_XLSX = 500_000
FORMATS = {"csv": CSV, "xlsx": XLSX}
_NOBODY = Scope(is_everything=False)
_BOM = "\ufeff".encode()
_DIGITS = 5


@dataclass(frozen=True, kw_only=True)
class ExportColumn:
    """One column. ``value`` reads what everybody may see; ``plain`` reads it whole, for who may and says why."""

    key: str
    label: Words
    kind: CellKind = "text"
    value: str | Callable[[Any], object] = ""
    plain: Callable[[Any], object] | None = None

    def read(self, row: Any, *, is_plain: bool) -> object:
        if is_plain and self.plain is not None:
            return self.plain(row)
        if callable(self.value):
            return self.value(row)
        name = self.value or self.key
        return row[name] if isinstance(row, Mapping) else getattr(row, name)


@dataclass(frozen=True, kw_only=True)
class Export:
    """A kind of export. ``rows`` turns a list's query string into its query set, in no order."""

    kind: str
    label: Words
    permission: str
    columns: Callable[[], Sequence[ExportColumn]]
    rows: Callable[[str], QuerySet[Any]]
    # Unique and never changing: parts follow each other by it.
    key: str = "id"
    # What the columns read, made of a whole part at once.
    fetch: Callable[[Sequence[Any]], Sequence[Any]] | None = None

    @property
    def has_people(self) -> bool:
        return any(column.plain is not None for column in self.columns())


EXPORTS: dict[str, Export] = {}
_PREFIX = "export."


def export_register(
    kind: str,
    label: Words,
    *,
    permission: str,
    columns: Sequence[ExportColumn] | Callable[[], Sequence[ExportColumn]],
    rows: Callable[[str], QuerySet[Any]],
    key: str = "id",
    fetch: Callable[[Sequence[Any]], Sequence[Any]] | None = None,
) -> None:
    """Declare what can be exported; its jobs are of the kind ``export.<kind>``."""
    listed = columns if callable(columns) else lambda: columns
    job_kind_register(_PREFIX + kind, label, body=export_run, permission=permission)
    EXPORTS[kind] = Export(
        kind=kind,
        label=label,
        permission=permission,
        columns=listed,
        rows=rows,
        key=key,
        fetch=fetch,
    )


def export_get(kind: str) -> Export:
    """The registered export; NotFound otherwise, also while its module is switched off."""
    found = EXPORTS.get(kind)
    if found is None or not owner_on(found.rows):
        raise NotFound
    return found


@transaction.atomic
def export_start(
    kind: str,
    *,
    may: Callable[[str], bool],
    format: str = "csv",
    query: str = "",
    is_plain: bool = False,
    reason: str = "",
) -> StoredFile:
    """A file that a job fills. Whole phone numbers need a right of their own and a reason."""
    export = export_get(kind)
    if not may(export.permission):
        raise Forbidden
    if format not in FORMATS:
        raise ExportRefused(_("格式只能是 csv 或 xlsx"), pointer="/format")
    mask = MaskLevel.MASKED if export.has_people else MaskLevel.NONE
    if is_plain and export.has_people:
        if not may(PLAIN):
            raise Forbidden
        if not reason.strip():
            raise ReasonRequired(_("请写明需要完整手机号的原因"), pointer="/reason")
        mask = MaskLevel.PLAIN
    return _started(export, format=format, query=query, mask=mask, reason=reason.strip())


def _started(
    export: Export, *, format: str, query: str, mask: MaskLevel, reason: str
) -> StoredFile:
    at = clock.local_now(current_tenant().timezone)
    name = f"{export.label}-{at:%Y%m%d-%H%M%S}.{format}"
    params = {"export": export.kind, "format": format, "query": query, "language": get_language()}
    job = job_start(_PREFIX + export.kind, params=params, label=name)
    file = file_make(
        name=name,
        content_type=FORMATS[format],
        kind=export.kind,
        permission=export.permission,
        mask=mask,
        reason=reason,
        job=job,
    )
    params["file"] = file.public_id
    Job.objects.filter(pk=job.pk).update(params=params)
    record(
        "export.requested",
        object_type="file",
        object_id=file.public_id,
        after={
            "kind": export.kind,
            "format": format,
            "mask": mask.value,
            "reason": reason,
            "query": query_shown(query),
        },
    )
    return file


def query_shown(query: str) -> str:
    """A list's query for people and logs: what was typed into the search box may be a phone."""
    parts = []
    for name, value in parse_qsl(query):
        digits = sum(char.isdigit() for char in value)
        is_hidden = name == "q" and digits >= _DIGITS
        parts.append(f"{name}={'***' if is_hidden else value}")
    return " ".join(parts)[:300]


# -- the job --------------------------------------------------------------------------------------------


def export_run(job: Job) -> None:
    """The body: parts until there are none, then the workbook if one was asked for."""
    export = export_get(job.params["export"])
    file = StoredFile.objects.get(public_id=job.params["file"])
    with _as_requester(job, file):
        if job.total is None:
            _total(job, export)
        while export_step(job, export, file):
            pass
        if job.params["format"] == "xlsx":
            _workbook(job, file)
        else:
            with transaction.atomic():
                _done(job, file)


@contextmanager
def _as_requester(job: Job, file: StoredFile) -> Iterator[None]:
    """Words, days and rights are those of whoever asked."""
    with ExitStack() as stack:
        stack.enter_context(
            acting_as(file.requester_kind, id=file.requester_id, label=file.requester)
        )
        stack.enter_context(scope_entered(_scope_of(file)))
        stack.enter_context(translation.override(job.params.get("language") or "zh-hans"))
        stack.enter_context(timezone.override(current_tenant().timezone))
        yield


def _scope_of(file: StoredFile) -> Scope:
    """What the requester sees today; who is gone meanwhile sees nobody."""
    if file.requester_kind == "operator" and file.requester_id.isdecimal():
        operator = Operator.objects.filter(pk=int(file.requester_id)).first()
        return _NOBODY if operator is None else scope_of(operator, current_tenant())
    if file.requester_kind == "api_key":
        key = ApiKey.objects.filter(public_id=file.requester_id, revoked_at=None).first()
        return _NOBODY if key is None else scope_of_data(key.data_scope)
    return EVERYTHING


def _total(job: Job, export: Export) -> None:
    job.total = export.rows(job.params["query"]).order_by().count()
    if job.params["format"] == "xlsx" and job.total > MOST_XLSX:
        raise ExportRefused(_("XLSX 最多 %(most)s 行，请导出 CSV") % {"most": MOST_XLSX})
    Job.objects.filter(pk=job.pk).update(total=job.total)


def export_step(job: Job, export: Export, file: StoredFile) -> bool:
    """One part: rows, progress and the place where the next begins are one transaction."""
    after, number = job.cursor.get("after"), int(job.cursor.get("part", 0))
    if job.cursor.get("is_read"):
        return False
    is_book = job.params["format"] == "xlsx"
    with transaction.atomic():
        found = export.rows(job.params["query"]).order_by(export.key)
        if after is not None:
            found = found.filter(**{f"{export.key}__gt": after})
        rows = list(found[:PART])
        cells = _cells(export, file, rows, is_book=is_book)
        if not number:
            cells.insert(0, [str(column.label) for column in export.columns()])
        data = json.dumps(cells).encode() if is_book else csv_bytes(cells)
        part_write(
            file,
            number=number,
            data=data if number or is_book else _BOM + data,
            rows=len(rows),
            is_draft=is_book,
        )
        cursor = {
            "part": number + 1,
            "after": _key(rows[-1], export.key) if rows else after,
            "is_read": len(rows) < PART,
        }
        # Last, so that a run which lost the job undoes all of this.
        job_advance(job, done=len(rows), cursor=cursor)
    return len(rows) == PART


def _cells(
    export: Export, file: StoredFile, rows: Sequence[Any], *, is_book: bool
) -> list[list[Cell]]:
    zone = clock.zone_info(current_tenant().timezone)
    is_plain, columns = file.mask == MaskLevel.PLAIN, export.columns()
    shown = export.fetch(rows) if export.fetch is not None else rows
    return [
        [
            cell_make(column.kind, column.read(row, is_plain=is_plain), zone, is_book=is_book)
            for column in columns
        ]
        for row in shown
    ]


def _key(row: Any, name: str) -> str | int:
    value = row[name] if isinstance(row, Mapping) else getattr(row, name)
    return value if isinstance(value, int) else str(value)


def _workbook(job: Job, file: StoredFile) -> None:
    """Put the parts together. A kill here costs only this: the parts are kept until it is done."""
    with tempfile.TemporaryFile() as handle:
        workbook_write(_draft_rows(job, file), handle)
        handle.seek(0)
        with transaction.atomic():
            pieces_write(file, blocks(handle))
            FilePart.objects.filter(file=file, is_draft=True).delete()
            _done(job, file)


def _draft_rows(job: Job, file: StoredFile) -> Iterator[list[Cell]]:
    for part in parts_read(file, is_draft=True):
        job_advance(job)  # still at work
        yield from json.loads(part)


def _done(job: Job, file: StoredFile) -> None:
    job_advance(job)
    file_ready(file)
    job_finish(job, result={"rows": job.done, "file": file.public_id})
