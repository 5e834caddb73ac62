"""Points count and lapse by the clock; the sweep only brings the stored balances up to it."""

from __future__ import annotations

from celery import shared_task

from points.lots.services import due_settle
from scrm.tenants.context import across_tenants


@shared_task(name="sweep.points_due")
def points_due() -> int:
    """Settle members of every tenant with something due."""
    return sum(
        due_settle()["members"] for _tenant in across_tenants("points of every tenant fall due")
    )
