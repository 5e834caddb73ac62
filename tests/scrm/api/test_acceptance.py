"""docs/acceptance.md, run as it stands: curl against a live server and the sandbox, workers beside it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.conf import settings as django_settings
from django.db import connection

from scrm.access.services import tenant_open
from scrm.events.bell import DOORBELLS
from scrm.events.management.commands.relay import Command
from scrm.wecom import store
from tests.support.sandbox import sandbox_in_thread

DOCUMENT = Path(django_settings.ROOT, "docs", "acceptance.md")
ALL_EVERY_SECONDS = 0.5
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@contextmanager
def workers() -> Iterator[list[BaseException]]:
    """What relay and workers of the demo do, in one thread: answer each doorbell that rings, and all twice a second."""
    stop, faults = threading.Event(), list[BaseException]()

    def work() -> None:
        try:
            relay, raw, last = Command(), None, 0.0
            while not stop.is_set():
                if connection.connection is None or connection.connection is not raw:
                    relay._listen()
                    raw = connection.connection
                heard = relay._heard(timeout=0.1)
                if time.monotonic() - last > ALL_EVERY_SECONDS:
                    heard, last = set(DOORBELLS), time.monotonic()
                for queue in sorted(heard & DOORBELLS.keys()):
                    current_app.tasks[DOORBELLS[queue]]()
        except BaseException as fault:  # noqa: BLE001 - shown by the test
            faults.append(fault)
        finally:
            connection.close()

    thread = threading.Thread(target=work, name="workers")
    thread.start()
    try:
        yield faults
    finally:
        stop.set()
        thread.join(timeout=60)


@pytest.mark.race
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on PATH")
@pytest.mark.django_db(transaction=True)
def test_the_scenario_of_the_document_runs(live_server: Any, settings: Any, tmp_path: Path) -> None:
    settings.WECOM_HTTP_TIMEOUT = (1.0, 3.0)
    settings.PUSH_FIRST_POLL_SECONDS = 0
    store.store().flushdb()
    opened = tenant_open(slug="acme", name="验收", timezone="Asia/Shanghai")
    script = "\n".join(_BLOCK.findall(DOCUMENT.read_text(encoding="utf-8")))
    with sandbox_in_thread(tmp_path) as sandbox, workers() as faults:
        settings.WECOM_BASE_URL = sandbox.base_url
        said = subprocess.run(
            ["bash", "-c", script],
            env={
                "PATH": os.environ["PATH"],
                "BASE": live_server.url,
                "SANDBOX": sandbox.base_url,
                "KEY": opened.secret,
                "RUN": "acme",
                "LC_ALL": "C.UTF-8",
                "no_proxy": "*",
            },
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    assert faults == []
    assert said.returncode == 0, f"{said.stdout[-3000:]}\n{said.stderr[-3000:]}"
    assert said.stdout.splitlines()[-1] == "accepted"
