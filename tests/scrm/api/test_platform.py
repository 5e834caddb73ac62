"""The platform driven from outside: brand, settings, jobs, steps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from scrm.core import clock
from scrm.events.jobs.nightly import LEASE, NIGHTLY, nightly_register
from scrm.events.models import JobRun
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.tenants.settings import SETTINGS, setting, setting_register
from tests.support.api import ApiClient

pytestmark = pytest.mark.db


@pytest.fixture
def a_setting() -> Iterator[None]:
    setting_register("tests.days", kind=int, default=7, label="days", check=lambda value: value > 0)
    yield
    del SETTINGS["tests.days"]


def test_a_brand_is_changed_in_part(brand: Tenant, api: ApiClient) -> None:
    told = api.ask("PATCH", "tenant", {"name": "新名字", "timezone": "Europe/Berlin"}).json()
    assert (told["name"], told["timezone"], told["slug"]) == ("新名字", "Europe/Berlin", brand.slug)
    assert api.ask("GET", "tenant").json() == told


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"timezone": "Mars/Olympus"}, "/timezone"),
        ({"timezone": "../../etc/passwd"}, "/timezone"),
        ({"color": "red"}, "/color"),
        ({"slug": "other"}, "/slug"),
        ({"settings": {"no.such": 1}}, "/settings/no.such"),
        ({"settings": []}, "/settings"),
    ],
)
def test_a_bad_change_changes_nothing(api: ApiClient, body: dict[str, Any], pointer: str) -> None:
    before = api.ask("GET", "tenant").json()
    response = api.ask("PATCH", "tenant", {"name": "other", **body})
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert api.ask("GET", "tenant").json() == before


def test_settings_have_types_and_defaults(brand: Tenant, api: ApiClient, a_setting: None) -> None:
    assert api.ask("GET", "tenant").json()["settings"]["tests.days"] == 7
    for value in (0, "9", True, 1.5, None):
        response = api.ask("PATCH", "tenant", {"settings": {"tests.days": value}})
        assert response.status_code == 422, value
    assert (
        api.ask("PATCH", "tenant", {"settings": {"tests.days": 9}}).json()["settings"]["tests.days"]
        == 9
    )
    with tenant_scope(brand.pk):
        assert setting("tests.days") == 9
    listed = {row["key"]: row for row in api.ask("GET", "tenant/settings").json()["data"]}
    assert listed["tests.days"] | {"help": ""} == {
        "key": "tests.days", "kind": "int", "default": 7, "label": "days", "help": "",
    }  # fmt: skip


def test_a_step_tells_how_it_went(
    brand: Tenant, api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scrm.events.jobs.nightly.NIGHTLY", {})
    monkeypatch.setattr("scrm.api.platform.services.NIGHTLY", nightly_table())

    def broken(_as_of: object) -> dict[str, int]:
        raise RuntimeError("disk full")

    nightly_register("good", order=1, run=lambda _day: {"rows": 3}, label="good")
    nightly_register("broken", order=2, run=broken, label="broken")
    nightly_register("late", order=3, run=lambda _day: {}, label="late")
    good = api.ask("POST", "jobs/good/run", {"as_of": "2026-05-01"}).json()
    assert (good["state"], good["steps"][0]["counts"]) == ("done", {"rows": 3})
    night = api.ask("POST", "jobs/nightly/run", {"as_of": "2026-05-02"}).json()
    assert night["state"] == "failed"
    assert [(step["name"], step["state"]) for step in night["steps"]] == [
        ("good", "done"),
        ("broken", "failed"),
    ]
    assert "disk full" in night["steps"][1]["error"]
    runs = api.ask("GET", "jobs/runs?name=good").json()["data"]
    assert [run["as_of"] for run in runs] == ["2026-05-02", "2026-05-01"]
    assert [step["name"] for step in api.ask("GET", "jobs/steps").json()["data"]] == [
        "good",
        "broken",
        "late",
    ]


def nightly_table() -> dict[str, Any]:
    from scrm.events.jobs import nightly

    return nightly.NIGHTLY


def test_a_step_that_runs_cannot_be_started_again(brand: Tenant, api: ApiClient) -> None:
    assert "ledger_audit" in NIGHTLY
    at = clock.now()
    with tenant_scope(brand):
        JobRun.objects.create(
            job="ledger_audit", local_date="2026-05-01", started_at=at, lease_until=at + LEASE
        )
    response = api.ask("POST", "jobs/ledger_audit/run", {"as_of": "2026-05-01"})
    assert (response.status_code, response.json()["code"]) == (409, "job_running")
    later = (at + LEASE + timedelta(seconds=5)).isoformat()
    assert (
        api.ask("POST", "jobs/ledger_audit/run", {"as_of": "2026-05-01"}, now=later).status_code
        == 200
    )


@pytest.mark.parametrize("as_of", ["2026-02-30", "yesterday", 20260501, "2026-05-01T00:00:00Z"])
def test_a_day_is_a_day(api: ApiClient, as_of: object) -> None:
    response = api.ask("POST", "jobs/ledger_audit/run", {"as_of": as_of})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/as_of")


def test_unknown_jobs_and_steps_are_404(api: ApiClient) -> None:
    for method, path in (("GET", "jobs/job_x"), ("POST", "jobs/nothing/run")):
        assert api.ask(method, path, None if method == "GET" else {}).status_code == 404


def test_the_process_says_whether_it_may_be_given_work(db: None, settings: Any) -> None:
    assert Client().get("/healthz").json() == {"status": "ok"}
    assert Client().get("/readyz").json()["checks"] == {
        "database": "ok",
        "redis": "ok",
        "walls": "ok",
    }
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    unready = Client().get("/readyz")
    assert (unready.status_code, unready.json()["checks"]["redis"]) == (503, "missing")
