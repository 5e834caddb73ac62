"""Sets that have grown old in the course of a day are renewed."""

from __future__ import annotations

from celery import shared_task

from members.segments.building import sets_renew
from scrm.tenants.turns import turns_take

_SECONDS = 120.0


def _renew() -> int:
    sets_renew()
    return 0


@shared_task(name="sweep.segment_sets")
def segment_sets() -> int:
    """One round over the brands."""
    return turns_take(
        "segment_sets", _renew, reason="sets of each brand grow old", seconds=_SECONDS
    )
