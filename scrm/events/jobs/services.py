"""Long work as rows: start, advance, finish, cancel, retry. Progress is committed as it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _plain
from django.utils.translation import gettext_lazy as _

from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind, InvalidTransition, NotFound
from scrm.events.actor import current_actor
from scrm.events.audit import record
from scrm.events.bell import ring
from scrm.events.models import Job, JobState
from scrm.events.notices import notify

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.functional import _StrPromise

JOB_KINDS: dict[str, str | _StrPromise] = {}
JOB_BODIES: dict[str, Callable[[Job], None]] = {}
JOB_WAYS: dict[str, JobWays] = {}
OPEN = (JobState.WAITING, JobState.RUNNING)


@dataclass(frozen=True, kw_only=True)
class JobWays:
    """What else is known of a kind: who may repeat it, and how to repeat only what failed."""

    permission: str = ""
    # Makes the job that repeats the failed part of a finished one.
    retry: Callable[[Job], Job] | None = None


class JobLost(DomainError):
    """The job was cancelled, or another worker has taken it over: stop, and undo this step."""

    code = "job_lost"
    kind = ErrorKind.CONFLICT


class JobLater(Exception):
    """The job waits for something else: put it back instead of keeping a worker."""


def job_kind_register(
    kind: str,
    label: str | _StrPromise,
    *,
    body: Callable[[Job], None] | None = None,
    permission: str = "",
    retry: Callable[[Job], Job] | None = None,
) -> None:
    """Declare a kind of long work; ``body`` runs it in a worker and must resume from ``job.cursor``.

    ``permission`` is needed to run it again; ``retry`` makes a job of what failed in a finished one.
    """
    if kind in JOB_KINDS:
        message = f"job kind {kind} is registered twice"
        raise ValueError(message)
    JOB_KINDS[kind] = label
    JOB_WAYS[kind] = JobWays(permission=permission, retry=retry)
    if body is not None:
        JOB_BODIES[kind] = body


def job_start(
    kind: str,
    *,
    params: dict[str, Any] | None = None,
    total: int | None = None,
    label: str = "",
    retry_of: str = "",
) -> Job:
    """A waiting job of a registered kind; the bell rings when the transaction commits."""
    if kind not in JOB_KINDS:
        message = f"job kind {kind} is not registered"
        raise ValueError(message)
    actor = current_actor()
    job = Job.objects.create(
        kind=kind,
        params=params or {},
        total=total,
        label=label[:120],
        retry_of=retry_of,
        started_by=actor.label[:80],
        actor_kind=actor.kind,
        actor_id=actor.id,
    )
    ring("jobs")
    return job


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


@transaction.atomic
def job_finish(job: Job, *, result: dict[str, Any] | None = None) -> None:
    """Mark the work done; JobLost, which undoes the caller's last step, if it was cancelled meanwhile."""
    if not _end(job, JobState.DONE, error="", result=result or {}):
        raise JobLost


@transaction.atomic
def job_fail(job: Job, *, error: str) -> None:
    """Mark the work failed, with words for people; what was cancelled stays cancelled."""
    _end(job, JobState.FAILED, error=error[:500])


def _end(job: Job, state: JobState, *, error: str, **changes: Any) -> bool:
    """Whether the job was still this run's. The row decides, under its lock, against cancel and retry."""
    ours = Job.objects.filter(pk=job.pk, claim=job.claim, state=JobState.RUNNING)
    ended = ours.update(
        state=state, finished_at=clock.now(), heartbeat_at=None, error=error, **changes
    )
    if ended and job.actor_kind == "operator" and job.actor_id.isdecimal():
        is_done = state == JobState.DONE
        notify(
            "job.done" if is_done else "job.failed",
            operator_id=int(job.actor_id),
            title=_("任务已完成") if is_done else _("任务失败"),
            text=_("%(what)s：完成 %(done)s，失败 %(failed)s"),
            values={"what": job.label or job.public_id, "done": job.done, "failed": job.failed},
            page="job",
            arguments={"job_id": job.public_id},
        )
    return bool(ended)


@transaction.atomic
def job_cancel(*, public_id: str) -> Job:
    """Stop a job that has not ended; its worker notices at its next step. What is done stays done."""
    job = job_get(public_id)
    stopped = Job.objects.filter(pk=job.pk, state__in=OPEN).update(
        state=JobState.CANCELLED, finished_at=clock.now(), heartbeat_at=None
    )
    if stopped:
        _record("job.cancelled", job)
    job.refresh_from_db()
    return job


def job_can_retry(job: Job) -> bool:
    """Whether `job_retry` has something to do."""
    if job.kind not in JOB_BODIES:
        return False
    if job.state in {JobState.FAILED, JobState.CANCELLED}:
        return True
    ways = JOB_WAYS.get(job.kind)
    return (
        job.state == JobState.DONE
        and job.failed > 0
        and not job.params.get("is_dry")  # a check wrote nothing: nothing of it is left to do
        and ways is not None
        and ways.retry is not None
        and not Job.objects.filter(retry_of=job.public_id).exists()
    )


@transaction.atomic
def job_retry(*, public_id: str) -> Job:
    """Go on with what was left: an unfinished job at its cursor, a finished one with its refused part."""
    job = Job.objects.select_for_update(of=("self",)).filter(public_id=public_id).first()
    if job is None:
        raise NotFound
    if not job_can_retry(job):
        raise InvalidTransition(_plain("这个任务没有可以重试的部分"))
    _record("job.retried", job)
    if job.state == JobState.DONE:
        retry = JOB_WAYS[job.kind].retry
        assert retry is not None, "job_can_retry has looked"  # noqa: S101
        return retry(job)
    job.state, job.error, job.finished_at = JobState.WAITING, "", None
    job.save(update_fields=["state", "error", "finished_at", "updated_at"])
    ring("jobs")
    return job


def _record(action: str, job: Job) -> None:
    record(
        action,
        object_type="job",
        object_id=job.public_id,
        after={"kind": job.kind, "done": job.done, "failed": job.failed},
    )
