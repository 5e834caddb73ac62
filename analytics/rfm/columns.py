"""Whole columns between PostgreSQL and numpy: binary COPY, one fixed record a row, no parsing."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection

_SIGNATURE = b"PGCOPY\n\xff\r\n\x00"
_HEAD = len(_SIGNATURE) + 8
_TRAILER = struct.pack(">h", -1)
_TYPES = {"bigint": ">i8", "int": ">i4", "smallint": ">i2"}


def _record(types: Sequence[str]) -> np.dtype[Any]:
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for place, name in enumerate(types):
        fields += [(f"size{place}", ">i4"), (f"value{place}", _TYPES[name])]
    return np.dtype(fields)


def columns_read(select: str, types: Sequence[str]) -> list[npt.NDArray[np.int64]]:
    """The columns of a SELECT whose values are never null, as 64-bit integers.

    Runs in the caller's transaction; the SELECT carries its tenant itself.
    """
    target = io.BytesIO()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")  # says the tenant to row-level security before COPY reads
        cursor.cursor.copy_expert(f"COPY ({select}) TO STDOUT (FORMAT binary)", target)
    view = target.getbuffer()
    record = _record(types)
    rows = np.frombuffer(view[_HEAD : view.nbytes - len(_TRAILER)], dtype=record)
    return [rows[f"value{place}"].astype(np.int64) for place in range(len(types))]


def columns_write(table: str, columns: Sequence[tuple[str, str, npt.NDArray[Any]]]) -> None:
    """COPY columns (name, type, values) into a table of exactly these types."""
    names, types, values = zip(*columns, strict=True)
    rows = np.zeros(len(values[0]), dtype=_record(types))
    rows["fields"] = len(names)
    for place, (kind, column) in enumerate(zip(types, values, strict=True)):
        rows[f"size{place}"] = np.dtype(_TYPES[kind]).itemsize
        rows[f"value{place}"] = column
    source = io.BytesIO(_SIGNATURE + bytes(8) + rows.tobytes() + _TRAILER)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.cursor.copy_expert(f"COPY {table} ({', '.join(names)}) FROM STDIN (FORMAT binary)", source)
