"""Merges finish within the request that began them; the sweep takes up what a dead worker left."""

from __future__ import annotations

from celery import shared_task

from members.identity.merging import merges_resume
from scrm.tenants.turns import turns_take

_SECONDS = 20.0


@shared_task(name="sweep.merges_resume")
def merges_sweep() -> int:
    """Finish merges and splits under way, the tenants in turns; returns how many."""
    return turns_take(
        "merges_resume",
        merges_resume,
        reason="unfinished merges of every tenant are taken up",
        seconds=_SECONDS,
    )
