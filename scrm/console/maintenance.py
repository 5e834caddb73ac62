"""The console while it is closed: one page without a database, and parts that say so where they stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.template.loader import render_to_string

from scrm.core.maintenance import RETRY_AFTER_SECONDS, maintenance_words

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

_CLOSED = ("/console/",)


class Maintenance:
    """Answers 503 for every page; what is filled in stays in the browser until the house opens again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not (request.path == "/" or request.path.startswith(_CLOSED)):
            return self.get_response(request)
        told = maintenance_words()
        if told is None:
            return self.get_response(request)
        # Without the request: no processor may ask for the person, the session or the messages.
        page = render_to_string("503.html", {"told": told, "here": request.get_full_path()})
        response = HttpResponse(page, status=503)
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        response.headers["Cache-Control"] = "no-store"
        return response
