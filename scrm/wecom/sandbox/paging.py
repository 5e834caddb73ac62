"""Opaque cursors: they name the last row given, so a list may change between pages."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING, TypeVar

from scrm.wecom.sandbox.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")
DIGEST = 8


def page(
    rows: Iterable[tuple[str, T]], *, cursor: str, limit: int, scope: str
) -> tuple[list[T], str]:
    """The rows after the cursor in key order, and the next cursor, empty at the end.

    A cursor of another list (`scope`) or a made-up one is refused with 50100.
    """
    after = _read(cursor, scope) if cursor else ""
    ordered = sorted((row for row in rows if row[0] > after), key=lambda row: row[0])
    part = ordered[:limit]
    more = len(ordered) > limit
    return [row for _, row in part], _write(part[-1][0], scope) if more else ""


def _digest(key: str, scope: str) -> bytes:
    return hashlib.sha256(f"{scope}\n{key}".encode()).digest()[:DIGEST]


def _write(key: str, scope: str) -> str:
    return base64.urlsafe_b64encode(_digest(key, scope) + key.encode()).decode().rstrip("=")


def _read(cursor: str, scope: str) -> str:
    try:
        data = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        key = data[DIGEST:].decode()
    except (binascii.Error, ValueError):
        raise ApiError(50100) from None
    if data[:DIGEST] != _digest(key, scope):
        raise ApiError(50100)
    return key
