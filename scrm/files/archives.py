"""Workbooks of strangers: every part of the archive is weighed while it is read, whatever it is called.

A part that is read at once may be small only. One that is read as a stream is followed by a second reader
that knows how much stands in memory until the next row or shared string is over.
"""

from __future__ import annotations

import zipfile
from typing import IO, TYPE_CHECKING, Any, Self
from xml.parsers import expat

from django.utils.translation import gettext as _
from openpyxl.reader.excel import ExcelReader
from typing_extensions import override

from scrm.files.errors import ImportRefused

if TYPE_CHECKING:
    from types import TracebackType

    from openpyxl import Workbook

_MEGA = 1024 * 1024
MOST_PARTS = 1_000
MOST_UNPACKED = 600 * _MEGA
MOST_WHOLE = 8 * _MEGA
# Shared words stand in memory until the last row is read.
MOST_STRINGS = 64 * _MEGA
# XML of one row; elements weigh some thirty times their text.
MOST_ROW = 4 * _MEGA
MOST_ROWS = 1_100_000
_DIRECTORY = 512 * MOST_PARTS
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
# What is dropped from memory once it is over, and how deep it stands: elsewhere it is no such thing.
_ROW, _STRING = f"{_MAIN}}}row", f"{_MAIN}}}si"
_DEPTHS = {_ROW: 3, _STRING: 2}


def workbook_open(upload: IO[bytes]) -> Workbook:
    """The workbook, rows not read yet; ImportRefused where any part of it is too much."""
    _directory_check(upload)
    reader = ExcelReader(upload, read_only=True, data_only=True, keep_links=False)
    reader.archive.close()
    reader.archive = _Archive(upload)
    reader.read()
    return reader.wb


def _directory_check(upload: IO[bytes]) -> None:
    """The list of parts is itself a part: looked at before a reader believes it."""
    end = zipfile._EndRecData(upload)  # type: ignore[attr-defined]  # noqa: SLF001 - where the list's size stands
    _, _, _, entries, _, size, *_rest = end or [None, 0, 0, 0, 0, 0]
    if max(entries, 0) > MOST_PARTS or size > _DIRECTORY:
        raise _too_much()
    upload.seek(0)
    with zipfile.ZipFile(upload) as packed:
        parts = packed.infolist()
    names = {part.filename for part in parts}
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise _too_much()
    if len(names) < len(parts):
        raise ImportRefused(_("这不是可读的 XLSX 文件"), pointer="/file")
    upload.seek(0)


def _too_much() -> ImportRefused:
    return ImportRefused(_("XLSX 解压后太大"), pointer="/file")


class _Archive(zipfile.ZipFile):
    """Parts read at once are small; streams are watched. A part never gives more than its stated size."""

    @override
    def read(self, name: Any, pwd: bytes | None = None) -> bytes:
        if self.getinfo(name).file_size > MOST_WHOLE:
            raise _too_much()
        with super().open(name) as part:
            return part.read()

    @override
    def open(self, name: Any, *more: Any, **named: Any) -> Any:
        return _Watched(super().open(name, *more, **named))


class _Watched:
    """A stream of XML that ends in ImportRefused once too much of it would stand in memory."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._fed = self._dropped = self._rows = self._depth = 0
        self._has_strings = False
        self._parser = expat.ParserCreate(namespace_separator="}")
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._doctype

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self._fed += len(data)
        self._parser.Parse(data, not data)
        held = self._fed if self._has_strings else 0
        if self._fed - self._dropped > MOST_ROW or held > MOST_STRINGS or self._rows > MOST_ROWS:
            raise _too_much()
        return data

    def _begin(self, _name: str, _attributes: object) -> None:
        self._depth += 1

    def _end(self, name: str) -> None:
        if _DEPTHS.get(name) == self._depth:
            self._dropped = self._parser.CurrentByteIndex
            self._rows += 1
            self._has_strings = self._has_strings or name == _STRING
        self._depth -= 1

    def _doctype(self, *_told: object) -> None:
        raise ImportRefused(_("这不是可读的 XLSX 文件"), pointer="/file")

    def close(self) -> None:
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
