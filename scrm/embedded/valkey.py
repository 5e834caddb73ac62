"""One Valkey server in one folder."""

from __future__ import annotations

import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import redis

from scrm.embedded.binaries import valkey_program
from scrm.embedded.errors import EmbeddedError
from scrm.embedded.identity import die_with_parent
from scrm.embedded.ports import LOOPBACK, free_port, wait_for_silence

_START_SECONDS = 20.0
_STOP_SECONDS = 10.0
_TRIES = 3


@dataclass(kw_only=True)
class ValkeyServer:
    """A broker and cache below `folder`; `throw_away` keeps nothing on disk."""

    folder: Path
    throw_away: bool = False
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def url(self, *, database: int = 0) -> str:
        return f"redis://{LOOPBACK}:{self.port}/{database}"

    def start(self) -> None:
        """Bring the server up on a free port."""
        self.folder.mkdir(parents=True, exist_ok=True)
        program = valkey_program()
        for _ in range(_TRIES):
            self.port = free_port()
            if self._launch(program):
                return
        raise EmbeddedError(f"Valkey did not start: see {self.log}, or set REDIS_URL")

    def stop(self) -> None:
        """Save if there is something to keep, end, and wait until it is gone."""
        process, self.process = self.process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5.0)
        wait_for_silence(self.port, 2.0)

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def _launch(self, program: str) -> bool:
        # The broker holds nothing of value (every task is a row), so a snapshot now and then is enough for the demo.
        snapshots = "" if self.throw_away else "300 1"
        command = [
            program, "--bind", LOOPBACK, "--port", str(self.port), "--dir", str(self.folder),
            "--appendonly", "no", "--save", snapshots, "--databases", "64", "--daemonize", "no",
        ]  # fmt: skip
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(),  # noqa: PLW1509  - no threads are running yet
            )
        client = redis.Redis(host=LOOPBACK, port=self.port, socket_timeout=1.0)
        try:
            end = time.monotonic() + _START_SECONDS
            while time.monotonic() < end and self.process.poll() is None:
                try:
                    client.ping()
                except redis.RedisError:
                    time.sleep(0.03)
                else:
                    return True
        finally:
            client.close()
        self.stop()
        return False
