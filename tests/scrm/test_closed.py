"""While the house is closed: one page, one problem, no question to the database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.templatetags.static import static
from django.test import Client, RequestFactory

from scrm.console.shell.faults import server_error


@pytest.fixture
def flag(tmp_path: Path, settings: Any) -> Path:
    settings.MAINTENANCE_FILE = str(tmp_path / "closed")
    return tmp_path / "closed"


def test_a_file_closes_the_console_without_a_database(client: Client, flag: Path) -> None:
    """No database mark: a query would fail this test."""
    flag.write_text("预计 <03:30> 恢复\n第二行", encoding="utf-8")
    got = client.get("/console/mumian/members/list/?tier=gold")
    assert (got.status_code, got.headers["Retry-After"]) == (503, "120")
    page = got.content.decode()
    assert "预计 &lt;03:30&gt; 恢复" in page
    assert "第二行" not in page
    assert 'href="/console/mumian/members/list/?tier=gold"' in page
    assert "script-src" in got.headers["Content-Security-Policy"]
    flag.unlink()
    assert client.get("/console/sign-in/").status_code == 200


def test_an_empty_file_and_the_setting_close_it_too(
    client: Client, flag: Path, settings: Any
) -> None:
    flag.touch()
    assert "系统维护中" in client.get("/console/sign-in/").content.decode()
    flag.unlink()
    settings.MAINTENANCE = True
    assert client.get("/console/sign-in/").status_code == 503


def test_it_is_told_in_the_language_of_the_device(client: Client, flag: Path) -> None:
    flag.touch()
    client.cookies["console_language"] = "en"
    assert "Under maintenance" in client.get("/console/").content.decode()


def test_the_api_answers_with_a_problem_and_probes_stay_open(client: Client, flag: Path) -> None:
    flag.touch()
    got = client.get("/api/v1/members")
    body = json.loads(got.content)
    assert (got.status_code, body["code"], got.headers["Retry-After"]) == (
        503,
        "maintenance",
        "120",
    )
    assert got.headers["Content-Type"] == "application/problem+json"
    assert client.get("/healthz").status_code == 200


def test_the_page_of_our_fault_names_its_number_and_the_way_back() -> None:
    request = RequestFactory().get("/console/x/?a=1&b=<i>")
    request.request_id = "req-12345678"  # type: ignore[attr-defined]
    got = server_error(request)
    page = got.content.decode()
    assert got.status_code == 500
    assert "req-12345678" in page
    assert 'href="/console/x/?a=1&amp;b=%3Ci%3E"' in page
    assert "<link" in page


def test_the_page_of_our_fault_is_drawn_without_its_files_too(
    settings: Any, tmp_path: Path
) -> None:
    """A manifest that was never made: every page breaks, and this one must not."""
    settings.DEBUG = False
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    with pytest.raises(ValueError, match="Missing staticfiles manifest entry"):
        static("console/console.css")  # the control
    quiet = Client(raise_request_exception=False)
    got = quiet.get("/console/sign-in/", headers={"X-Request-ID": "req-12345678"})
    page = got.content.decode()
    assert got.status_code == 500
    assert "系统出错了" in page
    assert "Something went wrong" in page
    assert 'href="/console/"' in page
    assert got.headers["X-Request-ID"] in page
    assert "script-src" in got.headers["Content-Security-Policy"]
