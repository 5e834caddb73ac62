"""The append-only journal: one JSON line per change, replayed and compacted at start."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TextIO, cast

from scrm.wecom.sandbox.entities import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from scrm.wecom.sandbox.entities import Entity

Row = tuple[str, str, str, dict[str, object] | None]


class Journal:
    """A file of changes. Each line is one request's changes, so a torn last line is one lost request."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._path = folder / "journal.jsonl"
        self._file: TextIO | None = None

    def read(self) -> Iterator[tuple[str, Entity]]:
        """Give back every living record, corps first, then leave a compacted file behind."""
        rows: dict[tuple[str, str, str], dict[str, object]] = {}
        for corp_id, kind, key, data in self._lines():
            if data is None:
                rows.pop((corp_id, kind, key), None)
            else:
                rows[corp_id, kind, key] = data
        ordered = sorted(rows.items(), key=lambda row: row[0][1] != "corp")
        fresh = self._path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            for (corp_id, kind, key), data in ordered:
                file.write(_line([(corp_id, kind, key, data)]))
        fresh.replace(self._path)
        self._file = self._path.open("a", encoding="utf-8")
        for (corp_id, kind, _key), data in ordered:
            yield corp_id, KINDS[kind](**data)

    def append(self, changes: Mapping[tuple[str, str, str], Entity | None]) -> None:
        """Hand one line to the kernel; only a crash of the machine could lose it."""
        rows = [
            (corp_id, kind, key, None if entity is None else vars(entity))
            for (corp_id, kind, key), entity in changes.items()
        ]
        if self._file is not None:
            self._file.write(_line(rows))
            self._file.flush()

    def clear(self) -> None:
        if self._file is not None:
            self._file.truncate(0)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _lines(self) -> Iterator[Row]:
        if not self._path.exists():
            return
        with self._path.open(encoding="utf-8") as file:
            for line in file:
                try:
                    rows = cast("list[Row]", json.loads(line))
                except ValueError:
                    continue
                yield from rows


def _line(rows: list[Row]) -> str:
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")) + "\n"
