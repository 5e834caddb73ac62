"""Order files: cut into rows of the database at once, taken in chunk by chunk, exactly once."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db import transaction

from members.orders.errors import OrderRefused
from members.orders.facts import OrderFacts
from members.orders.models import OrderImportChunk, OrderImportFault
from members.orders.services import orders_apply
from members.orders.table import header_read, row_read
from scrm.core.errors import DomainError
from scrm.events.audit import record
from scrm.events.jobs.services import job_advance, job_finish, job_start
from scrm.events.models import Job
from scrm.tenants.context import current_tenant

KIND = "members.order_import"
CHUNK = 500
_MOST_ROWS = 2_000_000
_MOST_FAULTS = 10_000


@transaction.atomic
def order_import_start(*, lines: Iterable[str], channel: str, label: str) -> Job:
    """Take a CSV (an open text file, or its lines) for import; ``label`` is the file's name for people.

    Everything is kept in the database, so any worker can go on after another was killed.
    """
    reader = csv.reader(lines)
    try:
        header = header_read(next(reader, []))
        job = job_start(
            KIND, params={"file": label[:120], "channel": channel[:40], "header": header}
        )
        total = _keep(job, reader)
    except (csv.Error, UnicodeDecodeError) as error:
        raise OrderRefused("this is not a readable CSV file in UTF-8", pointer="/file") from error
    if not total:
        raise OrderRefused("the file has no rows", pointer="/file")
    Job.objects.filter(pk=job.pk).update(total=total)
    job.total = total
    record(
        "members.orders_imported",
        object_type="job",
        object_id=job.public_id,
        after={"file": label[:120], "rows": total},
    )
    return job


def _keep(job: Job, reader: Iterator[list[str]]) -> int:
    total = 0
    rows = (row for row in reader if any(cell.strip() for cell in row))
    for number in range(1, _MOST_ROWS // CHUNK + 2):
        piece = list(islice(rows, CHUNK))
        if not piece:
            return total
        text = io.StringIO()
        csv.writer(text).writerows(piece)
        if "\x00" in text.getvalue():
            raise OrderRefused("the file holds a character that is no text", pointer="/file")
        OrderImportChunk.objects.create(
            job=job, number=number, first_row=total + 1, rows=text.getvalue()
        )
        total += len(piece)
    raise OrderRefused("a file has at most two million rows", pointer="/file")


def order_import_run(job: Job) -> None:
    """The body of the job: goes on after the last chunk that was committed."""
    while order_import_step(job):
        pass
    job_finish(job, result={"rows": job.done + job.failed, "refused": job.failed})


def order_import_step(job: Job) -> bool:
    """Take one chunk in: orders, refused rows, progress and the chunk's end are one transaction."""
    with transaction.atomic():
        after = int(job.cursor.get("chunk", 0))
        chunk = (
            OrderImportChunk.objects.filter(job=job, number__gt=after).order_by("number").first()
        )
        if chunk is None:
            return False
        rows = list(csv.reader(io.StringIO(chunk.rows)))
        faults = _take(job, chunk, rows)
        OrderImportFault.objects.bulk_create(
            faults[: max(0, _MOST_FAULTS - job.failed)], ignore_conflicts=True
        )
        OrderImportChunk.objects.filter(pk=chunk.pk).delete()
        cursor = {"chunk": chunk.number}
        done = len(rows) - len(faults)
        # Last, so that a run which lost the job undoes all of this.
        job_advance(job, done=done, failed=len(faults), cursor=cursor)
    return True


def _take(job: Job, chunk: OrderImportChunk, rows: Sequence[list[str]]) -> list[OrderImportFault]:
    header: list[str] = job.params["header"]
    zone, channel = current_tenant().timezone, job.params["channel"]
    faults: list[OrderImportFault] = []
    sound: list[tuple[int, OrderFacts]] = []
    for row_no, row in enumerate(rows, chunk.first_row):
        values = {name: cell.strip() for name, cell in zip(header, row, strict=False) if name}
        try:
            sound.append((row_no, row_read(values, channel=channel, zone=zone)))
        except DomainError as error:
            faults.append(_fault(job, row_no, error))
    outcomes = orders_apply([facts for _row_no, facts in sound])
    faults += [
        _fault(job, row_no, outcome.error)
        for (row_no, _facts), outcome in zip(sound, outcomes, strict=True)
        if outcome.error is not None
    ]
    return faults


def _fault(job: Job, row_no: int, error: DomainError) -> OrderImportFault:
    return OrderImportFault(
        job=job,
        row_no=row_no,
        code=error.code,
        detail=f"{error} {error.pointer or ''}".strip()[:300],
    )


@dataclass(frozen=True, kw_only=True)
class RefusedRow:
    """A row that was not taken, with the reason."""

    row_no: int
    code: str
    detail: str


def order_import_faults(job: Job, *, limit: int = 1000) -> list[RefusedRow]:
    """The first refused rows of an import."""
    rows = OrderImportFault.objects.filter(job=job).order_by("row_no")[:limit]
    return [RefusedRow(row_no=row.row_no, code=row.code, detail=row.detail) for row in rows]
