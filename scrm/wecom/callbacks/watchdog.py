"""Hang up on a database that no longer answers at all; its own timeouts cannot help then.

A server that is frozen, or gone behind a silent network, keeps a blocked read waiting for minutes. One
thread per process shuts the socket instead, so that the request ends with an error in time.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_SECONDS = 3.2  # above statement_timeout, so that a living server answers first
_TICK_SECONDS = 0.1


class Watchdog:
    """Knows which sockets may block until when."""

    def __init__(self, *, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._lock = threading.Lock()
        self._watched: dict[int, tuple[float, int]] = {}
        self._numbers = itertools.count()
        self._some = threading.Event()
        self._pid = 0

    @contextlib.contextmanager
    def watching(self, fileno: int) -> Iterator[None]:
        """Shut the socket if the block takes longer than the patience."""
        self._start()
        number = next(self._numbers)
        with self._lock:
            self._watched[number] = (time.monotonic() + self._patience, fileno)
        self._some.set()
        try:
            yield
        finally:
            # Under the lock: the number of a closed socket may be given to another one.
            with self._lock:
                self._watched.pop(number, None)

    def _start(self) -> None:
        if self._pid == os.getpid():
            return
        with self._lock:
            if self._pid != os.getpid():
                self._watched.clear()
                threading.Thread(target=self._watch, name="callback-watchdog", daemon=True).start()
                self._pid = os.getpid()

    def _watch(self) -> None:
        while True:
            self._some.wait()
            time.sleep(_TICK_SECONDS)
            now = time.monotonic()
            with self._lock:
                for number, (deadline, fileno) in list(self._watched.items()):
                    if deadline <= now:
                        del self._watched[number]
                        _shut(fileno)
                if not self._watched:
                    self._some.clear()


def _shut(fileno: int) -> None:
    with contextlib.suppress(OSError):
        copy = socket.socket(fileno=os.dup(fileno))
        with contextlib.closing(copy), contextlib.suppress(OSError):
            copy.shutdown(socket.SHUT_RDWR)


WATCHDOG = Watchdog()
