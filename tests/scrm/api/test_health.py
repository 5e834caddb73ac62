"""Probes: alive whatever happens outside, ready only when everything asked for was seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from scrm.api import health
from scrm.events import pulse
from scrm.events.metrics import processes

pytestmark = pytest.mark.django_db
NOWHERE = "redis://127.0.0.1:9/0"


@pytest.fixture(autouse=True)
def _nobody_is_heard_afterwards() -> Iterator[None]:
    yield
    pulse.pulse_store().delete(*(f"scrm:beat:{name}" for name in processes()))


def test_a_process_with_database_and_redis_is_ready() -> None:
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "checks": {"database": "ok", "migrations": "ok", "walls": "ok", "redis": "ok"},
    }
    assert answer["Cache-Control"] == "no-store"


def broken(*_args: Any) -> Any:
    raise OperationalError("gone: password=hunter2")


def test_each_thing_that_is_missing_keeps_work_away(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.REDIS_URL = NOWHERE
    assert Client().get("/readyz").json()["checks"]["redis"] == "missing"
    monkeypatch.setattr(health, "walls_missing", lambda: ["a wall"])
    assert Client().get("/readyz").json()["checks"]["walls"] == "missing"
    monkeypatch.setattr(
        health, "_migrations_known", lambda: frozenset({("events", "9999_tomorrow")})
    )
    assert Client().get("/readyz").json()["checks"]["migrations"] == "missing"
    monkeypatch.setattr(health, "_database", broken)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert set(answer.json()["checks"].values()) == {"missing"}
    assert "hunter2" not in answer.content.decode()


def test_liveness_asks_nobody(
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    django_assert_num_queries: Any,
) -> None:
    settings.REDIS_URL = NOWHERE
    monkeypatch.setattr(health, "_database", broken)
    with django_assert_num_queries(0):
        assert Client().get("/healthz").status_code == 200


def test_probes_need_no_known_host_name(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["scrm.example.com"]
    assert Client().get("/readyz", headers={"host": "10.1.2.3:8000"}).status_code == 200
    assert Client().get("/console/", headers={"host": "10.1.2.3:8000"}).status_code == 400


def test_the_platform_is_whole_only_with_relay_and_every_worker() -> None:
    for name in processes():
        pulse.pulse_store().delete(f"scrm:beat:{name}")
    answer = Client().get("/readyz/platform")
    assert answer.status_code == 503
    assert {name for name, told in answer.json()["checks"].items() if told == "missing"} == set(
        processes()
    )
    pulse.beat(*processes())
    assert Client().get("/readyz/platform").status_code == 200
    # A beat of half a minute ago counts no more.
    pulse.pulse_store().pexpire("scrm:beat:relay", 86_400_000 - 31_000)
    answer = Client().get("/readyz/platform")
    assert answer.status_code == 503
    assert answer.json()["checks"]["relay"] == "missing"
    assert answer.json()["checks"]["worker-push"] == "ok"
