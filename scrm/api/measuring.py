"""Histograms of all web processes of this machine, shared through files (prometheus_client's way)."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from django.conf import settings

_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_making = Lock()
HISTOGRAMS = {
    "scrm_request_seconds": ("Time to answer", ("kind", "status")),
    "scrm_callback_seconds": ("Time to verify and store a callback", ("status",)),
}


def measuring_start() -> None:
    """Share histograms with the other web processes. Before prometheus_client is imported, which looks once."""
    folder = Path(os.environ.setdefault(_VARIABLE, str(settings.DATA_DIR / "metrics")))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        del os.environ[_VARIABLE]  # a read-only place: each process then tells its own part
        return
    for path in folder.glob("*_*.db"):
        pid = path.stem.rpartition("_")[2]
        if pid.isdigit() and not _is_alive(int(pid)):
            path.unlink(missing_ok=True)  # or files would gather with every restart


def measured(*, kind: str, status: int, seconds: float) -> None:
    """Add an answered request to the histograms of this process."""
    band = f"{status // 100}xx"
    with _making:  # the first requests come at once, and a histogram may be made only once
        histograms = _histograms()
    histograms["scrm_request_seconds"].labels(kind, band).observe(seconds)
    if kind == "callback":
        histograms["scrm_callback_seconds"].labels(band).observe(seconds)


@cache
def _histograms() -> dict[str, Any]:
    from prometheus_client import Histogram  # noqa: PLC0415 - after the folder is known

    return {
        name: Histogram(name, help_text, labels, buckets=_BUCKETS)
        for name, (help_text, labels) in HISTOGRAMS.items()
    }


def _is_alive(pid: int) -> bool:
    with suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True
