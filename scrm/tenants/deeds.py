"""Writes of this layer told upward: who acts and the audit log stand above it, so they connect themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Author:
    """Who made a row: a person, a key or the system."""

    kind: str = "system"
    id: str = ""
    label: str = ""


@dataclass(kw_only=True)
class _Above:
    author: Callable[[], Author] | None = None
    record: Callable[..., None] | None = None


_above = _Above()


def deeds_connect(*, author: Callable[[], Author], record: Callable[..., None]) -> None:
    """Said once at start by the layer that knows the actor and keeps the audit log."""
    _above.author, _above.record = author, record


def author_now() -> Author:
    """The acting person or key; the system when nobody is."""
    return _above.author() if _above.author is not None else Author()


def deed_record(
    action: str,
    *,
    object_type: str,
    object_id: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """One audit row, in the caller's transaction."""
    if _above.record is not None:
        _above.record(
            action, object_type=object_type, object_id=object_id, before=before, after=after
        )
