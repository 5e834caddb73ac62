"""Reads of long work for lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrm.events.models import Job

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet


def jobs_list(*, states: Sequence[str] = ()) -> QuerySet[Job]:
    """The tenant's jobs, narrowed to some states; the caller orders."""
    jobs = Job.objects.all()
    return jobs.filter(state__in=states) if states else jobs
