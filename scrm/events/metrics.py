"""Figures of the outbox, of long work, of the nights, and of the processes themselves."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, Max, Min, Q

from scrm.core import clock
from scrm.core.metrics import metric_register, reader_register
from scrm.events.jobs.nightly import NIGHTLY, nightly_day
from scrm.events.models import Job, JobRun, JobState, OutboxEvent
from scrm.events.pulse import beat_ages, marked, pulse_store
from scrm.tenants.context import current_tenant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrm.core.metrics import Sample

# A night is late when its last complete day is not done by this hour of the tenant's own morning.
LATE_AT = time(6)
RELAY = "relay"
BELLS = metric_register(
    "scrm_queue_bells", "Doorbells waiting in Redis (they carry no data)", labels=("queue",)
)
ROWS = metric_register("scrm_queue_rows", "Rows whose work is due", labels=("queue",))
AGE = metric_register(
    "scrm_queue_age_seconds", "How long the oldest due row waits", labels=("queue",), join="max"
)
BEAT = metric_register(
    "scrm_heartbeat_age_seconds",
    "Seconds since the process said that it lives; a day when it never did",
    labels=("process",),
    join="max",
)
PARKED = metric_register(
    "scrm_outbox_parked", "Facts that a subscriber failed to hear again and again"
)
RUNNING = metric_register("scrm_jobs_running", "Long work in progress", labels=("state",))
NIGHT_SECONDS = metric_register(
    "scrm_nightly_step_seconds",
    "Longest run of a step among the tenants, of each one's last complete day",
    labels=("step",),
    join="max",
)
NIGHT_LAST = metric_register(
    "scrm_nightly_last_success_timestamp_seconds",
    "When the step last succeeded for the tenant that waits longest for it",
    labels=("step",),
    join="min",
)
NIGHT_LATE = metric_register(
    "scrm_nightly_late_tenants", "Tenants whose night is not done at 06:00 of their own day"
)
NIGHT_FAILED = metric_register(
    "scrm_nightly_failed_steps", "Steps of the last complete day that failed", labels=("step",)
)
BACKUP = metric_register(
    "scrm_backup_last_success_timestamp_seconds",
    "When `manage.py backup` last succeeded; 0 when nobody knows",
    join="max",
)
_DAY_SECONDS = 86_400.0


def processes() -> list[str]:
    """Names under which the relay and the consumers of each queue say that they live."""
    return [RELAY, *(f"worker-{queue}" for queue in settings.WORKER_QUEUES)]


def seconds_since(at: datetime | None) -> float:
    """Age of a moment; nothing waits for nothing."""
    return max((clock.now() - at).total_seconds(), 0.0) if at is not None else 0.0


def processes_read() -> Iterator[Sample]:
    """Doorbells and heartbeats: Redis only."""
    for process, age in beat_ages(processes()).items():
        yield BEAT, (process,), _DAY_SECONDS if age is None else age
    yield BACKUP, (), marked("backup")
    pipe = pulse_store().pipeline(transaction=False)
    for queue in settings.WORKER_QUEUES:
        pipe.llen(queue)
    for queue, depth in zip(settings.WORKER_QUEUES, pipe.execute(), strict=True):
        yield BELLS, (queue,), depth


def outbox_read() -> Iterator[Sample]:
    """One tenant's undelivered facts."""
    waiting = OutboxEvent.objects.filter(dispatched_at=None)
    due = Q(parked_at=None) & (Q(not_before=None) | Q(not_before__lte=clock.now()))
    found = waiting.aggregate(
        rows=Count("pk", filter=due),
        oldest=Min("occurred_at", filter=Q(parked_at=None)),
        parked=Count("pk", filter=Q(parked_at__isnull=False)),
    )
    yield ROWS, ("events",), found["rows"]
    yield AGE, ("events",), seconds_since(found["oldest"])
    yield PARKED, (), found["parked"]


def jobs_read() -> Iterator[Sample]:
    """One tenant's long work."""
    open_jobs = Job.objects.filter(state__in=[JobState.WAITING, JobState.RUNNING])
    found = (
        open_jobs.values("state").annotate(rows=Count("pk"), oldest=Min("created_at")).order_by()
    )
    by_state: dict[str, dict[str, Any]] = {row["state"]: dict(row) for row in found}
    for state in (JobState.WAITING, JobState.RUNNING):
        yield RUNNING, (state.value,), by_state.get(state.value, {}).get("rows", 0)
    waiting: dict[str, Any] = by_state.get(JobState.WAITING.value, {})
    yield ROWS, ("default",), waiting.get("rows", 0)
    yield AGE, ("default",), seconds_since(waiting.get("oldest"))


def nights_read() -> Iterator[Sample]:
    """One tenant's last complete day."""
    day = nightly_day()
    runs = {row.job: row for row in JobRun.objects.filter(local_date=day)}
    done = {name for name, row in runs.items() if row.state == JobState.DONE}
    for name, row in runs.items():
        if row.state == JobState.DONE and row.finished_at is not None:
            yield NIGHT_SECONDS, (name,), (row.finished_at - row.started_at).total_seconds()
        yield NIGHT_FAILED, (name,), float(row.state == JobState.FAILED)
    last = JobRun.objects.filter(state=JobState.DONE, local_date__gte=day - timedelta(days=30))
    for step in last.values("job").annotate(at=Max("finished_at")).order_by():
        if step["job"] in NIGHTLY and step["at"] is not None:
            yield NIGHT_LAST, (step["job"],), step["at"].timestamp()
    missing = len(NIGHTLY.keys() - done)
    due = _first_night_over(day) and missing > 0
    is_late = due and clock.local_now(current_tenant().timezone).time() >= LATE_AT
    yield NIGHT_LATE, (), float(is_late)
    yield ROWS, ("nightly",), missing if due else 0
    midnight = clock.local_midnight(day + timedelta(days=1), current_tenant().timezone)
    yield AGE, ("nightly",), seconds_since(midnight) if due else 0.0


def _first_night_over(day: date) -> bool:
    """Whether the tenant existed on that day: a brand of this morning is late with nothing."""
    tenant = current_tenant()
    return clock.local_date(tenant.created_at, tenant.timezone) <= day


reader_register("processes", processes_read, per_tenant=False)
reader_register("outbox", outbox_read, per_tenant=True)
reader_register("jobs", jobs_read, per_tenant=True)
reader_register("nights", nights_read, per_tenant=True)
