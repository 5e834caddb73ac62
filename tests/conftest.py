"""Servers first, then Django: the settings module reads the addresses that are set here."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from scrm.embedded.errors import EmbeddedError
from tests.support.servers import TestServers, owner_settings
from tests.support.sockets import loopback_only

SERVERS = TestServers()
try:
    SERVERS.start()
except EmbeddedError as refused:
    pytest.exit(str(refused), returncode=3)

os.environ["DJANGO_SETTINGS_MODULE"] = "scrm.settings.test"
# Playwright keeps an event loop in this thread; Django would refuse every query in it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

import django  # noqa: E402 - after the environment

django.setup()

CHROMIUM = (
    os.environ.get("SCRM_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        SERVERS.stop()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # Beside Playwright's loop Django opens a second connection that nobody closes after a plain test.
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    if CHROMIUM is not None:
        return
    browser_items = [item for item in items if item.get_closest_marker("browser")]
    if browser_items and os.environ.get("SCRM_REQUIRE_BROWSER") == "1":
        raise pytest.UsageError(
            f"{len(browser_items)} browser tests are required here, but there is no chromium on PATH"
        )
    for item in browser_items:
        item.add_marker(
            pytest.mark.skip(reason="no chromium on PATH (set SCRM_CHROMIUM to name one)")
        )


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    with loopback_only():
        yield


@pytest.fixture
def owner_connection(db: None) -> Iterator[Any]:
    """A connection of the schema's owner in autocommit, for controls that break a wall on purpose."""
    import psycopg2
    from django.db import connection

    owner = owner_settings()
    opened = psycopg2.connect(
        dbname=connection.settings_dict["NAME"],
        user=owner["USER"],
        password=owner["PASSWORD"] or None,
        host=owner["HOST"],
        port=owner["PORT"],
    )
    opened.autocommit = True
    yield opened
    opened.close()


# ---------------------------------------------------------------- browser (docs/adr/0013-tests.md)
@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "viewport": {"width": 1440, "height": 900},
    }
