"""Imports: a table is cut into pieces at once, mapped by people, tried out, and taken in by a job.

A room says which columns it knows and how it takes rows; headers are guessed from the words a column
may be called. Everything waits in the database, so any worker can go on after another was killed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from scrm.access.scope import scope_refuse
from scrm.core.errors import DomainError, Forbidden, InvalidTransition, NotFound
from scrm.events.audit import record
from scrm.events.jobs.services import job_kind_register, job_start
from scrm.events.models import Job
from scrm.files.cells import cell_plain
from scrm.files.connectors import run_kind_register, run_open
from scrm.files.errors import ImportRefused
from scrm.files.models import ImportFault, ImportFile, ImportPiece, ImportState
from scrm.files.sheets import MOST_COLUMNS

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Words = str | _StrPromise

PIECE = 500
MOST_ROWS = 2_000_000
TRIED = 200
SHOWN = 10
_LONGEST_CELL = 4_000
_SURROGATE = re.compile("[\ud800-\udfff]")

# What became of the rows given: nothing, or the refusal, at the places of the rows.
Outcomes = list[DomainError | None]
Values = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class ImportColumn:
    """A column a room knows; ``aliases`` is what people call it."""

    key: str
    label: Words
    aliases: tuple[str, ...] = ()
    is_required: bool = False


@dataclass(frozen=True, kw_only=True)
class ImportOption:
    """Something to choose for the whole file, e.g. the channel its numbers belong to."""

    key: str
    label: Words
    choices: Callable[[], Sequence[tuple[str, Words]]]
    default: str = ""


@dataclass(frozen=True, kw_only=True)
class Import:
    """A kind of import. ``take`` runs inside the transaction that also counts; it must be repeatable."""

    kind: str
    label: Words
    permission: str
    columns: tuple[ImportColumn, ...]
    take: Callable[[Sequence[Values], Mapping[str, str]], Outcomes]
    options: tuple[ImportOption, ...] = ()
    # At least one of these columns must be there.
    one_of: tuple[str, ...] = ()
    # Columns of the brand itself, asked in its scope.
    more_columns: Callable[[], Sequence[ImportColumn]] | None = None


IMPORTS: dict[str, Import] = {}
_PREFIX = "import."


def import_register(
    kind: str,
    label: Words,
    *,
    permission: str,
    columns: Sequence[ImportColumn],
    take: Callable[[Sequence[Values], Mapping[str, str]], Outcomes],
    options: Sequence[ImportOption] = (),
    one_of: Sequence[str] = (),
    more_columns: Callable[[], Sequence[ImportColumn]] | None = None,
) -> None:
    """Declare what can be imported; its jobs are of the kind ``import.<kind>``."""
    from scrm.files.importing import import_retry, import_run  # noqa: PLC0415 - it reads IMPORTS

    job_kind_register(
        _PREFIX + kind, label, body=import_run, permission=permission, retry=import_retry
    )
    run_kind_register(kind, label)
    IMPORTS[kind] = Import(
        kind=kind,
        label=label,
        permission=permission,
        columns=tuple(columns),
        take=take,
        options=tuple(options),
        one_of=tuple(one_of),
        more_columns=more_columns,
    )


def import_kind(kind: str) -> Import:
    """The registered import with the brand's own columns; NotFound otherwise."""
    found = IMPORTS.get(kind)
    if found is None:
        raise NotFound
    if found.more_columns is None:
        return found
    return replace(found, columns=(*found.columns, *found.more_columns()))


def import_get(public_id: str) -> ImportFile:
    """The uploaded table with that public id; NotFound otherwise."""
    found = ImportFile.objects.select_related("job").filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


# -- in -------------------------------------------------------------------------------------------------


@transaction.atomic
def import_upload(
    kind: str,
    *,
    rows: Iterable[Sequence[str]],
    name: str,
    may: Callable[[str], bool],
    options: Mapping[str, str] | None = None,
    connector: str = "csv",
) -> ImportFile:
    """Keep a table, first row first, with the mapping its header suggests."""
    spec = import_kind(kind)
    scope_refuse()
    if not may(spec.permission):
        raise Forbidden
    read = iter(rows)
    header = [cell.strip().lstrip("\ufeff") for cell in next(read, [])]
    if not any(header) or len(header) > MOST_COLUMNS:
        raise ImportRefused(_("第一行应为列名，最多 100 列"), pointer="/file")
    text_check(*header, name)
    file = ImportFile.objects.create(
        kind=kind,
        name=name[:120],
        connector=connector,
        header=[cell[:80] for cell in header],
        mapping=mapping_guess(spec, header),
        options=_options_check(spec, options or {}),
    )
    file.rows = _pieces_keep(file, read)
    if not file.rows:
        raise ImportRefused(_("文件里没有数据行"), pointer="/file")
    file.save(update_fields=["rows", "updated_at"])
    record(
        "import.uploaded",
        object_type="import",
        object_id=file.public_id,
        after={"kind": kind, "file": file.name, "rows": file.rows},
    )
    return file


def _pieces_keep(file: ImportFile, rows: Iterator[Sequence[str]]) -> int:
    """Rows with their numbers in the file, empty ones left out."""
    filled = (
        # Cells beyond the last heading mean nothing.
        (number, [cell.strip()[:_LONGEST_CELL] for cell in row[: len(file.header)]])
        for number, row in enumerate(rows, 1)
        if any(cell.strip() for cell in row[: len(file.header)])
    )
    total = 0
    for number in range(MOST_ROWS // PIECE + 2):
        piece = list(islice(filled, PIECE))
        if not piece:
            return total
        total += len(piece)
        if total > MOST_ROWS:
            break
        piece_write(file, number, piece)
    raise ImportRefused(_("一个文件最多两百万行"), pointer="/file")


def piece_write(file: ImportFile, number: int, rows: Sequence[tuple[int, Sequence[str]]]) -> None:
    """Keep some numbered rows."""
    for _row_no, cells in rows:
        text_check(*cells)
    ImportPiece.objects.create(file=file, number=number, rows=json.dumps(rows, ensure_ascii=False))


def text_check(*texts: str) -> None:
    """ImportRefused where a database could not keep it: a NUL, half a surrogate pair."""
    whole = "".join(texts)
    if "\x00" in whole or _SURROGATE.search(whole):
        raise ImportRefused(_("文件里有不是文字的字符"), pointer="/file")


def _options_check(spec: Import, given: Mapping[str, str]) -> dict[str, str]:
    unknown = given.keys() - {option.key for option in spec.options}
    if unknown:
        raise ImportRefused(_("没有这个选项"), pointer=f"/options/{min(unknown)}")
    chosen = {}
    for option in spec.options:
        value = given.get(option.key) or option.default
        if value not in {code for code, _label in option.choices()}:
            raise ImportRefused(_("请选择列出的值"), pointer=f"/options/{option.key}")
        chosen[option.key] = value
    return chosen


# -- mapping --------------------------------------------------------------------------------------------


def _plain(word: str) -> str:
    return "".join(char for char in word.lower() if char.isalnum())


def mapping_guess(spec: Import, header: Sequence[str]) -> list[str]:
    """Our column at the place of each heading, each column once; empty where nothing fits."""
    known = {
        _plain(word): column.key
        # The first to claim a word has it: the brand's own columns stand behind ours.
        for column in reversed(spec.columns)
        for word in (column.key, *column.aliases, str(column.label))
    }
    mapping: list[str] = []
    for heading in header:
        key = known.get(_plain(heading), "")
        mapping.append("" if key in mapping else key)
    return mapping


def mapping_check(spec: Import, mapping: Sequence[str], *, width: int) -> list[str]:
    """The mapping if it names known columns once each and the needed ones at all."""
    known = {column.key for column in spec.columns}
    named = [key for key in mapping if key]
    if len(mapping) != width or not set(named) <= known or len(set(named)) < len(named):
        raise ImportRefused(_("有一列的含义未知，或被选了两次"), pointer="/mapping")
    missing = [
        str(column.label)
        for column in spec.columns
        if column.is_required and column.key not in named
    ]
    if not missing and spec.one_of and not set(spec.one_of) & set(named):
        labels = [str(column.label) for column in spec.columns if column.key in spec.one_of]
        missing = [" / ".join(labels)]
    if missing:
        raise ImportRefused(
            _("还没有列对应到：%(columns)s") % {"columns": ", ".join(missing)},
            pointer="/mapping",
            missing=missing,
        )
    return list(mapping)


def values_of(mapping: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """A row by our columns."""
    return {
        key: cell_plain(cell) for key, cell in zip(mapping, cells, strict=False) if key and cell
    }


# -- trying and starting --------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class TriedRow:
    """A row of the dry check; ``code`` is empty where it would be taken."""

    row_no: int
    cells: Sequence[str]
    code: str = ""
    detail: str = ""


def rows_first(file: ImportFile, count: int = SHOWN) -> list[tuple[int, list[str]]]:
    """The first rows that are still kept."""
    found: list[tuple[int, list[str]]] = []
    for piece in ImportPiece.objects.filter(file=file).order_by("number")[: count // PIECE + 1]:
        found += [(number, cells) for number, cells in json.loads(piece.rows)]
    return found[:count]


def import_try(file: ImportFile, mapping: Sequence[str], *, count: int = TRIED) -> list[TriedRow]:
    """What would become of the first rows: taken in truth, then undone."""
    spec = import_kind(file.kind)
    mapping = mapping_check(spec, mapping, width=len(file.header))
    rows = rows_first(file, count)
    with transaction.atomic():
        outcomes = spec.take([values_of(mapping, cells) for _no, cells in rows], file.options)
        transaction.set_rollback(True)
    return [
        TriedRow(row_no=number, cells=cells)
        if refusal is None
        else TriedRow(
            row_no=number, cells=cells, code=refusal.code, detail=fault_words(spec, refusal)
        )
        for (number, cells), refusal in zip(rows, outcomes, strict=True)
    ]


def fault_words(spec: Import, refusal: DomainError) -> str:
    """A refusal with the column it is about, by its name."""
    key = (refusal.pointer or "").strip("/").split("/")[0]
    label = next((str(column.label) for column in spec.columns if column.key == key), "")
    return (f"{label}: {refusal}" if label else str(refusal))[:300]


@transaction.atomic
def import_start(
    file: ImportFile,
    *,
    may: Callable[[str], bool],
    mapping: Sequence[str] | None = None,
    is_dry: bool = False,
    retry_of: str = "",
) -> Job:
    """Start the job that takes the rows in, once; a dry run checks every row and writes none."""
    spec = import_kind(file.kind)
    if not may(spec.permission):
        raise Forbidden
    file = ImportFile.objects.select_for_update(of=("self",)).get(pk=file.pk)
    if file.state != ImportState.DRAFT:
        raise InvalidTransition(_("这个文件已经开始导入"))
    file.mapping = mapping_check(
        spec, file.mapping if mapping is None else mapping, width=len(file.header)
    )
    params = {
        "import": file.public_id,
        "file": file.name,
        "is_dry": is_dry,
        "language": get_language(),
    }
    job = job_start(
        _PREFIX + file.kind, params=params, total=file.rows, label=file.name, retry_of=retry_of
    )
    run = run_open(connector=file.connector, kind=file.kind, name=file.name, job=job)
    # A table that was only checked may still be started; until then it shows the check.
    file.job = job
    if is_dry:
        run.is_dry = True
        run.save(update_fields=["is_dry"])
    else:
        file.state = ImportState.STARTED
    file.save(update_fields=["mapping", "state", "job", "updated_at"])
    record(
        "import.started",
        object_type="import",
        object_id=file.public_id,
        after={"kind": file.kind, "file": file.name, "rows": file.rows, "is_dry": is_dry},
    )
    return job


def import_faults(job: Job, *, limit: int = 1_000) -> list[ImportFault]:
    """The first refused rows of a job."""
    return list(ImportFault.objects.filter(job=job).order_by("row_no")[:limit])
