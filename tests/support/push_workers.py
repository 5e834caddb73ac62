"""Real worker processes for the kill tests, each in a process group of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.servers import ROOT, process_environment

_CELERY = ("-m", "celery", "-A", "scrm.celery", "worker", "--without-gossip", "--without-mingle")
COMMANDS: dict[str, tuple[str, ...]] = {
    "relay": ("manage.py", "relay"),
    "push": (*_CELERY, "-Q", "push", "-c", "4", "-n", "push@%h", "-l", "WARNING"),
    "sweep": (*_CELERY, "-Q", "sweep", "-c", "1", "-n", "sweep@%h", "-l", "WARNING"),
}


@dataclass(kw_only=True)
class Workers:
    """A relay, a push worker with four children, and the sweeper."""

    folder: Path
    environment: dict[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @classmethod
    def on(cls, *, folder: Path, redis_url: str, sandbox_url: str, **more: str) -> Workers:
        """Workers of this test's database."""
        from django.conf import settings

        environment = process_environment(
            DJANGO_SETTINGS_MODULE="tests.support.push_settings",
            REDIS_URL=redis_url,
            WECOM_BASE_URL=sandbox_url,
            SCRM_SECRET_KEYS=settings.SCRM_SECRET_KEYS[0],
            **more,
        )
        return cls(folder=folder, environment=environment)

    def start(self, *names: str) -> None:
        for name in names or COMMANDS:
            with (self.folder / f"{name}.log").open("ab") as log:
                self.running[name] = subprocess.Popen(
                    [sys.executable, *COMMANDS[name]],
                    cwd=ROOT,
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )

    def kill(self, name: str) -> None:
        """SIGKILL for the whole group: no handler runs, nothing is given back."""
        process = self.running.pop(name)
        with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def revive(self) -> None:
        """Start again what ended by itself, as every supervisor of ours does (compose, demo).

        A worker may: with its broker gone, kombu can fail in the middle of giving a message back.
        """
        for name, process in list(self.running.items()):
            if process.poll() is not None:
                self.kill(name)
                self.start(name)

    def stop(self) -> None:
        for name in list(self.running):
            self.kill(name)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")
