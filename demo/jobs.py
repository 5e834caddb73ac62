"""The demo's first night: once the history is in, run every nightly step for yesterday."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from scrm.events.jobs.nightly import NIGHTLY, job_run_now, nightly_day
from scrm.events.jobs.services import job_advance, job_fail, job_finish, job_kind_register
from scrm.events.models import Job, JobState, OutboxEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

NIGHT = "demo.night"
_PATIENCE_SECONDS = 240


def night_run(job: Job) -> None:
    """Wait for the other jobs and for their facts to be heard, then run the night in order."""
    for _second in _waiting(job):
        job_advance(job)
        time.sleep(1)
    steps = sorted(NIGHTLY.values(), key=lambda step: (step.order, step.name))
    Job.objects.filter(pk=job.pk).update(total=len(steps))
    for step in steps[job.done :]:
        run = job_run_now(step.name, nightly_day())
        if run.state != JobState.DONE:
            job_fail(job, error=f"{step.name}: {run.error}")
            return
        job_advance(job, done=1)
    job_finish(job)


def _waiting(job: Job) -> Iterator[int]:
    for second in range(_PATIENCE_SECONDS):
        others = Job.objects.filter(state__in=[JobState.WAITING, JobState.RUNNING]).exclude(
            pk=job.pk
        )
        facts = OutboxEvent.objects.filter(dispatched_at=None, parked_at=None)
        if not others.exists() and not facts.exists():
            return
        yield second


job_kind_register(NIGHT, _("生成首夜数据"), body=night_run)
