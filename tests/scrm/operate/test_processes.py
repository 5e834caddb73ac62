"""Real processes say that they live, and the probe of the whole platform believes nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from scrm.events.metrics import processes
from scrm.events.pulse import pulse_store
from tests.support.servers import ROOT, process_environment

pytestmark = [pytest.mark.race, pytest.mark.db, pytest.mark.django_db(transaction=True)]
SECONDS = 60.0


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Any]:
    """A function that starts a process; all of them end with the test."""
    running: list[subprocess.Popen[bytes]] = []

    def start(name: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (tmp_path / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, env=process_environment(),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        running.append(process)
        return process

    yield start
    for process in running:
        process.terminate()
    for process in running:
        with suppress(subprocess.TimeoutExpired):
            process.wait(15)
        process.kill()
        process.wait()


def missing() -> set[str]:
    checks = Client().get("/readyz/platform").json()["checks"]
    return {name for name, told in checks.items() if told == "missing"}


def test_the_platform_is_whole_when_relay_and_workers_run_and_not_when_one_is_gone(
    started: Any, tmp_path: Path
) -> None:
    for name in processes():
        pulse_store().delete(f"scrm:beat:{name}")
    assert missing() == set(processes())
    relay = started("relay", "manage.py", "relay")
    started(
        "worker", "-m", "celery", "-A", "scrm.celery", "worker", "-c", "1", "-n", "all@%h",
        "-Q", ",".join(settings.WORKER_QUEUES), "--without-gossip", "--without-mingle",
    )  # fmt: skip
    end = time.monotonic() + SECONDS
    while missing():
        logs = "".join(path.read_text() for path in tmp_path.glob("*.log"))
        assert time.monotonic() < end, (missing(), logs[-3000:])
        time.sleep(0.2)
    relay.kill()
    relay.wait()
    # As after half a minute: the beat that it left behind is too old.
    pulse_store().pexpire("scrm:beat:relay", 86_400_000 - 31_000)
    assert missing() == {"relay"}


def test_production_writes_a_json_object_a_line() -> None:
    """Whatever starts or fails, a line is one object; the control is the demo's plain text."""
    code = (
        "import django, logging; from django.conf import settings; from scrm.core.logs import logging_settings\n"
        "settings.LOGGING = logging_settings(as_json={flag}, level='INFO')\n"
        "django.setup(); logging.getLogger('x').error('told %s', '13800138000')\n"
    )
    lines = []
    for flag in ("True", "False"):
        said = subprocess.run(
            [sys.executable, "-c", code.format(flag=flag)], cwd=ROOT, env=process_environment(),
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        lines.append(said.stderr.strip().splitlines()[-1])
    assert json.loads(lines[0])["event"] == "told [phone]"
    assert lines[1].endswith("told [phone]  (x)")
