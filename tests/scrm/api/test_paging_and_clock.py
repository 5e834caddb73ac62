"""Lists that hold still, and a clock that tests may move (EC-102, N-46)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from scrm.api.idempotency import Told
from scrm.events.jobs.services import JOB_KINDS, job_kind_register, job_start
from scrm.events.models import AuditLog, Job
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.support.api import ApiClient, client
from tests.support.api import tenant as new_tenant

pytestmark = pytest.mark.db
KIND = "tests.page"


def jobs(count: int) -> list[str]:
    if KIND not in JOB_KINDS:
        job_kind_register(KIND, "page")
    return [job_start(KIND).public_id for _ in range(count)]


def walk(api: ApiClient, path: str, *, limit: int) -> list[str]:
    """Every id of a list, page by page."""
    found: list[str] = []
    cursor = ""
    while True:
        told = api.ask(
            "GET", f"{path}?limit={limit}" + (f"&cursor={cursor}" if cursor else "")
        ).json()
        found += [row["id"] for row in told["data"]]
        assert told["has_more"] == (told["next"] is not None)
        if not told["has_more"]:
            return found
        assert len(told["data"]) == limit
        cursor = told["next"]


@pytest.mark.parametrize("limit", [1, 3, 7, 20, 100])
def test_every_row_is_seen_once_newest_first(brand: Tenant, api: ApiClient, limit: int) -> None:
    with tenant_scope(brand):
        made = jobs(7)
    assert walk(api, "jobs", limit=limit) == made[::-1]


def test_rows_that_arrive_meanwhile_neither_repeat_nor_hide_others(
    brand: Tenant, api: ApiClient
) -> None:
    """EC-102."""
    with tenant_scope(brand):
        made = jobs(6)
    first = api.ask("GET", "jobs?limit=2").json()
    with tenant_scope(brand):
        jobs(5)
        Job.objects.filter(public_id=made[3]).delete()
    rest = api.ask("GET", f"jobs?limit=100&cursor={first['next']}").json()
    seen = [row["id"] for row in first["data"] + rest["data"]]
    assert seen == [made[5], made[4], made[2], made[1], made[0]]


@examples(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(minutes=st.lists(st.integers(0, 3), max_size=12), limit=st.integers(1, 5))
def test_a_list_ordered_by_time_breaks_ties_by_key(
    db: None, minutes: list[int], limit: int
) -> None:
    brand = new_tenant()
    api = client(brand)
    with tenant_scope(brand):
        AuditLog.objects.bulk_create(
            [
                AuditLog(
                    actor_kind="system", action="x", object_type="walk", object_id="1",
                    at=datetime(2026, 1, 1, 0, minute, tzinfo=UTC),
                )
                for minute in minutes
            ]
        )  # fmt: skip
        expected = [
            str(key)
            for key in AuditLog.objects.filter(object_type="walk")
            .order_by("-at", "-id")
            .values_list("pk", flat=True)
        ]
    found: list[str] = []
    cursor = ""
    while True:
        more = f"&cursor={cursor}" if cursor else ""
        told = api.ask("GET", f"audit?object_type=walk&limit={limit}{more}").json()
        found += [row["id"] for row in told["data"]]
        cursor = told["next"] or ""
        if not cursor:
            break
    assert found == expected


def test_a_cursor_opens_only_the_list_that_made_it(brand: Tenant, api: ApiClient) -> None:
    with tenant_scope(brand):
        jobs(3)
    cursor = api.ask("GET", "jobs?limit=1").json()["next"]
    for path in (
        f"keys?cursor={cursor}",
        f"jobs?cursor={cursor}x",
        "jobs?cursor=eyJh",
        "jobs?cursor=%2B%2B",
    ):
        response = api.ask("GET", path)
        assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")


def test_a_cursor_of_another_brand_shows_only_ones_own(brand: Tenant, api: ApiClient) -> None:
    with tenant_scope(brand):
        jobs(3)
    other = new_tenant()
    with tenant_scope(other):
        theirs = jobs(3)
    cursor = client(other).ask("GET", "jobs?limit=1").json()["next"]
    assert not {row["id"] for row in api.ask("GET", f"jobs?cursor={cursor}").json()["data"]} & set(
        theirs
    )


# ------------------------------------------------------------------------------------- the clock
def test_the_test_clock_moves_one_call(brand: Tenant, api: ApiClient) -> None:
    api.ask("PATCH", "tenant", {"industry": "tea"}, now="2026-02-03T04:05:06+08:00")
    api.ask("PATCH", "tenant", {"industry": "food"})
    with tenant_scope(brand):
        times = list(
            AuditLog.objects.filter(action="tenant.changed")
            .order_by("id")
            .values_list("at", flat=True)
        )
    assert times[0] == datetime(2026, 2, 2, 20, 5, 6, tzinfo=UTC)
    assert times[1] > datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "said",
    ["now", "2026-01-01", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "1767225600", "0001-01-01T00:00:00+14:00",
     "2026-01-01T00:00:00+99:00"],
)  # fmt: skip
def test_a_time_that_is_none_is_refused(api: ApiClient, said: str) -> None:
    response = api.ask("GET", "tenant", now=said)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_test_clock")


def test_where_the_clock_is_off_nobody_is_misled(api: ApiClient, settings: Any) -> None:
    settings.TEST_CLOCK = False
    response = api.ask("GET", "tenant", now="2026-01-01T00:00:00Z")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_test_clock")
    assert api.ask("GET", "/healthz", now="2026-01-01T00:00:00Z").status_code == 200


def test_steps_of_days_to_come_need_the_test_clock(api: ApiClient, settings: Any) -> None:
    body = {"as_of": "2099-01-01"}
    assert api.ask("POST", "jobs/ledger_audit/run", body).json()["as_of"] == "2099-01-01"
    settings.TEST_CLOCK = False
    response = api.ask("POST", "jobs/ledger_audit/run", body)
    assert response.json()["errors"][0]["pointer"] == "/as_of"


# ------------------------------------------------------------------------------------- request ids
@pytest.mark.parametrize(
    ("given_id", "is_kept"),
    [("order-import-17", True), ("short", False), ("x" * 61, False), ("a b c d e f", False)],
)
def test_a_sane_request_id_is_kept(api: ApiClient, given_id: str, is_kept: bool) -> None:
    answered = api.ask("GET", "tenant", X_Request_Id=given_id)["X-Request-Id"]
    assert (answered == given_id) is is_kept
    assert len(answered) >= 8


def test_a_request_id_reaches_the_audit_log(brand: Tenant, api: ApiClient) -> None:
    api.ask("PATCH", "tenant", {"industry": "tea"}, X_Request_Id="import-2026-11")
    [row] = api.ask("GET", "audit?action=tenant.changed").json()["data"]
    assert row["request_id"] == "import-2026-11"
    assert row["before"] == {"industry": ""}
    assert row["after"] == {"industry": "tea"}


def test_a_told_answer_is_plain() -> None:
    assert Told(status=204, body=None) == Told(status=204, body=None, is_replay=False)
