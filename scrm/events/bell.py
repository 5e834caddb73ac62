"""The doorbell: a hint, inside the transaction, that a queue has work. It may be lost or doubled."""

from __future__ import annotations

from django.db import connection

CHANNEL = "scrm_bell"
DOORBELLS: dict[str, str] = {}


def doorbell_register(queue: str, task_name: str) -> None:
    """Which Celery task drains the queue's rows."""
    if DOORBELLS.setdefault(queue, task_name) != task_name:
        message = f"queue {queue} has two doorbells"
        raise ValueError(message)


def ring(queue: str) -> None:
    """Notify the relay when this transaction commits; nothing reaches Redis from a request."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, queue])
