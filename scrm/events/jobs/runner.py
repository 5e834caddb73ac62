"""Run waiting jobs: claimed by a lease on the heartbeat, resumed from the cursor after a kill."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, transaction
from django.db.models import Q

from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind
from scrm.core.ids import uuid7
from scrm.events.jobs.services import JOB_BODIES, JobLater, JobLost, job_fail
from scrm.events.models import Job, JobState

log = structlog.get_logger(__name__)
LEASE = timedelta(seconds=60)


def job_claim(*, passing: Collection[int] = ()) -> Job | None:
    """The oldest job that waits, or whose worker went silent; it is ours while it beats."""
    at = clock.now()
    silent = Q(state=JobState.RUNNING) & (Q(heartbeat_at=None) | Q(heartbeat_at__lt=at - LEASE))
    with transaction.atomic():
        job = (
            Job.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(Q(state=JobState.WAITING) | silent, kind__in=list(JOB_BODIES))
            .exclude(pk__in=passing)
            .order_by("created_at", "id")
            .first()
        )
        if job is None:
            return None
        job.state = JobState.RUNNING
        job.heartbeat_at = at
        job.started_at = job.started_at or at
        job.claim = uuid7()
        job.save(update_fields=["state", "heartbeat_at", "started_at", "claim"])
    return job


def jobs_run_waiting() -> int:
    """Run every job of the active tenant that can be claimed; returns how many ran."""
    count = 0
    later: set[int] = set()
    while (job := job_claim(passing=later)) is not None:
        count += 1
        try:
            JOB_BODIES[job.kind](job)
        except JobLater:
            later.add(job.pk)
            _put_back(job)
        except SoftTimeLimitExceeded:
            # The worker's time is up, not the job's: the next one goes on at its cursor.
            _put_back(job)
            raise
        except JobLost:
            log.warning("job_lost", kind=job.kind, job=job.public_id)
        except OperationalError as error:
            _retry_later(job, later, error)
        except DomainError as error:
            if error.kind is ErrorKind.BUSY:
                _retry_later(job, later, error)
            else:
                job_fail(job, error=str(error))
        except Exception as error:  # a job's fault is shown to its starter, not lost in a log
            log.exception("job_failed", kind=job.kind, job=job.public_id)
            job_fail(job, error=f"{type(error).__name__}: {error}")
    return count


def _retry_later(job: Job, later: set[int], error: Exception) -> None:
    """A lock lost to live traffic is no fault of the job: its step was undone, the next bell repeats it."""
    log.warning("job_retried", kind=job.kind, job=job.public_id, why=type(error).__name__)
    later.add(job.pk)
    _put_back(job)


def _put_back(job: Job) -> None:
    Job.objects.filter(pk=job.pk, claim=job.claim, state=JobState.RUNNING).update(
        state=JobState.WAITING, heartbeat_at=None
    )
