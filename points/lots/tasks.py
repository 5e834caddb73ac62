"""Points count and lapse by the clock; the sweep only brings the stored balances up to it."""

from __future__ import annotations

from celery import shared_task

from points.lots.services import due_settle_some
from scrm.tenants.turns import turns_take

# The queue also looks after pushes whose worker died: a million points that lapse together must not
# keep it for minutes. What is left is settled by the next beats and by the night.
_SECONDS = 20.0


@shared_task(name="sweep.points_due")
def points_due() -> int:
    """Settle members with something due, the tenants in turns; returns how many."""
    return turns_take(
        "points_due",
        due_settle_some,
        reason="points of every tenant fall due",
        seconds=_SECONDS,
    )
