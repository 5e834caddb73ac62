"""The outermost ring: whose request it is, what machines ask, and how long everything took."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import structlog

from scrm.api import health, scrape
from scrm.api.client import client_find
from scrm.api.measuring import measured
from scrm.api.middleware import API_PREFIX, HEADER
from scrm.core import telemetry

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

log = structlog.get_logger("scrm.requests")
CALLBACKS = "/wecom/"
# Asked from inside by address, so before anything that looks at host names, cookies or TLS.
DOORS: dict[str, Callable[[HttpRequest], HttpResponseBase]] = {
    "/healthz": health.live,
    "/readyz": health.ready,
    "/readyz/platform": health.platform,
    "/metrics": scrape.metrics,
}


class Front:
    """Knows the caller, answers probes at once, and measures the rest."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        client_find(request)
        door = DOORS.get(request.path_info)
        if door is not None and request.method in {"GET", "HEAD"}:
            return door(request)
        kind = kind_of(request.path_info)
        began = time.perf_counter()
        with telemetry.span("request", kind=kind, method=request.method or "") as span:
            response = self.get_response(request)
            telemetry.tell(span, status=response.status_code, route=_route(request))
        seconds = time.perf_counter() - began
        measured(kind=kind, status=response.status_code, seconds=seconds)
        _log(request, response, kind, seconds)
        return response


def kind_of(path: str) -> str:
    """Who asks: WeCom, a program, a person, or somebody else."""
    for prefix, kind in ((CALLBACKS, "callback"), (API_PREFIX, "api"), ("/console/", "console")):
        if path.startswith(prefix):
            return kind
    return "other"


def _route(request: HttpRequest) -> str:
    match = getattr(request, "resolver_match", None)
    return str(match.route) if match is not None else ""


def _log(request: HttpRequest, response: HttpResponseBase, kind: str, seconds: float) -> None:
    """One line a request: the route, not the address, which may hold ids and keys."""
    log.info(
        "request",
        kind=kind,
        method=request.method,
        route=_route(request),
        status=response.status_code,
        ms=round(seconds * 1000, 1),
        request_id=response.headers.get(HEADER, ""),
    )
