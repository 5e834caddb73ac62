"""A person leaves the files: exports that hold them are emptied, imported rows of theirs dropped."""

from __future__ import annotations

import io
import json
import zipfile
from itertools import pairwise

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from scrm.core import clock
from scrm.core.persons import Person, eraser_register, words_in
from scrm.files.models import (
    ConnectorRun,
    FilePart,
    ImportFault,
    ImportFile,
    ImportPiece,
    StoredFile,
)
from scrm.files.store import parts_read
from scrm.tenants.wording import (
    label_of,
    one_after_another,
    rows_holding,
    rows_out,
    texts_out,
)

_ZIP = b"PK\x03\x04"
# A word may stand across the seam of two parts of a file.
_SEAM = 600


def _files(person: Person, limit: int) -> int:
    """A file with the person in it keeps its row and loses its content; its requester may make it anew."""
    pattern = words_in([*person.words, *person.member_nos, *person.public_ids])
    emptied = 0
    for file in StoredFile.objects.filter(Q(purged_at=None), ready_at__lte=clock.now()):
        if any(pattern.search(text) for text in _texts(file)):
            FilePart.objects.filter(file=file).delete()
            StoredFile.objects.filter(pk=file.pk).update(purged_at=clock.now())
            emptied += 1
        if emptied >= limit:
            break
    return emptied


def _drafts(person: Person, limit: int) -> int:
    """An export still at work that has read the person already is emptied, too, and will not be handed out."""
    pattern = words_in([*person.words, *person.member_nos, *person.public_ids])
    stopped = 0
    for file in StoredFile.objects.filter(purged_at=None, ready_at=None):
        parts = [*parts_read(file), *parts_read(file, is_draft=True)]
        if any(pattern.search(part.decode(errors="ignore")) for part in parts):
            FilePart.objects.filter(file=file).delete()
            StoredFile.objects.filter(pk=file.pk).update(purged_at=clock.now())
            stopped += 1
        if stopped >= limit:
            break
    return stopped


def _texts(file: StoredFile) -> list[str]:
    """What a finished file says: its parts with their seams, or the sheets of a workbook."""
    parts = list(parts_read(file))
    if parts and parts[0].startswith(_ZIP):
        with zipfile.ZipFile(io.BytesIO(b"".join(parts))) as book:
            return [
                book.read(name).decode(errors="ignore")
                for name in book.namelist()
                if name.endswith(".xml")
            ]
    seams = [one[-_SEAM:] + two[:_SEAM] for one, two in pairwise(parts)]
    return [part.decode(errors="ignore") for part in [*parts, *seams]]


def _pieces(person: Person, limit: int) -> int:
    """Rows that wait to be taken in: those of the person are dropped, the others wait on."""
    pattern, done = words_in(person.words), 0
    for key in rows_holding(ImportPiece, ["rows"], person.words):
        piece = ImportPiece.objects.get(pk=key)
        rows = json.loads(piece.rows)
        left = [row for row in rows if not pattern.search(json.dumps(row, ensure_ascii=False))]
        if len(left) == len(rows):
            continue
        ImportPiece.objects.filter(pk=key).update(rows=json.dumps(left))
        done += 1
        if done >= limit:
            break
    return done


def _count(person: Person) -> int:
    return len(rows_holding(ImportFault, ["cells"], person.keys))


eraser_register(
    "files",
    order=900,
    label=_("导出文件与导入数据"),
    erase=one_after_another(
        _files,
        _drafts,
        _pieces,
        rows_out(ImportFault, "cells", "detail"),
        texts_out(StoredFile, "name", "reason"),
        texts_out(ImportFile, "name", "header", "mapping", "options"),
        texts_out(ConnectorRun, "name", "reasons", "error"),
    ),
    count=_count,
    tables=[
        label_of(model)
        for model in (StoredFile, FilePart, ImportFile, ImportPiece, ImportFault, ConnectorRun)
    ],
)
