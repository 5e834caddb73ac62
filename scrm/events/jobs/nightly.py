"""Nightly steps per tenant after its local midnight. Beat only rings; job_run rows decide."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind, NotFound
from scrm.events.audit import audit_register, record
from scrm.events.models import JobRun, JobState
from scrm.tenants.context import current_tenant

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.functional import _StrPromise

log = structlog.get_logger(__name__)
LEASE = timedelta(minutes=10)
audit_register("night.retried", _("重新运行夜间任务"))
MAX_ATTEMPTS = 5


class JobRunning(DomainError):
    """Another worker runs this step for this day right now."""

    code = "job_running"
    kind = ErrorKind.CONFLICT


class _Finished(Exception):
    """This step has been finished for this day."""


@dataclass(frozen=True, kw_only=True)
class NightlyJob:
    """One step of the night; ``run`` takes the local day it is for and returns counts."""

    name: str
    order: int
    label: str | _StrPromise
    run: Callable[[date], dict[str, int]]


NIGHTLY: dict[str, NightlyJob] = {}


def nightly_register(
    name: str, *, order: int, run: Callable[[date], dict[str, int]], label: str | _StrPromise
) -> None:
    """Declare a step; steps run in ascending order and must be re-runnable for the same day."""
    if name in NIGHTLY:
        message = f"nightly job {name} is registered twice"
        raise ValueError(message)
    NIGHTLY[name] = NightlyJob(name=name, order=order, run=run, label=label)


def nightly_day() -> date:
    """The last complete local day of the active tenant: tonight's run is for yesterday (N-24)."""
    return clock.local_date(clock.now(), current_tenant().timezone) - timedelta(days=1)


def nightly_steps() -> list[NightlyJob]:
    """Every step in the order of the night."""
    return sorted(NIGHTLY.values(), key=lambda step: (step.order, step.name))


def nightly_run_all(*, as_of: date | None = None, only: str = "") -> list[JobRun]:
    """Run every step (or one) for a local day, whether or not it ran; stops at the first failure."""
    day = as_of or nightly_day()
    runs: list[JobRun] = []
    for name in [only] if only else [step.name for step in nightly_steps()]:
        runs.append(job_run_now(name, day))
        if runs[-1].state != JobState.DONE:
            break
    return runs


def nightly_run_due() -> int:
    """Run, in order, every step that has no finished row for the last complete day."""
    day = nightly_day()
    ran = 0
    for job in nightly_steps():
        row = JobRun.objects.filter(job=job.name, local_date=day).first()
        if row is not None and row.state == JobState.DONE:
            continue
        if row is not None and row.attempts >= MAX_ATTEMPTS and row.state == JobState.FAILED:
            break
        try:
            outcome = job_run_now(job.name, day, even_if_done=False)
        except JobRunning:
            break
        except _Finished:
            continue  # another tick has finished it since the row was read
        ran += 1
        if outcome.state != JobState.DONE:
            break  # later steps build on this one
    return ran + _run_asked_again(day)


def _run_asked_again(day: date) -> int:
    """Steps of earlier nights that somebody wants run after all, unless a later night has made up for them."""
    ran = 0
    waiting = _not_made_up_for(JobRun.objects.filter(state=JobState.WAITING, local_date__lt=day))
    for row in waiting.order_by("local_date", "id"):
        if row.job in NIGHTLY:
            with suppress(JobRunning, _Finished):
                job_run_now(row.job, row.local_date, even_if_done=False)
                ran += 1
    return ran


def _not_made_up_for(rows: QuerySet[JobRun]) -> QuerySet[JobRun]:
    later = JobRun.objects.filter(
        job=OuterRef("job"), local_date__gt=OuterRef("local_date"), state=JobState.DONE
    )
    return rows.filter(~Exists(later))


def nights_failed() -> QuerySet[JobRun]:
    """Steps that failed and that no later night has made up for, in no order."""
    return _not_made_up_for(JobRun.objects.filter(state=JobState.FAILED))


def night_retry(name: str, local_date: date) -> JobRun:
    """Have a failed step run again with all its attempts; the next tick, within a minute, takes it up."""
    with transaction.atomic():
        row = (
            nights_failed()
            .select_for_update(of=("self",))
            .filter(job=name, local_date=local_date)
            .first()
        )
        if row is None:
            raise NotFound
        record(
            "night.retried",
            object_type="job",
            object_id=name,
            before={"local_date": local_date.isoformat(), "attempts": row.attempts},
        )
        row.state, row.attempts = JobState.WAITING, 0
        row.save(update_fields=["state", "attempts", "updated_at"])
    return row


def job_run_now(name: str, as_of: date, *, even_if_done: bool = True) -> JobRun:
    """Run one step for one local day; the row tells how it went.

    Raises ``JobRunning`` while another worker has it. A finished step is run again, as somebody asked for
    it; a tick, that only wants it done, says so.
    """
    job = NIGHTLY.get(name)
    if job is None:
        raise NotFound
    run = _claim(name, as_of, even_if_done=even_if_done)
    try:
        counts = job.run(as_of)
    except SoftTimeLimitExceeded:
        # The worker's time is up: what the step committed stands, and the next tick goes on. That is no
        # failed attempt, or a large brand's night would be given up after five of them.
        run.attempts = max(run.attempts - 1, 0)
        _close(run, JobState.WAITING, {}, "interrupted")
        raise
    except Exception as error:  # the row carries the fault; the night goes on for other tenants
        log.exception("nightly_failed", job=name, local_date=str(as_of))
        return _close(run, JobState.FAILED, {}, f"{type(error).__name__}: {error}")
    return _close(run, JobState.DONE, counts, "")


def _claim(name: str, as_of: date, *, even_if_done: bool) -> JobRun:
    at = clock.now()
    try:
        with transaction.atomic():
            row = (
                JobRun.objects.select_for_update(of=("self",))
                .filter(job=name, local_date=as_of)
                .first()
            )
            if row is None:
                return JobRun.objects.create(
                    job=name, local_date=as_of, started_at=at, lease_until=at + LEASE
                )
            if (
                row.state == JobState.RUNNING
                and row.lease_until is not None
                and row.lease_until > at
            ):
                raise JobRunning
            if row.state == JobState.DONE and not even_if_done:
                raise _Finished
            row.state, row.started_at, row.lease_until = JobState.RUNNING, at, at + LEASE
            row.attempts, row.finished_at, row.error = row.attempts + 1, None, ""
            row.save()
            return row
    except IntegrityError as error:
        raise JobRunning from error


def _close(run: JobRun, state: JobState, counts: dict[str, int], error: str) -> JobRun:
    run.state, run.counts, run.error = state, counts, error[:500]
    run.finished_at, run.lease_until = clock.now(), None
    run.save(update_fields=["state", "counts", "error", "attempts", "finished_at", "lease_until"])
    return run
