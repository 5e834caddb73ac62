"""Long work: claimed by one worker, resumed after a kill, advanced only by the run that owns it."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, connection, transaction

from scrm.core import clock
from scrm.core.errors import Busy, InvalidValue, NotFound
from scrm.events.jobs.runner import LEASE, job_claim, jobs_run_waiting
from scrm.events.jobs.services import (
    JobLost,
    job_advance,
    job_cancel,
    job_fail,
    job_finish,
    job_get,
    job_kind_register,
    job_retry,
    job_start,
)
from scrm.events.models import Job, JobState
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.support.api import tenant as new_tenant

pytestmark = pytest.mark.db


class Killed(BaseException):
    """As if the process had ended in the middle: nothing is tidied up."""


def counting(*, dies_after: int | None = None) -> Any:
    """A body that takes ten steps, each in its own transaction, from where the cursor stands."""

    def body(job: Job) -> None:
        for step in range(job.cursor.get("next", 0), 10):
            if dies_after is not None and step == dies_after:
                raise Killed
            with transaction.atomic():
                Job.objects.create(kind="step", params={"n": step}, state=JobState.DONE)
                job_advance(job, done=1, cursor={"next": step + 1})
        job_finish(job, result={"steps": 10})

    return body


def steps() -> list[int]:
    return list(Job.objects.filter(kind="step").order_by("pk").values_list("params__n", flat=True))


def test_a_job_runs_to_its_end_and_says_so(brand: Tenant) -> None:
    job_kind_register("count", "count", body=counting())
    job = job_start("count", total=10)
    assert jobs_run_waiting() == 1
    job.refresh_from_db()
    assert (job.state, job.done, job.result) == (JobState.DONE, 10, {"steps": 10})
    assert jobs_run_waiting() == 0


def test_a_killed_job_goes_on_where_it_stood(brand: Tenant) -> None:
    job_kind_register("count", "count", body=counting(dies_after=4))
    job = job_start("count", total=10)
    with pytest.raises(Killed):
        jobs_run_waiting()
    assert job_claim() is None, "it may still be alive"
    from scrm.events.jobs import services

    services.JOB_BODIES["count"] = counting()
    with clock.frozen(clock.now() + LEASE + timedelta(seconds=1)):
        assert jobs_run_waiting() == 1
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.DONE, 10)
    assert steps() == list(range(10)), "each step once"


def test_a_job_that_outlasts_its_worker_goes_on_at_once(brand: Tenant) -> None:
    from scrm.events.jobs import services

    def body(job: Job) -> None:
        job_advance(job, done=4, cursor={"next": 4})
        raise SoftTimeLimitExceeded

    job_kind_register("count", "count", body=body)
    job = job_start("count", total=10)
    with pytest.raises(SoftTimeLimitExceeded):
        jobs_run_waiting()
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.WAITING, "")
    services.JOB_BODIES["count"] = counting()
    assert jobs_run_waiting() == 1
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.DONE, 10)


@pytest.mark.parametrize("fault", [Busy("taken"), OperationalError("deadlock detected")])
def test_a_lock_lost_to_live_traffic_only_delays_a_job(brand: Tenant, fault: Exception) -> None:
    from scrm.events.jobs import services

    def body(job: Job) -> None:
        job_advance(job, done=4, cursor={"next": 4})
        raise fault

    job_kind_register("count", "count", body=body)
    job = job_start("count", total=10)
    assert jobs_run_waiting() == 1
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.WAITING, "")
    services.JOB_BODIES["count"] = counting()
    assert jobs_run_waiting() == 1
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.DONE, 10)


def test_a_worker_that_was_given_up_cannot_write_any_more(brand: Tenant) -> None:
    job_kind_register("count", "count", body=counting())
    job_start("count")
    old = job_claim()
    assert old is not None
    with clock.frozen(clock.now() + LEASE + timedelta(seconds=1)):
        new = job_claim()
    assert new is not None
    assert new.pk == old.pk
    with pytest.raises(JobLost), transaction.atomic():
        job_advance(old, done=1)
    with pytest.raises(JobLost):
        job_finish(old)
    assert Job.objects.get(pk=old.pk).state == JobState.RUNNING


@pytest.mark.parametrize("fault", [ValueError("bad row 7"), InvalidValue("bad row 7")])
def test_a_failing_job_tells_its_starter_why(brand: Tenant, fault: Exception) -> None:
    def body(_job: Job) -> None:
        raise fault

    job_kind_register("fails", "fails", body=body)
    job = job_start("fails")
    jobs_run_waiting()
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "bad row 7" in job.error


def test_a_cancelled_job_stops_at_its_next_step(brand: Tenant) -> None:
    def body(job: Job) -> None:
        job_cancel(public_id=job.public_id)
        counting()(job)

    job_kind_register("count", "count", body=body)
    job = job_start("count")
    jobs_run_waiting()
    job.refresh_from_db()
    assert (job.state, steps()) == (JobState.CANCELLED, [])


@pytest.mark.parametrize("fault", [ValueError("bad row 7"), InvalidValue("bad row 7"), None])
def test_what_was_cancelled_meanwhile_ends_as_cancelled(
    brand: Tenant, fault: Exception | None
) -> None:
    """The cancel comes after the last step looked at the row: only the end itself can still notice."""

    def body(job: Job) -> None:
        job_cancel(public_id=job.public_id)
        if fault is not None:
            raise fault
        job_finish(job)

    job_kind_register("count", "count", body=body)
    job = job_start("count")
    jobs_run_waiting()
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.CANCELLED, "")


def test_who_was_cancelled_and_started_again_does_not_end_the_second_try(brand: Tenant) -> None:
    job_kind_register("count", "count", body=counting())
    job_start("count")
    old = job_claim()
    assert old is not None
    job_cancel(public_id=old.public_id)
    job_retry(public_id=old.public_id)
    job_fail(old, error="bad row 7")
    assert Job.objects.get(pk=old.pk).state == JobState.WAITING
    assert jobs_run_waiting() == 1
    assert Job.objects.get(pk=old.pk).state == JobState.DONE


def test_jobs_of_another_brand_are_unknown(brand: Tenant) -> None:
    job_kind_register("count", "count", body=counting())
    job = job_start("count")
    with tenant_scope(new_tenant()):
        assert jobs_run_waiting() == 0
        with pytest.raises(NotFound):
            job_get(job.public_id)
    with pytest.raises(ValueError, match="not registered"):
        job_start("unknown")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_workers_never_hold_the_same_job() -> None:
    job_kind_register("count", "count", body=counting())
    brand = new_tenant()
    with tenant_scope(brand):
        for _ in range(6):
            job_start("count")
    claimed: list[int] = []
    ready = threading.Barrier(4)

    def work() -> None:
        try:
            with tenant_scope(brand):
                connection.ensure_connection()
                ready.wait(timeout=30)
                while (job := job_claim()) is not None:
                    claimed.append(job.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(claimed) == sorted(set(claimed))
    assert len(claimed) == 6
