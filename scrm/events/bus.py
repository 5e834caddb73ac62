"""Outbox and subscribers: facts are rows first, every subscriber hears each fact once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from scrm.core import clock
from scrm.events.bell import ring
from scrm.events.models import OutboxEvent

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Sequence
    from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Event:
    """A published fact as its subscribers see it."""

    id: uuid.UUID
    type: str
    subject: str
    payload: dict[str, Any]
    occurred_at: datetime


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """A named listener. The name is stored with what it heard, so it must never change."""

    name: str
    type: str
    handle: Callable[[Event], None]


EVENT_TYPES: dict[str, str] = {}
SUBSCRIBERS: dict[str, list[Subscriber]] = {}


class NoTransaction(RuntimeError):
    """A fact was published outside the transaction of its change: a programming error."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One of many facts of a type that happened together."""

    payload: dict[str, Any]
    subject: str = ""
    occurred_at: datetime | None = None


def event_register(event_type: str, doc: str) -> None:
    """Declare an event type; an undeclared one cannot be published or heard."""
    if EVENT_TYPES.setdefault(event_type, doc) != doc:
        message = f"event type {event_type} is declared twice"
        raise ValueError(message)


def subscriber(
    event_type: str, *, name: str
) -> Callable[[Callable[[Event], None]], Callable[[Event], None]]:
    """Register a handler; it runs in its own transaction, idempotent by (name, event id)."""

    def register(handle: Callable[[Event], None]) -> Callable[[Event], None]:
        known = SUBSCRIBERS.setdefault(event_type, [])
        if any(other.name == name for other in known):
            message = f"subscriber {name} is registered twice"
            raise ValueError(message)
        known.append(Subscriber(name=name, type=event_type, handle=handle))
        return handle

    return register


def publish(
    event_type: str,
    *,
    payload: dict[str, Any],
    subject: str = "",
    occurred_at: datetime | None = None,
) -> uuid.UUID:
    """Write the fact in the caller's transaction and ring the relay; returns the event id."""
    if event_type not in EVENT_TYPES:
        message = f"event type {event_type} is not registered"
        raise ValueError(message)
    if not connection.in_atomic_block:
        raise NoTransaction(event_type)
    row = OutboxEvent.objects.create(
        type=event_type, subject=subject, payload=payload, occurred_at=occurred_at or clock.now()
    )
    ring("events")
    return row.id


def publish_many(event_type: str, facts: Sequence[Fact]) -> None:
    """Write facts of one type in the caller's transaction, in their order, and ring once."""
    if event_type not in EVENT_TYPES:
        message = f"event type {event_type} is not registered"
        raise ValueError(message)
    if not connection.in_atomic_block:
        raise NoTransaction(event_type)
    if not facts:
        return
    at = clock.now()
    OutboxEvent.objects.bulk_create(
        OutboxEvent(
            type=event_type,
            subject=fact.subject,
            payload=fact.payload,
            occurred_at=fact.occurred_at or at,
        )
        for fact in facts
    )
    ring("events")
