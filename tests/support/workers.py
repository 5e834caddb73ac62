"""What each of xdist's workers has to itself. Imports nothing, for the settings read it first."""

from __future__ import annotations

import os

_DATABASES = 64
_STEP = 16


def own_redis_url(url: str) -> str:
    """The worker's own Redis database; the same answer however often it is asked.

    pytest-django reads the settings before any conftest of a worker, so both must ask here: workers
    that shared a database would empty it under each other's tests.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    base, _slash, own = url.rpartition("/")
    if not worker or not base:
        return url
    number = int(worker.removeprefix("gw"))
    return f"{base}/{(int(own or 0) % _STEP + _STEP * number) % _DATABASES}"
