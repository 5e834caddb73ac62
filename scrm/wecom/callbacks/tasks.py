"""Doorbell of the inbox. It carries no data and may be lost, late or doubled."""

from __future__ import annotations

from celery import shared_task

from scrm.events.bell import doorbell_register
from scrm.tenants.turns import turns_take
from scrm.wecom.callbacks.services import callbacks_process

_SECONDS = 20.0


@shared_task(name="callbacks.drain")
def callbacks_drain() -> int:
    """Process waiting callbacks, the tenants in turns: a slow corp holds up its own only."""
    return turns_take(
        "callbacks",
        callbacks_process,
        reason="waiting callbacks of every tenant, in fair turns",
        seconds=_SECONDS,
    )


doorbell_register("callbacks", "callbacks.drain")
