"""Exports: what can be taken out, and the job that takes it out part by part.

A part is read by key after the one before, written and counted in one transaction: a worker that is
killed loses nothing that was finished, and memory holds one part whatever the size of the table.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from scrm.access.models import ApiKey, Operator
from scrm.access.scope import EVERYTHING, Scope, scope_entered, scope_of, scope_of_data
from scrm.core import clock
from scrm.core.errors import Forbidden, NotFound
from scrm.events.actor import VisitRefused, acting_as, current_actor
from scrm.events.audit import record
from scrm.events.jobs.services import job_advance, job_finish, job_kind_register, job_start
from scrm.events.models import Job
from scrm.files.cells import Cell
from scrm.files.columns import ExportColumn, fields_of, part_cells, rows_read_by_field
from scrm.files.errors import ExportRefused, ReasonRequired
from scrm.files.models import FilePart, MaskLevel, StoredFile
from scrm.files.queries import CHOSEN, query_checked, query_shown
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
class Export:
    """A kind of export. ``rows`` turns a list's query string into its query set, in no order."""

    kind: str
    label: Words
    permission: str
    columns: Callable[[], Sequence[ExportColumn]]
    rows: Callable[[str], QuerySet[Any]]
    # Unique and never changing: parts follow each other by it.
    key: str = "id"

    @property
    def has_people(self) -> bool:
        return any(column.plain is not None for column in self.columns())

    def asked(self, query: str) -> QuerySet[Any]:
        """The rows of a query, or of them only the chosen ones (``ids``); ExportRefused if it is no query."""
        chosen = query_checked(query).get(CHOSEN)
        rows = self.rows(query)
        if chosen is None:
            return rows
        if not hasattr(rows.model, "public_id"):
            raise ExportRefused(_("这类数据不能逐行选择"), pointer="/query")
        return rows.filter(public_id__in=chosen)


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
) -> None:
    """Declare what can be exported; its jobs are of the kind ``export.<kind>``."""
    listed = columns if callable(columns) else lambda: columns
    job_kind_register(_PREFIX + kind, label, body=export_run, permission=permission)
    EXPORTS[kind] = Export(
        kind=kind, label=label, permission=permission, columns=listed, rows=rows, key=key
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
    if (
        current_actor().is_visitor
    ):  # nothing would be in it: the job sees what its requester's place shows
        raise VisitRefused(_("平台人员进入品牌期间不能导出文件，请由品牌人员导出"))
    if format not in FORMATS:
        raise ExportRefused(_("格式只能是 csv 或 xlsx"), pointer="/format")
    export.asked(query)  # refuses what its job could not read
    columns = [one for one in export.columns() if not one.permission or may(one.permission)]
    has_people = any(column.plain is not None for column in columns)
    mask = MaskLevel.MASKED if has_people else MaskLevel.NONE
    if is_plain and has_people:
        if not may(PLAIN):
            raise Forbidden
        if not reason.strip():
            raise ReasonRequired(_("请写明需要完整手机号的原因"), pointer="/reason")
        mask = MaskLevel.PLAIN
    params = {
        "export": kind,
        "format": format,
        "query": query,
        "columns": [column.key for column in columns],
        "language": get_language(),
    }
    return _started(export, params, mask=mask, reason=reason.strip())


def _started(export: Export, params: dict[str, Any], *, mask: MaskLevel, reason: str) -> StoredFile:
    at, ending = clock.local_now(current_tenant().timezone), str(params["format"])
    name = f"{export.label}-{at:%Y%m%d-%H%M%S}.{ending}"
    job = job_start(_PREFIX + export.kind, params=params, label=name)
    file = file_make(
        name=name,
        content_type=FORMATS[ending],
        kind=export.kind,
        permission=export.permission,
        mask=mask,
        reason=reason,
        job=job,
    )
    Job.objects.filter(pk=job.pk).update(params={**params, "file": file.public_id})
    record(
        "export.requested",
        object_type="file",
        object_id=file.public_id,
        after={
            "kind": export.kind,
            "format": ending,
            "mask": mask.value,
            "reason": reason,
            "query": query_shown(str(params["query"])),
        },
    )
    return file


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
    job.total = export.asked(job.params["query"]).order_by().count()
    if job.params["format"] == "xlsx" and job.total > MOST_XLSX:
        raise ExportRefused(_("XLSX 最多 %(most)s 行，请导出 CSV") % {"most": MOST_XLSX})
    Job.objects.filter(pk=job.pk).update(total=job.total)


def export_step(job: Job, export: Export, file: StoredFile) -> bool:
    """One part: rows, progress and the place where the next begins are one transaction."""
    if job.cursor.get("is_read"):
        return False
    number = int(job.cursor.get("part", 0))
    is_book = job.params["format"] == "xlsx"
    with transaction.atomic():
        part = _part(job, export, file, is_book=is_book)
        cells: list[Sequence[Cell]] = [part.header] if not number else []
        cells += part.cells
        data = json.dumps(cells).encode() if is_book else csv_bytes(cells)
        part_write(
            file,
            number=number,
            data=data if number or is_book else _BOM + data,
            rows=len(part.cells),
            is_draft=is_book,
        )
        is_last = len(part.cells) < PART
        cursor = {"part": number + 1, "after": part.last, "is_read": is_last}
        # Last, so that a run which lost the job undoes all of this.
        job_advance(job, done=len(part.cells), cursor=cursor)
    return not is_last


@dataclass(frozen=True, kw_only=True)
class _Part:
    header: Sequence[Cell]
    cells: Sequence[Sequence[Cell]]
    # The key of its last row; of the part before where it is empty.
    last: str | int | None


def _part(job: Job, export: Export, file: StoredFile, *, is_book: bool) -> _Part:
    """The rows behind the cursor, read as plain values unless a column needs models."""
    allowed, after = job.params.get("columns"), job.cursor.get("after")
    columns = [one for one in export.columns() if allowed is None or one.key in allowed]
    is_plain = file.mask == MaskLevel.PLAIN
    found = export.asked(job.params["query"]).order_by(export.key)
    if after is not None:
        found = found.filter(**{f"{export.key}__gt": after})
    fields = None
    if rows_read_by_field(columns):
        fields = fields_of(columns, key=export.key, is_plain=is_plain)
        found = found.values_list(*fields)
    rows = list(found[:PART])
    cells = part_cells(
        columns,
        rows,
        fields=fields,
        zone=clock.zone_info(current_tenant().timezone),
        is_plain=is_plain,
        is_book=is_book,
    )
    if rows:
        key = getattr(rows[-1], export.key) if fields is None else rows[-1][0]
        after = key if isinstance(key, int) else str(key)
    return _Part(header=[str(column.label) for column in columns], cells=cells, last=after)


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
