"""Granian serves, and gunicorn can take over with the same application (docs/adr/0012-serving.md)."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from scrm.embedded.ports import free_port, port_answers
from tests.rules.tree import ROOT
from tests.support.servers import owner_settings, process_environment

_GRANIAN = [
    "granian",
    "--interface",
    "wsgi",
    "--workers",
    "1",
    "--blocking-threads",
    "2",
    "--no-ws",
]
_GUNICORN = ["gunicorn", "--worker-class", "gthread", "--workers", "1", "--threads", "2"]
_APPLICATION = "scrm.wsgi:application"

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def _command(server: list[str], port: int) -> list[str]:
    place = (
        ["--host", "127.0.0.1", "--port", str(port)]
        if server is _GRANIAN
        else ["--bind", f"127.0.0.1:{port}"]
    )
    return [sys.executable, "-m", *server, *place, _APPLICATION]


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


@pytest.mark.parametrize("server", [_GRANIAN, _GUNICORN], ids=["granian", "gunicorn"])
def test_the_application_is_served(server: list[str]) -> None:
    port = free_port()
    process = subprocess.Popen(
        _command(server, port),
        cwd=ROOT,
        env=process_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + 30
        while not port_answers(port) and time.monotonic() < end:
            assert process.poll() is None
            time.sleep(0.1)
        assert _status(f"http://127.0.0.1:{port}/healthz") == 200
        assert _status(f"http://127.0.0.1:{port}/readyz") == 200
        assert _status(f"http://127.0.0.1:{port}/api/v1/no-such-thing") in {401, 404}
    finally:
        process.terminate()
        process.wait(20)


def test_the_application_refuses_to_serve_as_the_owner() -> None:
    owner = owner_settings()
    environment = process_environment()
    environment["DATABASE_URL"] = re.sub(
        r"//\w+@", f"//{owner['USER']}@", environment["DATABASE_URL"]
    )
    said = subprocess.run(
        [sys.executable, "-c", "import scrm.wsgi"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode != 0
    assert "point DATABASE_URL at the app role" in said.stderr.strip().splitlines()[-1]
