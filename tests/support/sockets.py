"""Tests speak to this machine only."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_LOCAL = ("127.", "::1", "localhost")


class OutsideRefused(RuntimeError):
    """A test tried to reach another machine."""


def _check(address: Any) -> None:
    if isinstance(address, tuple) and not str(address[0]).startswith(_LOCAL):
        raise OutsideRefused(f"tests may not connect to {address[0]}")


@contextmanager
def loopback_only() -> Iterator[None]:
    """Refuse every connection that leaves this machine while the block runs."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(self: socket.socket, address: Any) -> None:
        _check(address)
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        _check(address)
        return connect_ex(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign]
    socket.socket.connect_ex = guarded_ex  # type: ignore[method-assign]
    try:
        yield
    finally:
        socket.socket.connect = connect  # type: ignore[method-assign]
        socket.socket.connect_ex = connect_ex  # type: ignore[method-assign]
