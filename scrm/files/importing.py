"""The job of an import: piece after piece, each exactly once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from scrm.core.errors import DomainError, InvalidTransition
from scrm.events.jobs.services import job_advance, job_finish
from scrm.events.models import Job
from scrm.files.cells import Cell, cell_safe
from scrm.files.connectors import run_add, run_close
from scrm.files.imports import (
    PIECE,
    Import,
    fault_words,
    import_kind,
    import_start,
    piece_write,
    values_of,
)
from scrm.files.models import ConnectorRun, ImportFault, ImportFile, ImportPiece
from scrm.files.sheets import csv_bytes

MOST_FAULTS = 50_000
_PAGE = 2_000


def import_run(job: Job) -> None:
    """The body: goes on after the last piece that was committed."""
    file = ImportFile.objects.get(public_id=job.params["import"])
    with translation.override(job.params.get("language") or "zh-hans"):
        while import_step(job, file):
            pass
    with transaction.atomic():
        job_advance(job)  # raises when the job is no longer ours
        run_close(ConnectorRun.objects.get(job=job))
        job_finish(
            job, result={"rows": job.done + job.failed, "taken": job.done, "refused": job.failed}
        )


def import_step(job: Job, file: ImportFile) -> bool:
    """Take one piece in: rows, refusals, figures and the piece's end are one transaction."""
    is_dry = bool(job.params["is_dry"])
    with transaction.atomic():
        after = int(job.cursor.get("piece", -1))
        piece = ImportPiece.objects.filter(file=file, number__gt=after).order_by("number").first()
        if piece is None:
            return False
        rows: list[tuple[int, list[str]]] = json.loads(piece.rows)
        faults = _take(import_kind(file.kind), job, file, rows, is_dry=is_dry)
        ImportFault.objects.bulk_create(faults[: max(0, MOST_FAULTS - job.failed)])
        if not is_dry:
            piece.delete()
        run = ConnectorRun.objects.get(job=job)
        done = len(rows) - len(faults)
        run_add(run, accepted=done, reasons=Counter(fault.code for fault in faults))
        # Last, so that a run which lost the job undoes all of this.
        job_advance(job, done=done, failed=len(faults), cursor={"piece": piece.number})
    return True


def _take(
    spec: Import,
    job: Job,
    file: ImportFile,
    rows: Sequence[tuple[int, list[str]]],
    *,
    is_dry: bool,
) -> list[ImportFault]:
    values = [values_of(file.mapping, cells) for _number, cells in rows]
    with transaction.atomic():
        outcomes = spec.take(values, file.options)
        transaction.set_rollback(is_dry)
    return [
        _fault(spec, job, number, cells, refusal)
        for (number, cells), refusal in zip(rows, outcomes, strict=True)
        if refusal is not None
    ]


def _fault(
    spec: Import, job: Job, number: int, cells: list[str], refusal: DomainError
) -> ImportFault:
    return ImportFault(
        job=job, row_no=number, code=refusal.code, detail=fault_words(spec, refusal), cells=cells
    )


def import_retry(job: Job) -> Job:
    """A job of the rows that were refused, with the numbers they had in the file."""
    if _unkept(job):
        raise InvalidTransition(
            _("被拒绝的行太多，没有全部保留，不能在这里重试。请修正原文件后重新导入。")
        )
    before = ImportFile.objects.get(public_id=job.params["import"])
    rows = ((fault.row_no, fault.cells) for fault in _faults(job))
    file = ImportFile.objects.create(
        kind=before.kind,
        name=before.name,
        connector=before.connector,
        header=before.header,
        mapping=before.mapping,
        options=before.options,
    )
    number = 0
    while piece := list(islice(rows, PIECE)):
        piece_write(file, number, piece)
        file.rows, number = file.rows + len(piece), number + 1
    file.save(update_fields=["rows"])
    # Who may repeat the job was asked where the button is.
    return import_start(file, may=lambda _permission: True, retry_of=job.public_id)


def _unkept(job: Job) -> int:
    """Refused rows that were counted and not kept."""
    return max(0, job.failed - MOST_FAULTS)


def _faults(job: Job) -> Iterator[ImportFault]:
    last = 0
    while page := list(
        ImportFault.objects.filter(job=job, row_no__gt=last).order_by("row_no")[:_PAGE]
    ):
        yield from page
        last = page[-1].row_no


def faults_csv(job: Job, file: ImportFile) -> Iterator[bytes]:
    """The refused rows as they came, with number, code and reason in front: mend and send again."""
    header: list[Cell] = ["row_no", "error_code", "error", *map(cell_safe, file.header)]
    yield "\ufeff".encode() + csv_bytes([header])
    found = _faults(job)
    while page := list(islice(found, _PAGE)):
        yield csv_bytes(
            [fault.row_no, fault.code, cell_safe(fault.detail), *map(cell_safe, fault.cells)]
            for fault in page
        )
    if count := _unkept(job):
        words = _("另有 %(count)s 行被拒绝，没有列出。请修正原文件后重新导入。") % {"count": count}
        yield csv_bytes([["", "faults_cut", words]])
