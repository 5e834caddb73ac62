"""Fair turns between tenants: a worker goes on where it stopped, so that nobody waits behind a slow corp."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from celery.exceptions import SoftTimeLimitExceeded

from scrm.tenants.context import across_tenants, require_tenant_id

log = structlog.get_logger(__name__)

# Per process and kind of work: the tenant served last.
_last: dict[str, int] = {}


def turns_take(
    kind: str,
    serve: Callable[[], int],
    *,
    reason: str,
    seconds: float,
    most_rounds: int = 1_000,
) -> int:
    """Serve tenants in turns until a whole round found nothing or the time is up; returns the total."""
    deadline, total = time.monotonic() + seconds, 0
    for _ in range(most_rounds):
        done, is_cut = _round(kind, serve, deadline, reason)
        total += done
        if is_cut or not done:
            break
    return total


def _served(kind: str, serve: Callable[[], int]) -> int:
    """One tenant's fault is written down and leaves the others their turns."""
    try:
        return serve()
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        log.exception("turn_failed", kind=kind, tenant=require_tenant_id())
        return 0


def _round(kind: str, serve: Callable[[], int], deadline: float, reason: str) -> tuple[int, bool]:
    """One turn for everybody, beginning after the tenant served last."""
    start, done = _last.get(kind, 0), 0
    for is_behind in (True, False):
        for tenant in across_tenants(reason):
            if (tenant.pk > start) is not is_behind:
                continue
            _last[kind] = tenant.pk
            done += _served(kind, serve)
            if time.monotonic() > deadline:
                return done, True
    return done, False
