"""Doorbell of contact codes."""

from __future__ import annotations

from celery import shared_task

from communities.acquisition.services import contact_codes_sweep_all
from scrm.events.bell import doorbell_register


@shared_task(name="sweep.codes")
def sweep_codes() -> int:
    """Find out what became of codes that WeCom did not answer for."""
    return contact_codes_sweep_all()


doorbell_register("codes", "sweep.codes")
