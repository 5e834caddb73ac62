"""Long work as rows: start, advance, finish. Progress is committed as it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import F

from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind, NotFound
from scrm.events.actor import current_actor
from scrm.events.models import Job, JobState

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.functional import _StrPromise

JOB_KINDS: dict[str, str | _StrPromise] = {}
JOB_BODIES: dict[str, Callable[[Job], None]] = {}


class JobLost(DomainError):
    """The job was cancelled, or another worker has taken it over: stop, and undo this step."""

    code = "job_lost"
    kind = ErrorKind.CONFLICT


class JobLater(Exception):
    """The job waits for something else: put it back instead of keeping a worker."""


def job_kind_register(
    kind: str, label: str | _StrPromise, *, body: Callable[[Job], None] | None = None
) -> None:
    """Declare a kind of long work; ``body`` runs it in a worker and must resume from ``job.cursor``."""
    if kind in JOB_KINDS:
        message = f"job kind {kind} is registered twice"
        raise ValueError(message)
    JOB_KINDS[kind] = label
    if body is not None:
        JOB_BODIES[kind] = body


def job_start(kind: str, *, params: dict[str, Any] | None = None, total: int | None = None) -> Job:
    """A waiting job of a registered kind; the worker that polls for jobs picks it up."""
    if kind not in JOB_KINDS:
        message = f"job kind {kind} is not registered"
        raise ValueError(message)
    return Job.objects.create(
        kind=kind, params=params or {}, total=total, started_by=current_actor().label
    )


def job_get(public_id: str) -> Job:
    """The job with that public id; NotFound otherwise."""
    job = Job.objects.filter(public_id=public_id).first()
    if job is None:
        raise NotFound
    return job


def job_advance(
    job: Job, *, done: int = 0, failed: int = 0, cursor: dict[str, Any] | None = None
) -> None:
    """Add to the counters (and move the resume point) in the transaction of the work itself.

    Raises JobLost, which rolls that transaction back, when this run no longer owns the job.
    """
    changes: dict[str, Any] = {
        "done": F("done") + done,
        "failed": F("failed") + failed,
        "heartbeat_at": clock.now(),
    }
    if cursor is not None:
        changes["cursor"] = cursor
        job.cursor = cursor
    running = Job.objects.filter(pk=job.pk, claim=job.claim, state=JobState.RUNNING)
    if not running.update(**changes):
        raise JobLost
    job.done += done
    job.failed += failed


def job_finish(job: Job, *, result: dict[str, Any] | None = None) -> None:
    """Mark the work done."""
    Job.objects.filter(pk=job.pk, claim=job.claim).update(
        state=JobState.DONE,
        finished_at=clock.now(),
        result=result or {},
        heartbeat_at=None,
        error="",
    )


def job_fail(job: Job, *, error: str) -> None:
    """Mark the work failed, with words for people."""
    Job.objects.filter(pk=job.pk, claim=job.claim).update(
        state=JobState.FAILED, finished_at=clock.now(), error=error[:500], heartbeat_at=None
    )


def job_cancel(*, public_id: str) -> Job:
    """Stop a job that has not ended; its worker notices at its next step."""
    job = job_get(public_id)
    open_states = [JobState.WAITING, JobState.RUNNING]
    Job.objects.filter(pk=job.pk, state__in=open_states).update(
        state=JobState.CANCELLED, finished_at=clock.now(), heartbeat_at=None
    )
    job.refresh_from_db()
    return job
