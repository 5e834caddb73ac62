"""The outermost ring: request ids, the size of bodies, and the test clock of N-46."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import datetime

import structlog
from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase

from scrm.api.problems import problem_response, wire_problem
from scrm.core import clock
from scrm.core.maintenance import RETRY_AFTER_SECONDS, maintenance_words

HEADER = "X-Request-Id"
CLOCK_HEADER = "Scrm-Test-Now"
_SANE = re.compile(r"[A-Za-z0-9._-]{8,60}")
_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})")
API_PREFIX = "/api/"
_CLOSED = "/api/v1/"  # the documents stay open
_LONGEST_LENGTH = 18
_UPLOADS = "/api/v1/imports/file"


class RequestId:
    """Names every request, in the answer and in every log line written while it runs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "")
        request_id = given if _SANE.fullmatch(given) else uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self._answer(request, request_id)
        response.headers[HEADER] = request_id
        return response

    def _answer(self, request: HttpRequest, request_id: str) -> HttpResponseBase:
        refusal = _refused(request)
        if refusal:
            return problem_response(wire_problem(refusal, request_id=request_id))
        if request.path.startswith(_CLOSED) and maintenance_words() is not None:
            response = problem_response(wire_problem("maintenance", request_id=request_id))
            response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
            return response
        said = request.headers.get(CLOCK_HEADER)
        if said is None:
            return self.get_response(request)
        at = moment_read(said) if settings.TEST_CLOCK else None
        if at is not None:
            with clock.frozen(at):
                return self.get_response(request)
        if settings.TEST_CLOCK or request.path.startswith(API_PREFIX):
            # Silence would let the caller believe in a day that nobody else lives in.
            return problem_response(wire_problem("invalid_test_clock", request_id=request_id))
        return self.get_response(request)


def _refused(request: HttpRequest) -> str:
    """The code of a refusal that needs no look at the body, or an empty string."""
    if not request.path.startswith(API_PREFIX):
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest  # no column holds it, so no page need be asked
        return ""
    if "\x00" in request.path:
        return "not_found"
    length = request.META.get("CONTENT_LENGTH") or ""
    if length and not (length.isascii() and length.isdigit()):
        return "malformed"
    # Python refuses to read numbers of thousands of digits.
    if len(length) > _LONGEST_LENGTH:
        return "too_large"
    # A file is measured by its own view, after the key was checked; it goes to disk, not into memory.
    is_file = request.path == _UPLOADS and request.content_type == "multipart/form-data"
    if not is_file and int(length or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return "too_large"
    if not length and "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        return "length_required"
    return ""


def moment_read(text: str) -> datetime | None:
    """An RFC 3339 time with offset, or None for anything else."""
    if not _RFC3339.fullmatch(text):
        return None
    try:
        at = datetime.fromisoformat(text.upper())
        at.astimezone(clock.now().tzinfo)
    except (ValueError, OverflowError):
        return None
    return at
