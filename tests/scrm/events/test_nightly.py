"""The night of each brand, decided by rows (N-24, EC-105)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core.management import CommandError, call_command
from django.db import connection

from scrm.core import clock
from scrm.core.errors import NotFound
from scrm.events.jobs.nightly import (
    LEASE,
    MAX_ATTEMPTS,
    JobRunning,
    job_run_now,
    nightly_register,
    nightly_run_due,
)
from scrm.events.models import JobRun, JobState
from scrm.events.tasks import nightly_tick
from scrm.tenants.context import current_tenant, tenant_scope
from scrm.tenants.models import Tenant
from tests.support.api import tenant as new_tenant

pytestmark = pytest.mark.db
Ran = list[tuple[str, str, date]]


@pytest.fixture
def ran(db: None) -> Iterator[Ran]:
    """Three steps that write down for whom and for which day they ran."""
    found: Ran = []

    def step(name: str):
        def run(as_of: date) -> dict[str, int]:
            found.append((current_tenant().slug, name, as_of))
            return {"rows": 1}

        return run

    for order, name in ((30, "third"), (10, "first"), (20, "second")):
        nightly_register(name, order=order, run=step(name), label=name)
    return found


def test_the_night_begins_after_each_brands_own_midnight(ran: Ran) -> None:
    east, west = new_tenant(timezone="Asia/Shanghai"), new_tenant(timezone="America/New_York")
    at = datetime(
        2026, 11, 21, 16, 1, tzinfo=UTC
    )  # 00:01 on the 22nd in Shanghai, 11:01 on the 21st in New York
    with clock.frozen(at):
        nightly_tick()
    days = {(slug, day) for slug, _step, day in ran}
    assert days == {(east.slug, date(2026, 11, 21)), (west.slug, date(2026, 11, 20))}
    ran.clear()
    with clock.frozen(at + timedelta(minutes=1)):
        nightly_tick()
    assert ran == [], "each day once"
    with clock.frozen(datetime(2026, 11, 22, 4, 59, tzinfo=UTC)):
        nightly_tick()
    assert ran == [], "one minute before New York's midnight"
    with clock.frozen(datetime(2026, 11, 22, 5, 0, tzinfo=UTC)):
        nightly_tick()
    assert {(slug, day) for slug, _step, day in ran} == {(west.slug, date(2026, 11, 21))}


def test_steps_run_in_their_order(ran: Ran, brand: Tenant) -> None:
    assert nightly_run_due() == 3
    assert [name for _slug, name, _day in ran] == ["first", "second", "third"]
    assert set(JobRun.objects.values_list("state", flat=True)) == {JobState.DONE}


def test_a_failed_step_holds_back_the_rest_and_is_tried_again(ran: Ran, brand: Tenant) -> None:
    faults = [RuntimeError("disk")]

    def shaky(_as_of: date) -> dict[str, int]:
        if faults:
            raise faults.pop()
        return {}

    nightly_register("shaky", order=15, run=shaky, label="shaky")
    assert nightly_run_due() == 2
    assert [name for _slug, name, _day in ran] == ["first"]
    assert "disk" in JobRun.objects.get(job="shaky").error
    assert nightly_run_due() == 3
    assert [name for _slug, name, _day in ran] == ["first", "second", "third"]


def test_a_step_that_keeps_failing_is_given_up_for_the_day(ran: Ran, brand: Tenant) -> None:
    def broken(_as_of: date) -> dict[str, int]:
        raise RuntimeError

    nightly_register("broken", order=5, run=broken, label="broken")
    for _ in range(MAX_ATTEMPTS + 3):
        nightly_run_due()
    assert JobRun.objects.get(job="broken").attempts == MAX_ATTEMPTS
    assert ran == []


def test_a_step_that_outlasts_its_worker_goes_on_at_the_next_tick(ran: Ran, brand: Tenant) -> None:
    left = list(range(MAX_ATTEMPTS + 2))

    def long(_as_of: date) -> dict[str, int]:
        if left:
            left.pop()
            raise SoftTimeLimitExceeded
        return {}

    nightly_register("long", order=5, run=long, label="long")
    while left:
        with pytest.raises(SoftTimeLimitExceeded):
            nightly_run_due()
    nightly_run_due()
    assert JobRun.objects.get(job="long").state == JobState.DONE
    assert [name for _slug, name, _day in ran] == ["first", "second", "third"]


def test_a_step_may_be_run_again_for_a_day_by_hand(ran: Ran, brand: Tenant) -> None:
    day = date(2026, 5, 1)
    for attempt in (1, 2):
        assert job_run_now("first", day).attempts == attempt
    assert ran == [(brand.slug, "first", day)] * 2
    with pytest.raises(NotFound):
        job_run_now("fourth", day)


def test_a_step_whose_worker_died_is_taken_over_after_its_lease(ran: Ran, brand: Tenant) -> None:
    day, at = date(2026, 5, 1), clock.now()
    JobRun.objects.create(job="first", local_date=day, started_at=at, lease_until=at + LEASE)
    with pytest.raises(JobRunning):
        job_run_now("first", day)
    with clock.frozen(at + LEASE + timedelta(seconds=1)):
        assert job_run_now("first", day).state == JobState.DONE


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_run_each_step_once(ran: Ran) -> None:
    brand, ready = new_tenant(), threading.Barrier(3)

    def work() -> None:
        try:
            with tenant_scope(brand):
                connection.ensure_connection()
                ready.wait(timeout=30)
                nightly_run_due()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    with tenant_scope(brand):
        nightly_run_due()
    assert sorted(name for _slug, name, _day in ran) == ["first", "second", "third"]


def test_the_night_can_be_run_from_the_command_line(
    ran: Ran, brand: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("nightly_run", tenant=brand.slug, as_of=date(2026, 5, 1))
    assert capsys.readouterr().out.count('"state": "done"') == 3
    call_command("nightly_run", tenant=brand.slug, as_of=date(2026, 5, 1), step="second")
    assert [name for _slug, name, _day in ran] == ["first", "second", "third", "second"]
    with pytest.raises(CommandError, match="no tenant"):
        call_command("nightly_run", tenant="nobody")
