"""Doorbell tasks of this layer. They carry no data and may be lost, late or doubled."""

from __future__ import annotations

from celery import shared_task

from scrm.events.bell import doorbell_register
from scrm.events.jobs.nightly import nightly_run_due
from scrm.events.jobs.runner import jobs_run_waiting
from scrm.events.relay import relay_all
from scrm.tenants.context import across_tenants


@shared_task(name="events.drain")
def events_drain() -> int:
    """Hand waiting facts to their subscribers."""
    return relay_all()


@shared_task(name="jobs.drain")
def jobs_drain() -> int:
    """Run waiting jobs of every tenant."""
    return sum(jobs_run_waiting() for _tenant in across_tenants("waiting jobs of every tenant"))


@shared_task(name="nightly.tick")
def nightly_tick() -> int:
    """Run the steps that are due in each tenant's own night."""
    return sum(nightly_run_due() for _tenant in across_tenants("each tenant has its own midnight"))


doorbell_register("events", "events.drain")
doorbell_register("jobs", "jobs.drain")
