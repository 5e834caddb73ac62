"""Who is acting: a person, a key or the system. Kind and id only; access sits above this layer."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, kw_only=True)
class Actor:
    """The author of a write."""

    kind: str = "system"
    id: str = ""
    label: str = ""
    ip: str = ""
    request_id: str = ""


_actor: ContextVar[Actor | None] = ContextVar("actor", default=None)


def current_actor() -> Actor:
    """The acting person or key; the system when nobody is."""
    return _actor.get() or Actor()


def actor_logged() -> dict[str, str]:
    """What a log line says about the actor: kind and id, never a name."""
    actor = _actor.get()
    return {} if actor is None else {"actor": f"{actor.kind}:{actor.id}"}


@contextmanager
def acting_as(
    kind: str,
    *,
    id: str = "",
    label: str = "",
    ip: str = "",
    request_id: str = "",
) -> Iterator[None]:
    """Name the author of every write in the block."""
    token = _actor.set(Actor(kind=kind, id=id, label=label, ip=ip, request_id=request_id))
    try:
        yield
    finally:
        _actor.reset(token)
