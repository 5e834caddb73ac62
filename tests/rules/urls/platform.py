"""The platform's own addresses: scrm.urls, scrm.api and scrm.console."""

from __future__ import annotations

from scrm.access.keys import api_key_create
from scrm.events.jobs.services import JOB_KINDS, job_kind_register, job_start
from tests.rules.urls.rows import Api, Open, Page

_KIND = "tests.walls"


def objects() -> dict[str, str]:
    if _KIND not in JOB_KINDS:
        job_kind_register(_KIND, "walls")
    return {
        "job": job_start(_KIND).public_id,
        "api_key": api_key_create(name="of A", scopes=["jobs.view"]).key.public_id,
    }


ROWS = [
    Open("root", anyone=302),
    Open("healthz"),
    Open("readyz"),
    Open("api-reference"),
    Open("api-document"),
    Open("api-errors"),
    Open("api-error", path={"code": "busy"}),
    Open("readyz-platform", anyone=503),
    Open("metrics"),
    Api("tenant"),
    Api("tenant", "PATCH", body={"industry": "tea"}),
    Api("keys"),
    Api("keys", "POST", body={"name": "new", "scopes": ["jobs.view"]}, owner=201),
    Api("key", path={"public_id": "{api_key}"}),
    Api("key", "PATCH", path={"public_id": "{api_key}"}, body={"name": "renamed"}),
    Api("key", "DELETE", path={"public_id": "{api_key}"}, owner=204),
    Api("key-rotate", "POST", path={"public_id": "{api_key}"}, body={"overlap_hours": 1}),
    Api("jobs"),
    Api("job", path={"public_id": "{job}"}),
    Api("job-steps"),
    Api("job-runs"),
    Api("job-run", "POST", path={"name": "ledger_audit"}, body={"as_of": "2026-11-01"}),
    Api("audit"),
    Api("event-types"),
    Open("console:brands", anyone=302),
    Open("console:sign-in", signed_in=302),
    Open("console:second-step", anyone=302),
    Open("console:forgotten"),
    Open("console:reset", path={"token": "nobodys"}, anyone=410),
    Open("console:account", anyone=302, signed_in=200),
    Open("console:account-password", anyone=302, signed_in=200),
    Open("console:account-second-factor", anyone=302, signed_in=200),
    Open("console:account-sessions", anyone=302, signed_in=200),
    Open("wecom-sign-in"),
    Open("wecom-sign-in-back", anyone=400),
    Open("account-wecom", anyone=302, signed_in=200),
    Open("account-wecom-bind", path={"slug": "walls-a"}, anyone=302, signed_in=404),
    Open("console:sign-out", "POST", anyone=302),
    Open("console:preferences", "POST", anyone=302),
    Page("home"),
    Page("api-keys"),
    Page("api-key-new"),
    Page(
        "api-key-new",
        "POST",
        data={
            "name": "erp",
            "mode": "live",
            "reach": "some",
            "scopes": "jobs.view",
            "whose": "all",
        },
        owner=302,
    ),
    Page("api-key", path={"key_id": "{api_key}"}),
    Page("api-key-edit", path={"key_id": "{api_key}"}),
    Page(
        "api-key-edit",
        "POST",
        path={"key_id": "{api_key}"},
        data={"name": "erp 2", "reach": "all", "whose": "all"},
        owner=302,
    ),
    Page("api-key-rotate", path={"key_id": "{api_key}"}),
    Page(
        "api-key-rotate",
        "POST",
        path={"key_id": "{api_key}"},
        data={"overlap_hours": "24"},
        owner=302,
    ),
    Page("api-key-revoke", path={"key_id": "{api_key}"}),
    Page("api-key-revoke", "POST", path={"key_id": "{api_key}"}, owner=302),
    Page("api-key-secret", path={"key_id": "{api_key}"}),
    Page("jobs"),
    Page("job", path={"job_id": "{job}"}),
    Page("job-progress", path={"job_id": "{job}"}),
    Page("audit"),
    Page("search", query={"q": "x"}),
]
