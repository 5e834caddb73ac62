"""Free TCP ports on the loopback address."""

from __future__ import annotations

import socket
import time
from contextlib import closing

LOOPBACK = "127.0.0.1"


def port_is_free(port: int) -> bool:
    """True when this process could listen there now."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port(preferred: int | None = None) -> int:
    """The preferred port when nobody has it, else one the kernel picks."""
    if preferred is not None and port_is_free(preferred):
        return preferred
    with closing(socket.socket()) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def port_answers(port: int) -> bool:
    """True when somebody accepts connections there."""
    with closing(socket.socket()) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK, port)) == 0


def wait_for_silence(port: int, seconds: float) -> bool:
    """Wait until nobody listens on the port any more; False when the time is up."""
    end = time.monotonic() + seconds
    while port_answers(port):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
