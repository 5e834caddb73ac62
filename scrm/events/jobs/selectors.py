"""Reads of long work for lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrm.events.jobs.services import OPEN
from scrm.events.models import Job

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

COUNTED = 100


def jobs_list(
    *, states: Sequence[str] = (), kinds: Sequence[str] = (), actor: tuple[str, str] | None = None
) -> QuerySet[Job]:
    """The tenant's jobs, narrowed to states, kinds or one starter (kind and id); the caller orders."""
    jobs = Job.objects.all()
    if states:
        jobs = jobs.filter(state__in=states)
    if kinds:
        jobs = jobs.filter(kind__in=kinds)
    if actor is not None:
        jobs = jobs.filter(actor_kind=actor[0], actor_id=actor[1])
    return jobs


def jobs_open_count() -> int:
    """How many jobs wait or run right now; counting stops at a hundred."""
    return Job.objects.filter(state__in=OPEN).order_by()[:COUNTED].count()
