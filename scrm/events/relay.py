"""Drain the outbox: in order per tenant, each subscriber in its own transaction, once per event."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection, transaction

from scrm.core import clock
from scrm.events.bus import SUBSCRIBERS, Event
from scrm.events.models import EventHeard, OutboxEvent
from scrm.tenants.context import across_tenants, require_tenant_id

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from scrm.events.bus import Subscriber

log = structlog.get_logger(__name__)
CHUNK = 50
MAX_ATTEMPTS = 12
_LOCK_SPACE = 0x5C21


def relay_all(*, seconds: float = 20.0) -> int:
    """Drain every tenant in turns until nothing is due or the time is up; returns events done."""
    deadline = clock.now() + timedelta(seconds=seconds)
    total = 0
    while True:
        done = sum(
            relay_chunk() for _tenant in across_tenants("the relay drains every tenant's outbox")
        )
        total += done
        if not done or clock.now() >= deadline:
            return total


def relay_tenant(*, seconds: float = 10.0) -> int:
    """Drain the active tenant's outbox until nothing is due, also if another relay is at work on it."""
    until = time.monotonic() + seconds
    done = 0
    while _due().exists() and time.monotonic() < until:
        chunk = relay_chunk()
        done += chunk
        if not chunk:
            time.sleep(0.05)
    return done


def _due() -> QuerySet[OutboxEvent]:
    waiting = OutboxEvent.objects.filter(dispatched_at=None, parked_at=None)
    return waiting.exclude(not_before__gt=clock.now()).order_by("id")


def relay_chunk() -> int:
    """Dispatch up to CHUNK due events of the active tenant. One relay per tenant at a time keeps
    the order; the EventHeard rows alone keep it exactly once."""
    with tenant_relay_lock() as mine:
        if not mine:
            return 0
        due = list(_due()[:CHUNK])
        for row in due:
            _dispatch(row)
        return len(due)


class tenant_relay_lock:  # noqa: N801 - reads as a statement
    """Session advisory lock per tenant; only an optimisation, never the guard."""

    def __enter__(self) -> bool:
        self.key = require_tenant_id()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_SPACE, self.key % 2**31])
            self.mine = bool(cursor.fetchone()[0])
        return self.mine

    def __exit__(self, *exc: object) -> None:
        if self.mine and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_SPACE, self.key % 2**31])


def _dispatch(row: OutboxEvent) -> None:
    event = Event(
        id=row.id,
        type=row.type,
        subject=row.subject,
        payload=row.payload,
        occurred_at=row.occurred_at,
    )
    failures = [
        f"{listener.name}: {fault}"
        for listener in SUBSCRIBERS.get(row.type, ())
        if (fault := _hear(listener, event)) is not None
    ]
    waiting = OutboxEvent.objects.filter(pk=row.pk, dispatched_at=None)
    if not failures:
        waiting.update(dispatched_at=clock.now(), error="")
        return
    attempts = row.attempts + 1
    delay = timedelta(seconds=min(2**attempts, 3600))
    waiting.update(
        attempts=attempts,
        error="; ".join(failures)[:500],
        not_before=clock.now() + delay,
        parked_at=clock.now() if attempts >= MAX_ATTEMPTS else None,
    )


def _hear(listener: Subscriber, event: Event) -> str | None:
    """Run one subscriber once; returns what went wrong, or None."""
    try:
        with transaction.atomic():
            if EventHeard.objects.filter(event_id=event.id, subscriber=listener.name).exists():
                return None
            # The unique row is the guard: of two relays at once, one rolls back with its effects.
            EventHeard.objects.create(event_id=event.id, subscriber=listener.name)
            listener.handle(event)
    except SoftTimeLimitExceeded:
        raise  # the worker's time is up, which says nothing about the event
    except Exception as error:  # a subscriber's fault must not stop the others
        log.exception(
            "subscriber_failed",
            subscriber=listener.name,
            event_type=event.type,
            event_id=str(event.id),
        )
        return f"{type(error).__name__}: {error}"
    return None
