"""A web server as the demo and the image start it, for benches that go over HTTP."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@contextmanager
def served(application: str, *, probe: str) -> Iterator[str]:
    """Granian with two workers of eight threads; gives its address once ``probe`` is answered."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{free.getsockname()[1]}"
    process = subprocess.Popen(
        [
            str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--workers", "2",
            "--blocking-threads", "8", "--no-ws", "--host", "127.0.0.1", "--port", base.rpartition(":")[2],
            "--log-level", "error", application,
        ],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while not _answers(base + probe):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the web server does not answer")
            time.sleep(0.1)
        yield base
    finally:
        process.terminate()
        process.wait(timeout=20)


def _answers(url: str) -> bool:
    try:
        urlopen(url, timeout=5).close()
    except HTTPError:
        return True
    except OSError:
        return False
    return True
