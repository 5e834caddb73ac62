"""Tables in: rows of CSV and XLSX uploads as text. Tables out: CSV, and a workbook row by row."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from scrm.files.archives import workbook_open
from scrm.files.cells import Cell
from scrm.files.errors import ImportRefused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
MOST_XLSX_ROWS = 200_000
MOST_COLUMNS = 100
_SNIFFED = 256 * 1024


def rows_of_upload(upload: IO[bytes], *, name: str) -> Iterator[list[str]]:
    """Rows of an uploaded file, by its first bytes: a zip is a workbook, all else is text with commas."""
    head = upload.read(4)
    upload.seek(0)
    if head.startswith(b"PK\x03\x04"):
        return _xlsx_rows(upload)
    if name.lower().endswith((".xls", ".xlsx")):
        raise ImportRefused(_("这不是可读的 XLSX 文件"), pointer="/file")
    return _csv_rows(upload)


def _csv_rows(upload: IO[bytes]) -> Iterator[list[str]]:
    """UTF-8 with or without a mark; what cannot be that is taken for GB 18030, as Excel in China writes it."""
    text = io.TextIOWrapper(upload, encoding=_encoding(upload), newline="")
    yield from lines_rows(text)


def lines_rows(lines: Iterable[str]) -> Iterator[list[str]]:
    """Rows of text with commas."""
    try:
        yield from csv.reader(lines)
    except (csv.Error, UnicodeDecodeError) as error:
        raise ImportRefused(_("这不是可读的 CSV 文件"), pointer="/file") from error


def _encoding(upload: IO[bytes]) -> str:
    head = upload.read(_SNIFFED)
    upload.seek(0)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def _xlsx_rows(upload: IO[bytes]) -> Iterator[list[str]]:
    try:
        sheet = workbook_open(upload).worksheets[0]
        # A sheet may claim to be 16,384 columns wide: nobody reads further than an import may be.
        for number, row in enumerate(sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS + 1)):
            _rows_check(number)
            cells = [cell_text(value) for value in row]
            while cells and not cells[-1]:
                cells.pop()
            yield cells
    except ImportRefused:
        raise
    except Exception as error:  # a crafted workbook fails in as many ways as the format has parts
        raise ImportRefused(_("这不是可读的 XLSX 文件"), pointer="/file") from error


def _rows_check(number: int) -> None:
    if number > MOST_XLSX_ROWS:
        raise ImportRefused(_("XLSX 最多 20 万行，更多请用 CSV"), pointer="/file")


def cell_text(value: Any) -> str:
    """What a cell of a workbook says, as the same cell of a CSV would."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 10**15 else repr(value)
    if isinstance(value, datetime):
        is_day = value.time() == time(0)
        return f"{value:%Y-%m-%d}" if is_day else f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def csv_bytes(rows: Iterable[Iterable[Cell]]) -> bytes:
    """Rows as CSV that Excel opens; the mark at the start of the file is the caller's."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def workbook_write(rows: Iterable[Sequence[Cell]], target: IO[bytes]) -> None:
    """Rows as one sheet, written as they come; every text is text, never a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    for row in rows:
        sheet.append([_workbook_cell(sheet, cell) for cell in row])
    book.save(target)


def _workbook_cell(sheet: Any, value: Cell) -> Any:
    if not isinstance(value, str) or not value.startswith("="):
        return value
    cell = WriteOnlyCell(sheet, value=value)
    cell.data_type = "s"
    return cell
