"""No cell of a file that leaves the house is ever a formula; our own files come back as they were."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from scrm.files.cells import Cell, CellKind, cell_make, cell_plain, cell_safe, cells_make
from scrm.files.sheets import csv_bytes, rows_of_upload, workbook_write

SHANGHAI = ZoneInfo("Asia/Shanghai")
RISKY = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+8613800000001",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "\u00a0=1+1",
    "\ufeff=1+1",
    "＝1+1",
    '=HYPERLINK("http://evil.example","x")',
]


@pytest.mark.parametrize("text", RISKY)
def test_what_would_compute_is_guarded_and_comes_back(text: str) -> None:
    written = cell_make("text", text, SHANGHAI, is_book=False)
    assert isinstance(written, str)
    assert written.startswith("'")
    assert cell_plain(written) == text


@pytest.mark.parametrize("text", ["王小明", "a=b", "3-2", "'quoted'", "138****8000", "1.50"])
def test_ordinary_text_stays(text: str) -> None:
    assert cell_safe(text) == text == cell_plain(text)


@pytest.mark.parametrize("is_book", [False, True])
def test_a_column_is_written_as_its_cells_are(*, is_book: bool) -> None:
    at = datetime(2026, 11, 22, 16, 0, 5, 999, tzinfo=UTC)
    texts = [
        *RISKY,
        "王小明",
        "'quoted'",
        " x",
        "a\x01b",
        "\ufffea\uffffb",
        "a\nb",
        "x" * 40_000,
        "",
        None,
        "0",
        "1e5",
    ]
    columns: list[tuple[CellKind, list[object]]] = [
        ("text", texts),
        ("text", ["a", 7, None, True]),
        ("number", [1, -5, None]),
        ("number", [1, True, "=1", 1.5]),
        ("yuan", [-1250, 0, None]),
        ("datetime", [at, None]),
        ("date", [at, at.date(), None]),
    ]
    for kind, values in columns:
        one_by_one = [cell_make(kind, value, SHANGHAI, is_book=is_book) for value in values]
        assert cells_make(kind, values, SHANGHAI, is_book=is_book) == one_by_one, kind


def test_figures_stay_figures() -> None:
    assert cell_make("number", -5, SHANGHAI, is_book=False) == -5
    assert cell_make("yuan", -1250, SHANGHAI, is_book=False) == "-12.50"
    assert cell_make("yuan", -1250, SHANGHAI, is_book=True) == -12.5
    at = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    assert cell_make("datetime", at, SHANGHAI, is_book=False) == "2026-11-23 00:00:00"
    assert cell_make("date", at, SHANGHAI, is_book=False) == "2026-11-23"


def test_a_workbook_holds_no_formula() -> None:
    """The control lets the library write the same text as it would by itself: a formula it is."""
    handle = io.BytesIO()
    workbook_write([[cell_safe(text)] for text in RISKY] + [["=1+1"]], handle)
    sheet = load_workbook(io.BytesIO(handle.getvalue())).active
    assert sheet is not None
    assert [cell.data_type for row in sheet.iter_rows() for cell in row] == ["s"] * (len(RISKY) + 1)
    from openpyxl import Workbook

    book = Workbook()
    assert book.active is not None
    book.active.append(["=1+1"])
    assert book.active["A1"].data_type == "f"


def test_a_workbook_says_what_it_was_told() -> None:
    rows: list[list[Cell]] = [
        ["a<b>&c", "x\ry\nz\tq", " spaced ", cell_safe("\uffff王\ufffe"), "&amp;"],
        [1, -2.5, 10**15, None, "]]>"],
        [None] * 4,
        [f"c{number}" for number in range(80)],
    ]
    handle = io.BytesIO()
    workbook_write(rows, handle)
    sheet = load_workbook(io.BytesIO(handle.getvalue())).active
    assert sheet is not None
    read = [list(row) for row in sheet.values]
    # XML takes a lone return for the end of a line.
    assert read[0][:5] == ["a<b>&c", "x\ny\nz\tq", " spaced ", "王", "&amp;"]
    assert read[1][:5] == [1, -2.5, 10**15, None, "]]>"]
    assert read[3] == rows[3]
    assert sheet["CB4"].value == "c79"


def test_a_csv_keeps_commas_quotes_and_lines_inside_their_cell() -> None:
    rows = [["a,b", 'say "x"', "two\nlines", None, 7]]
    assert list(csv.reader(io.StringIO(csv_bytes(rows).decode()))) == [
        ["a,b", 'say "x"', "two\nlines", "", "7"]
    ]


def test_uploads_are_read_by_what_they_are() -> None:
    text = "订单号,金额\nT1,10.00\n"
    expected = [["订单号", "金额"], ["T1", "10.00"]]
    for raw in (text.encode(), text.encode("utf-8-sig"), text.encode("gb18030")):
        assert list(rows_of_upload(io.BytesIO(raw), name="a.csv")) == expected
    handle = io.BytesIO()
    workbook_write([["订单号", "金额", "手机号"], ["T1", 10.5, 13800000001]], handle)
    handle.seek(0)
    assert list(rows_of_upload(handle, name="a.bin")) == [
        ["订单号", "金额", "手机号"],
        ["T1", "10.5", "13800000001"],
    ]
