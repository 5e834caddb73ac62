"""Doorbells of pushes. They carry no data and may be lost, late or doubled."""

from __future__ import annotations

from celery import shared_task

from communities.outreach.services.polling import pushes_poll
from communities.outreach.services.sending import pushes_drain
from communities.outreach.services.sweeping import pushes_sweep
from scrm.events.bell import doorbell_register


@shared_task(name="push.drain")
def push_drain() -> int:
    """Prepare and submit what is due."""
    return pushes_drain()


@shared_task(name="push.poll")
def push_poll() -> int:
    """Ask WeCom what became of broadcasts."""
    return pushes_poll()


@shared_task(name="sweep.all")
def sweep_all() -> int:
    """Free expired claims and look up lost answers; runs on its own queue and worker."""
    return pushes_sweep()


doorbell_register("push", "push.drain")
doorbell_register("poll", "push.poll")
doorbell_register("sweep", "sweep.all")
