"""Doorbell of the welcome lane, on a queue of its own."""

from __future__ import annotations

import time

import structlog
from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded

from scrm.events.bell import doorbell_register
from scrm.tenants.context import across_tenants, require_tenant_id
from scrm.wecom.welcome.services import welcomes_send, welcomes_waiting

log = structlog.get_logger(__name__)
_SECONDS = 20.0
_PAUSE = 0.5


@shared_task(name="welcome.drain")
def welcome_drain() -> int:
    """Spend every tenant's welcome codes; stays while one has to be tried again."""
    until = time.monotonic() + _SECONDS
    count = 0
    while True:
        is_waiting = False
        for _tenant in across_tenants("welcome codes of every tenant die in 20 seconds"):
            try:
                count += welcomes_send()
                is_waiting = welcomes_waiting() or is_waiting
            except SoftTimeLimitExceeded:
                raise
            except Exception:  # one brand's fault must not cost the others their codes
                log.exception("welcome_turn_failed", tenant=require_tenant_id())
        if not is_waiting or time.monotonic() > until:
            return count
        time.sleep(_PAUSE)


doorbell_register("welcome", "welcome.drain")
