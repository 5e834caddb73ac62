"""The whole platform as processes on the test's database: web, relay and workers for every queue."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from scrm.embedded.ports import LOOPBACK, free_port
from tests.support.servers import ROOT, process_environment

_CELERY = ("-m", "celery", "-A", "scrm.celery", "worker", "--without-gossip", "--without-mingle")
# What people wait for has a worker of its own, as everywhere.
_WORKERS = {
    "worker-fast": ("welcome,callbacks,events", "3"),
    "worker-rest": ("push,sweep,default,nightly", "2"),
}
_NICE = 5
_WEB_SECONDS = 90.0


@dataclass(kw_only=True)
class Platform:
    """Started once for a module; `stop` leaves no process."""

    folder: Path
    sandbox_url: str
    port: int = field(default_factory=free_port)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        self._run(
            "web",
            "-m", "granian", "--interface", "wsgi", "--host", LOOPBACK, "--port", str(self.port),
            "--workers", "1", "--blocking-threads", "4", "--no-ws", "scrm.wsgi:application",
        )  # fmt: skip
        self._run("relay", "manage.py", "relay")
        for name, (queues, children) in _WORKERS.items():
            self._run(
                name, *_CELERY, "-Q", queues, "-c", children, "-n", f"{name}@%h", "-l", "WARNING"
            )
        self._wait_for_web()

    def stop(self) -> None:
        for process in self.running.values():
            process.terminate()
        end = time.monotonic() + 10
        for process in self.running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, end - time.monotonic()))
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.running.clear()

    def last_words(self) -> str:
        """The ends of the logs, for a failure's report."""
        return "\n".join(
            f"--- {log.name}\n{log.read_text(errors='replace')[-1500:]}"
            for log in sorted(self.folder.glob("*.log"))
        )

    def _run(self, name: str, *arguments: str) -> None:
        from django.conf import settings

        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [
                    "nice",
                    "-n",
                    str(_NICE if name.startswith("worker") else 0),
                    sys.executable,
                    *arguments,
                ],
                cwd=ROOT,
                env=process_environment(
                    DJANGO_SETTINGS_MODULE="tests.browser.process_settings",
                    WECOM_BASE_URL=self.sandbox_url,
                    PUBLIC_BASE_URL=self.url,
                    SCRM_SECRET_KEYS=settings.SCRM_SECRET_KEYS[0],
                ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _wait_for_web(self) -> None:
        end = time.monotonic() + _WEB_SECONDS
        while not _answers(f"{self.url}/console/sign-in/"):
            assert time.monotonic() < end, self.last_words()
            assert self.running["web"].poll() is None, self.last_words()
            time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False
