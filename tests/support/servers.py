"""The servers a test run uses: throw-away ones on free ports, or those the environment names.

`SCRM_TEST_PG=host:port` and `SCRM_TEST_REDIS=redis://…/n` name running servers whose roles exist already;
`SCRM_TEST_DB` names the database. Without them both servers are started for this run and removed after it.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import redis

from scrm.embedded.servers import Servers
from tests.support.workers import own_redis_url

ROOT = Path(__file__).resolve().parents[2]


class TestServers:
    """Started once per run by the controlling process; xdist's workers inherit the environment."""

    __test__ = False

    def __init__(self) -> None:
        self._servers: Servers | None = None
        self._folder: Path | None = None

    def start(self) -> None:
        """Set the environment that `scrm.settings.test` reads."""
        if "PYTEST_XDIST_WORKER" in os.environ:
            os.environ["REDIS_URL"] = own_redis_url(os.environ["REDIS_URL"])
            return
        postgres, valkey = os.environ.get("SCRM_TEST_PG"), os.environ.get("SCRM_TEST_REDIS")
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
            os.environ.pop(name, None)  # a test never touches the servers of a running platform
        if postgres:
            os.environ["DATABASE_URL"] = f"postgres://scrm_app@{postgres}/postgres"
            os.environ["DATABASE_OWNER_URL"] = f"postgres://scrm_owner@{postgres}/postgres"
        if valkey:
            os.environ["REDIS_URL"] = valkey
        if not (postgres and valkey):
            self._start_throw_away()
        os.environ.setdefault("SCRM_DATA", str(self._folder or ROOT / "var"))
        client = redis.Redis.from_url(os.environ["REDIS_URL"])
        client.flushdb()
        client.close()

    def stop(self) -> None:
        """Stop and remove what was started here."""
        if self._servers is not None:
            self._servers.stop()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _start_throw_away(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="scrm-test-"))
        self._servers = Servers(folder=self._folder, throw_away=True)
        atexit.register(self.stop)  # also when Django cannot be set up
        self._servers.start()
        os.environ["DATABASE_URL"] = self._servers.database_url
        os.environ["DATABASE_OWNER_URL"] = self._servers.database_owner_url
        os.environ["REDIS_URL"] = self._servers.redis_url


def owner_settings() -> dict[str, Any]:
    """Django connection settings of the role that owns the schema, without a database name."""
    from scrm.settings.env import database

    owner = database(os.environ["DATABASE_OWNER_URL"])
    return {key: owner[key] for key in ("USER", "PASSWORD", "HOST", "PORT")}


def process_environment(**more: str) -> dict[str, str]:
    """The environment of a real process (worker, web, sandbox) that works on this test's database."""
    from django.db import connection

    found = connection.settings_dict
    place = f"{found['HOST']}:{found['PORT']}/{found['NAME']}"
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "scrm.settings.demo",
        "DATABASE_URL": f"postgres://scrm_app@{place}",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        **more,
    }
