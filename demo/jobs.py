"""The demo's first night: once the history is in, run every nightly step for yesterday."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from demo.identity import identities_make
from demo.privacy import consents_make
from demo.profile import profiles_make
from demo.programme import plans_make
from demo.pulse import pulses_history
from demo.segments import segment_nights_make
from demo.starters import starters_make
from demo.tags import tag_days_make, tags_make
from scrm.events.jobs.nightly import NIGHTLY, job_run_now, nightly_day
from scrm.events.jobs.services import (
    JobLater,
    job_advance,
    job_fail,
    job_finish,
    job_kind_register,
)
from scrm.events.models import Job, JobState, OutboxEvent

NIGHT = "demo.night"


def night_run(job: Job) -> None:
    """Once no other job is open and every fact was heard: the steps of the night, in their order."""
    others = Job.objects.filter(state__in=[JobState.WAITING, JobState.RUNNING]).exclude(pk=job.pk)
    facts = OutboxEvent.objects.filter(dispatched_at=None, parked_at=None)
    if others.exists() or facts.exists():
        raise JobLater
    steps = sorted(NIGHTLY.values(), key=lambda step: (step.order, step.name))
    Job.objects.filter(pk=job.pk).update(total=len(steps))
    tags_make()
    profiles_make()
    consents_make()
    pulses_history(nightly_day())
    for step in steps[job.done :]:
        run = job_run_now(step.name, nightly_day())
        if run.state != JobState.DONE:
            job_fail(job, error=f"{step.name}: {run.error}")
            return
        job_advance(job, done=1)
    tag_days_make(nightly_day())
    starters_make()
    segment_nights_make(nightly_day())
    identities_make()
    plans_make()
    job_finish(job)


job_kind_register(NIGHT, _("生成首夜数据"), body=night_run)
