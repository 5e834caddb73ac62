"""/metrics: what rooms read now, and what the processes of this machine measured meanwhile."""

from __future__ import annotations

import hmac
import os
import threading
import time
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from redis import RedisError

from scrm.api.client import is_local
from scrm.core.metrics import METRICS, SOURCES, Reading
from scrm.tenants.context import across_tenants

if TYPE_CHECKING:
    from collections.abc import Iterator

log = structlog.get_logger(__name__)
# Two scrapers, or one in a hurry, read the database once.
FRESH_SECONDS = 5.0
FAULTS = "scrm_scrape_faults"
_lock = threading.Lock()
_kept: tuple[float, Reading, dict[str, int]] | None = None


def metrics(request: HttpRequest) -> HttpResponse:
    """The exposition, for who knows the token, or who asks from this machine when there is none."""
    if not _may_read(request):
        return HttpResponse(status=404)
    from prometheus_client import CONTENT_TYPE_LATEST  # noqa: PLC0415 - nothing else needs it

    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)


def exposition() -> bytes:
    """Everything, as Prometheus reads it."""
    from prometheus_client import REGISTRY, CollectorRegistry, generate_latest  # noqa: PLC0415
    from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415

    own = CollectorRegistry()
    own.register(_Rooms())
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        measured = CollectorRegistry()
        MultiProcessCollector(measured)  # type: ignore[no-untyped-call]
    else:
        measured = REGISTRY
    return generate_latest(own) + generate_latest(measured)


def read() -> tuple[Reading, dict[str, int]]:
    """Samples of every room, and how often each reader failed; at most every few seconds anew."""
    global _kept  # noqa: PLW0603 - one reading for all threads of the process
    with _lock:
        if _kept is None or time.monotonic() - _kept[0] > FRESH_SECONDS:
            _kept = (time.monotonic(), *_read_all())
        return _kept[1], _kept[2]


def forget() -> None:
    """Read anew next time."""
    global _kept  # noqa: PLW0603
    _kept = None


def _read_all() -> tuple[Reading, dict[str, int]]:
    reading, faults = Reading(), dict.fromkeys(SOURCES, 0)
    for source in SOURCES.values():
        if not source.per_tenant:
            _take(reading, faults, source.name)
    try:
        for _tenant in across_tenants("operators watch the sum over all tenants"):
            for source in SOURCES.values():
                if source.per_tenant:
                    _take(reading, faults, source.name)
    except DatabaseError:
        log.warning("scrape_lost_database")
        faults["tenants"] = 1
    return reading, faults


def _take(reading: Reading, faults: dict[str, int], name: str) -> None:
    """One reader's fault is a sample of its own; the others are still read."""
    try:
        reading.take(list(SOURCES[name].read()))
    except (DatabaseError, RedisError) as error:
        log.warning("scrape_failed", reader=name, fault=type(error).__name__)
        faults[name] += 1


class _Rooms:
    """The registered figures, in prometheus_client's own shape."""

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import (  # noqa: PLC0415
            CounterMetricFamily,
            GaugeMetricFamily,
        )

        reading, faults = read()
        for metric in METRICS.values():
            family = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
            told = family(metric.name, metric.help, labels=metric.labels)
            for labels, value in sorted(reading.values.get(metric.name, {}).items()):
                told.add_metric(labels, value)
            yield told
        broken = GaugeMetricFamily(FAULTS, "Readers that failed in this scrape", labels=("reader",))
        for name, count in sorted(faults.items()):
            broken.add_metric((name,), count)
        yield broken


def _may_read(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    if not token:
        return is_local(request)
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(given.encode(), token.encode())
