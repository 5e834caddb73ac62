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
from scrm.tenants.settings import SETTINGS, Kind, setting, setting_register
from tests.support.api import ApiClient

pytestmark = pytest.mark.db


@pytest.fixture
def a_setting() -> Iterator[None]:
    setting_register(
        "tests.days",
        kind=Kind.DAYS,
        default=7,
        minimum=1,
        label="days",
        effect="at once",
        group="push",
    )
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
    told = api.ask("GET", "settings").json()
    [row] = [row for row in told["settings"] if row["key"] == "tests.days"]
    assert (row["kind"], row["value"], row["default"], row["is_default"]) == ("days", 9, 7, False)
    assert (row["label"], row["effect"], row["minimum"]) == ("days", "at once", 1)


def test_settings_change_as_versions(brand: Tenant, api: ApiClient, a_setting: None) -> None:
    start = api.ask("GET", "settings").json()["version"]
    body = {"version": start, "values": {"tests.days": 9, "push.per_day": 2}, "note": "why"}
    assert api.ask("PATCH", "settings", body).json()["version"] == start + 1
    late = api.ask("PATCH", "settings", body)
    assert (late.status_code, late.json()["code"]) == (409, "settings_changed")
    assert api.ask("PATCH", "settings", {"reset": ["tests.days"]}).status_code == 200
    [newest, older] = api.ask("GET", "settings/versions").json()["data"]
    assert (newest["before"], newest["after"]) == ({"tests.days": 9}, {"tests.days": 7})
    assert (older["note"], older["author_kind"]) == ("why", "api_key")
    assert [
        row["version"]
        for row in api.ask("GET", "settings/versions?key=push.per_day").json()["data"]
    ] == [1]
    back = api.ask("POST", f"settings/versions/{older['version']}/restore", {}).json()
    assert {row["key"]: row["value"] for row in back["settings"]}["tests.days"] == 9
    then = api.ask("GET", "settings?at=2020-01-01T00:00:00Z").json()["settings"]
    assert {row["key"]: row["value"] for row in then}["push.per_day"] == 1


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        ({"values": {"push.per_day": "2"}}, 422, "invalid_value", "/values/push.per_day"),
        ({"values": {"no.such": 1}}, 422, "invalid_value", "/values/no.such"),
        ({"reset": ["no.such"]}, 422, "invalid_value", "/reset"),
        ({"values": {"dist.levels": 3}}, 422, "level_cap_exceeded", "/values/dist.levels"),
        ({"values": {"dist.levels": 2}}, 409, "acknowledgement_required", "/values/dist.levels"),
        ({"vales": {}}, 422, "unknown_field", "/vales"),
    ],
)
def test_a_refused_setting_is_pointed_at(
    brand: Tenant, api: ApiClient, body: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    before = api.ask("GET", "settings").json()
    response = api.ask("PATCH", "settings", body)
    [error] = response.json()["errors"]
    assert (response.status_code, error["code"], error["pointer"]) == (status, code, pointer)
    assert api.ask("GET", "settings").json() == before


def test_channels_are_made_and_archived(brand: Tenant, api: ApiClient) -> None:
    body = {"code": "spring_fair", "name": "春季展会", "kind": "own"}
    made = api.ask("POST", "channels", body).json()
    assert made["is_custom"]
    assert api.ask("POST", "channels", body).json()["code"] == "channel_code_taken"
    told = api.ask("PATCH", f"channels/{made['id']}", {"is_archived": True}).json()
    assert told["archived_at"] is not None
    [known] = [
        row
        for row in api.ask("GET", "channels?kind=wechat").json()["data"]
        if row["code"] == "official_account"
    ]
    refused = api.ask("PATCH", f"channels/{known['id']}", {"name": "x"})
    assert (refused.status_code, refused.json()["code"]) == (409, "channel_fixed")
    assert api.ask("GET", f"channels/{known['id']}").json() == known


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
        "migrations": "ok",
        "redis": "ok",
        "walls": "ok",
    }
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    unready = Client().get("/readyz")
    assert (unready.status_code, unready.json()["checks"]["redis"]) == (503, "missing")
