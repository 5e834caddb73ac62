"""Doorbell of the inbox. It carries no data and may be lost, late or doubled."""

from __future__ import annotations

from celery import shared_task

from scrm.events.bell import doorbell_register
from scrm.tenants.context import across_tenants
from scrm.wecom.callbacks.services import callbacks_process


@shared_task(name="callbacks.drain")
def callbacks_drain() -> int:
    """Process waiting callbacks of every tenant."""
    return sum(
        callbacks_process() for _tenant in across_tenants("waiting callbacks of every tenant")
    )


doorbell_register("callbacks", "callbacks.drain")
