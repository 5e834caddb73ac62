"""Child processes that live and die together."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from scrm.embedded.identity import die_with_parent

_CRASHES_ALLOWED = 3
_CRASH_WINDOW_SECONDS = 60.0
_STOP_SECONDS = 8.0
_TAIL_BYTES = 16_384
_ERROR = re.compile(r"([\w.]*(Error|Exception|Configured)\b|Unknown command|demo:)")


@dataclass(kw_only=True)
class Child:
    """One program of the platform; `once` programs are expected to end."""

    name: str
    command: list[str]
    log: Path
    environment: dict[str, str]
    folder: Path
    once: bool = False
    niceness: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    crashes: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Start in a process group of its own, so that a terminal's Ctrl-C reaches only the supervisor."""
        prepare = die_with_parent(signal.SIGTERM)

        def before_exec() -> None:
            prepare()
            if self.niceness:
                os.nice(self.niceness)

        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=self.environment,
                start_new_session=True,
                preexec_fn=before_exec,  # noqa: PLW1509 - no threads are running
            )

    def code(self) -> int | None:
        """The exit code, or None while it runs (or has not been started)."""
        return None if self.process is None else self.process.poll()

    def ask_to_stop(self) -> None:
        """Ask the leader; it tells its own workers."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def end(self, *, deadline: float) -> None:
        """Wait until the deadline, then end whatever is left of the group."""
        if self.process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, deadline - time.monotonic()))
        _kill_group(self.process.pid)
        self.process.wait()
        self.process = None

    def last_words(self) -> str:
        """The last error the program wrote, else its last line."""
        if not self.log.exists():
            return "no message"
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - _TAIL_BYTES))
            lines = log.read().decode(errors="replace").strip().splitlines()
        errors = [line for line in lines if _ERROR.match(line)]
        return (errors or lines or ["no message"])[-1].strip()


class Supervisor:
    """Starts children, restarts one that crashes, gives up when it keeps crashing, stops all."""

    def __init__(self, *, say: Callable[[str], None]) -> None:
        self._say = say
        self._children: list[Child] = []

    def add(self, child: Child) -> Child:
        """Start a child and watch it from now on."""
        child.log.write_bytes(b"")
        child.start()
        self._children.append(child)
        return child

    def look(self) -> bool:
        """Look after every child once; False when one cannot be kept alive."""
        for child in list(self._children):
            code = child.code()
            if code is None:
                continue
            if child.once:
                self._finished(child, code)
            elif not self._restarted(child, code):
                return False
        return True

    def stop(self) -> None:
        """Stop all at once, latest first in being waited for; nothing of their groups stays."""
        deadline = time.monotonic() + _STOP_SECONDS
        for child in reversed(self._children):
            child.ask_to_stop()
        for child in reversed(self._children):
            child.end(deadline=deadline)
        self._children.clear()

    def _finished(self, child: Child, code: int) -> None:
        self._children.remove(child)
        if code == 0:
            self._say(f"{child.name}: done")
        else:
            self._say(f"{child.name} failed (exit {code}): {child.last_words()} - see {child.log}")

    def _restarted(self, child: Child, code: int) -> bool:
        now = time.monotonic()
        child.crashes = [at for at in child.crashes if now - at < _CRASH_WINDOW_SECONDS]
        child.crashes.append(now)
        what = f"{child.name} stopped (exit {code}): {child.last_words()}"
        if child.process is not None:
            _kill_group(child.process.pid)
        if len(child.crashes) > _CRASHES_ALLOWED:
            self._say(f"{what} - giving up, see {child.log}")
            return False
        self._say(f"{what} - restarting")
        child.start()
        return True


def _kill_group(leader: int) -> None:
    """End what a program left in its process group."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
