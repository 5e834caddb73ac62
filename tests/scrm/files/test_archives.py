"""Crafted workbooks: no part of an archive may fill the memory, whatever it is called."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Iterable

import pytest
from openpyxl import Workbook

from scrm.files import archives
from scrm.files.errors import ImportRefused
from scrm.files.sheets import rows_of_upload

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
_WORDS = (
    b'<Override PartName="/xl/sharedStrings.xml" ContentType='
    b'"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
)


def book() -> io.BytesIO:
    """Two rows, and words that both readers and attackers may put anywhere."""
    raw, made = io.BytesIO(), Workbook()
    assert made.active is not None
    made.active.append(["手机", "姓名"])
    made.active.append(["13800000001", "王小明"])
    made.save(raw)
    target = io.BytesIO()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(target, "w") as packed:
        for name in source.namelist():
            packed.writestr(name, source.read(name).replace(b"</Types>", _WORDS + b"</Types>"))
        packed.writestr(STRINGS, strings(1))
    return target


def crafted(parts: dict[str, bytes], *, renamed: tuple[str, str] = ("", "")) -> io.BytesIO:
    """The same workbook with some parts replaced, or one of them called differently everywhere."""
    old, new = renamed
    target = io.BytesIO()
    with (
        zipfile.ZipFile(book()) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for item in source.infolist():
            data = parts.get(item.filename, source.read(item.filename))
            if old:
                data = data.replace(old.encode(), new.encode())
                data = data.replace(
                    old.removeprefix("xl/").encode(), new.removeprefix("xl/").encode()
                )
            packed.writestr(item.filename.replace(old, new) if old else item.filename, data)
        for name in parts.keys() - set(source.namelist()):
            packed.writestr(name, parts[name])
    target.seek(0)
    return target


def read(raw: io.BytesIO) -> list[list[str]]:
    return list(rows_of_upload(raw, name="a.xlsx"))


def strings(count: int) -> bytes:
    return f'<sst xmlns="{MAIN}">'.encode() + b"<si/>" * count + b"</sst>"


def sheet(cells: Iterable[bytes]) -> bytes:
    return (
        f'<worksheet xmlns="{MAIN}"><sheetData>'.encode()
        + b"".join(cells)
        + b"</sheetData></worksheet>"
    )


def refused(raw: io.BytesIO) -> None:
    with pytest.raises(ImportRefused):
        read(raw)


def test_an_honest_workbook_is_read_also_under_other_names() -> None:
    expected = [["手机", "姓名"], ["13800000001", "王小明"]]
    assert read(crafted({})) == expected
    assert read(crafted({}, renamed=(SHEET, "xl/pages/one.xml"))) == expected
    assert read(crafted({}, renamed=(STRINGS, "xl/worksheets/words.xml"))) == expected


def test_shared_words_are_weighed_wherever_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_STRINGS", 100_000)
    assert len(read(crafted({STRINGS: strings(10_000)}))) == 2
    for name in (STRINGS, "xl/worksheets/words.xml", "xl/worksheets/sheet9.xml"):
        refused(crafted({STRINGS: strings(40_000)}, renamed=(STRINGS, name)))


def test_one_row_may_not_hold_a_million_cells() -> None:
    """The control has as many cells, a hundred in a row."""
    million = 1_200_000
    rows = [b"<row>" + b"<c/>" * 100 + b"</row>"] * (million // 100)
    assert len(read(crafted({SHEET: sheet(rows)}))) == million // 100
    bomb = crafted({SHEET: sheet([b"<row>", b"<c/>" * million, b"</row>"])})
    assert len(bomb.getvalue()) < 30_000
    tracemalloc.start()
    try:
        refused(bomb)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # Its XML is never in memory whole, far less its elements.
    assert peak < 350 * 1024 * 1024
    nested = b"<row>" + b"<c><row/></c>" * (million // 2) + b"</row>"
    refused(crafted({SHEET: sheet([nested])}))
    other = b"<row>" + b"<x:row xmlns:x='y'/>" * (million // 2) + b"</row>"
    refused(crafted({SHEET: sheet([other])}))


@pytest.mark.parametrize(
    "name",
    [
        "[Content_Types].xml",
        "xl/workbook.xml",
        "xl/styles.xml",
        "xl/theme/theme1.xml",
        "docProps/core.xml",
    ],
)
def test_a_part_that_is_read_at_once_is_small(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_WHOLE", 100_000)
    with zipfile.ZipFile(book()) as source:
        honest = source.read(name)
    assert read(crafted({}))
    refused(crafted({name: honest + b" " * 100_000}))


def test_all_parts_together_are_weighed_also_those_nobody_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(archives, "MOST_UNPACKED", 1_000_000)
    assert read(crafted({"xl/media/image1.png": b"0" * 500_000}))
    refused(crafted({f"xl/media/image{number}.png": b"0" * 300_000 for number in range(4)}))


def test_an_archive_has_few_parts_and_no_name_twice() -> None:
    assert read(crafted({f"x/{number}": b"" for number in range(900)}))
    refused(crafted({f"x/{number}": b"" for number in range(1_000)}))
    # A list of parts that is too long is not even read: names of sixty thousand characters.
    refused(crafted({f"{'n' * 60_000}{number}": b"" for number in range(10)}))
    twice = crafted({})
    with zipfile.ZipFile(twice, "a") as packed, pytest.warns(UserWarning, match="Duplicate"):
        packed.writestr("xl/styles.xml", b"<styleSheet/>")
    refused(twice)


def test_a_sheet_that_claims_to_be_wide_or_long_is_read_as_far_as_an_import_goes() -> None:
    cells = b'<row r="1"><c r="A1" t="inlineStr"><is><t>phone</t></is></c></row><row r="2"><c r="A2"><v>1</v></c></row>'
    wide = sheet([cells]).replace(b"<sheetData>", b'<dimension ref="A1:XFD9"/><sheetData>')
    assert read(crafted({SHEET: wide}))[:2] == [["phone"], ["1"]]
    gap = cells + b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>'
    with pytest.raises(ImportRefused, match="20 万行"):
        read(crafted({SHEET: sheet([gap])}))


def test_a_part_may_not_define_entities() -> None:
    doctype = b'<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa">]>'
    refused(crafted({SHEET: doctype + sheet([b"<row><c t='str'><v>&a;</v></c></row>"])}))


@pytest.mark.parametrize("raw", [b"PK\x03\x04junk", b"PK\x03\x04" + b"\x00" * 70_000])
def test_what_only_begins_like_an_archive_is_refused(raw: bytes) -> None:
    refused(io.BytesIO(raw))
