"""/metrics: who may read it, what it says, and what it says of work that waits."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from scrm.api import scrape
from scrm.core import clock
from scrm.core.metrics import METRICS, SOURCES, Reading, Source
from scrm.events.models import JobRun, JobState, OutboxEvent
from scrm.events.pulse import tally
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.rules.tree import ROOT
from tests.support.api import tenant as new_tenant

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    scrape.forget()
    yield
    scrape.forget()


def value(name: str, **labels: str) -> float | None:
    """One sample, as the text says it."""
    scrape.forget()
    inside = ",".join(f'{key}="{text}"' for key, text in labels.items())
    wanted = f"{name}{{{inside}}} " if inside else f"{name} "
    for line in Client().get("/metrics").content.decode().splitlines():
        if line.startswith(wanted):
            return float(line.removeprefix(wanted))
    return None


# ------------------------------------------------------------------------------------- who may read
def test_without_a_token_only_this_machine_reads() -> None:
    assert Client().get("/metrics").status_code == 200
    assert Client().get("/metrics", REMOTE_ADDR="203.0.113.7").status_code == 404
    assert Client().get("/metrics", HTTP_X_FORWARDED_FOR="127.0.0.1").status_code == 404


def test_with_a_token_everybody_needs_it(settings: Any) -> None:
    settings.METRICS_TOKEN = "a-token-of-sixteen-letters"
    told = {"Authorization": "Bearer a-token-of-sixteen-letters"}
    assert Client().get("/metrics").status_code == 404
    assert Client().get("/metrics", headers={"Authorization": "Bearer x"}).status_code == 404
    assert Client().get("/metrics", headers=told, REMOTE_ADDR="203.0.113.7").status_code == 200


# ------------------------------------------------------------------------------------- what it says
def test_every_declared_figure_is_told() -> None:
    new_tenant()
    text = Client().get("/metrics").content.decode()
    assert [name for name in METRICS if f"# TYPE {name.removesuffix('_total')}" not in text] == []
    assert 'scrm_scrape_faults{reader="outbox"} 0.0' in text


def test_waiting_facts_of_all_brands_are_added_and_the_oldest_is_told(
    django_assert_max_num_queries: Any,
) -> None:
    before = value("scrm_queue_rows", queue="events") or 0.0
    for hours in (1, 2):
        with tenant_scope(new_tenant()):
            with clock.frozen(clock.now() - timedelta(hours=hours)):
                OutboxEvent.objects.create(type="x.y", occurred_at=clock.now())
            OutboxEvent.objects.create(type="x.y", occurred_at=clock.now(), parked_at=clock.now())
    assert value("scrm_queue_rows", queue="events") == before + 2
    assert 7200 <= (value("scrm_queue_age_seconds", queue="events") or 0) < 7300
    assert value("scrm_outbox_parked") == 2


def test_a_night_is_late_after_six_of_the_tenants_own_morning(settings: Any) -> None:
    from scrm.events.metrics import nights_read

    tenant = new_tenant()
    Tenant.objects.filter(pk=tenant.pk).update(created_at=clock.now() - timedelta(days=3))
    tenant.refresh_from_db()
    morning = clock.local_midnight(
        clock.local_date(clock.now(), tenant.timezone), tenant.timezone
    ) + timedelta(hours=5, minutes=59)

    def late() -> float:
        with tenant_scope(tenant):
            return {name: told for name, _labels, told in nights_read()}[
                "scrm_nightly_late_tenants"
            ]

    with clock.frozen(morning):
        assert late() == 0
    with clock.frozen(morning + timedelta(minutes=2)):
        assert late() == 1


def test_a_finished_night_tells_how_long_its_steps_took() -> None:
    from scrm.events.jobs.nightly import NIGHTLY, nightly_day
    from scrm.events.metrics import nights_read

    with tenant_scope(new_tenant()):
        at = clock.now()
        for name in NIGHTLY:
            JobRun.objects.create(
                job=name,
                local_date=nightly_day(),
                state=JobState.DONE,
                started_at=at - timedelta(seconds=90),
                finished_at=at,
            )
        told = {(name, *labels): number for name, labels, number in nights_read()}
    assert told["scrm_nightly_step_seconds", "ledger_audit"] == pytest.approx(90)
    assert told["scrm_nightly_last_success_timestamp_seconds", "ledger_audit"] == pytest.approx(
        at.timestamp()
    )
    assert told["scrm_nightly_late_tenants",] == 0


def test_what_processes_count_is_told_as_counters() -> None:
    before = value("scrm_wecom_errors_total", api="externalcontact/get", errcode="45009") or 0
    tally("wecom_errors", "externalcontact/get", "45009")
    tally("wecom_errors", "externalcontact/get", "45009")
    after = value("scrm_wecom_errors_total", api="externalcontact/get", errcode="45009")
    assert after == before + 2


def test_every_queue_tells_how_much_waits_and_for_how_long(settings: Any) -> None:
    with tenant_scope(new_tenant()):
        told = {(name, *labels) for s in SOURCES.values() for name, labels, _ in s.read()}
    for name in ("scrm_queue_rows", "scrm_queue_age_seconds", "scrm_queue_bells"):
        assert {queue for figure, *queues in told if figure == name for queue in queues} == set(
            settings.WORKER_QUEUES
        )


def test_a_reader_that_fails_is_told_and_the_others_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def read() -> list[Any]:
        raise DatabaseError

    monkeypatch.setitem(SOURCES, "jobs", Source(name="jobs", read=read, per_tenant=True))
    new_tenant()
    assert (value("scrm_scrape_faults", reader="jobs") or 0) >= 1
    assert value("scrm_scrape_faults", reader="outbox") == 0
    assert value("scrm_outbox_parked") == 0


def test_a_sample_with_other_labels_is_refused() -> None:
    with pytest.raises(ValueError, match="has labels"):
        Reading().take([("scrm_queue_rows", (), 1.0)])


def test_scrapes_in_a_hurry_read_once(django_assert_num_queries: Any) -> None:
    new_tenant()
    Client().get("/metrics")
    with django_assert_num_queries(0):
        Client().get("/metrics")


def test_requests_are_measured_by_who_asks() -> None:
    def seen() -> float:
        return value("scrm_request_seconds_count", kind="api", status="4xx") or 0.0

    before = seen()
    Client().get("/api/v1/no-such-thing")
    Client().get("/healthz")
    assert seen() == before + 1


_OBSERVE = """
import os, django
django.setup()
from scrm.api.measuring import measured, measuring_start
measuring_start()
for _ in range(3):
    measured(kind="callback", status=200, seconds=0.02)
"""
_SCRAPE = """
import django
django.setup()
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
registry = CollectorRegistry()
MultiProcessCollector(registry)
print(generate_latest(registry).decode())
"""


def test_several_processes_add_up(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "SCRM_DATA": str(tmp_path),
    }
    stale = tmp_path / "histogram_999999999.db"
    stale.write_bytes(b"")

    def run(code: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", code], env=environment, cwd=ROOT, check=True,
            capture_output=True, text=True,
        ).stdout  # fmt: skip

    run(_OBSERVE)
    assert not stale.exists()
    kept = next(tmp_path.glob("histogram_*.db"))
    kept.rename(tmp_path / "histogram_1.db")  # as if process 1 still lived
    run(_OBSERVE)
    text = run(_SCRAPE)
    assert 'scrm_callback_seconds_count{status="2xx"} 6.0' in text
    assert 'scrm_request_seconds_count{kind="callback",status="2xx"} 6.0' in text
