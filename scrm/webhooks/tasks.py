"""The doorbell of webhooks. It carries no data and may be lost, late or doubled."""

from __future__ import annotations

from celery import shared_task

from scrm.events.bell import doorbell_register
from scrm.webhooks.draining import webhooks_drain


@shared_task(name="webhooks.drain")
def drain() -> int:
    """Send what is due."""
    return webhooks_drain()


doorbell_register("webhooks", "webhooks.drain")
