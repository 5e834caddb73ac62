"""The sandbox's own clock: real time plus an offset, or frozen."""

from __future__ import annotations

import threading
import time


class SandboxClock:
    """Unix seconds as the sandbox believes them; tests move it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset = 0.0
        self._frozen_at: float | None = None

    def now(self) -> float:
        with self._lock:
            return time.time() + self._offset if self._frozen_at is None else self._frozen_at

    def freeze(self, at: float | None = None) -> None:
        moment = self.now() if at is None else at
        with self._lock:
            self._frozen_at = moment

    def advance(self, seconds: float) -> None:
        with self._lock:
            if self._frozen_at is None:
                self._offset += seconds
            else:
                self._frozen_at += seconds

    def offset(self, seconds: float) -> None:
        """Run again, at a fixed distance from real time."""
        with self._lock:
            self._frozen_at = None
            self._offset = seconds

    def view(self) -> dict[str, object]:
        now = self.now()
        with self._lock:
            frozen = self._frozen_at is not None
            return {"now": now, "frozen": frozen, "offset": self._offset}
