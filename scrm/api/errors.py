"""From any exception to problem details. Alone in knowing which refusal is which HTTP status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.views import set_rollback

from scrm.api.problems import CONTENT_TYPE, WIRE_CODES, FieldProblem, Problem, wire_problem
from scrm.core.errors import ERROR_CODES, DomainError, ErrorKind

log = structlog.get_logger(__name__)
UNIQUE_VIOLATION = "23505"


class IdempotencyInProgress(DomainError):
    """The first call with this Idempotency-Key has not answered yet."""

    code = "idempotency_in_progress"
    kind = ErrorKind.CONFLICT


class IdempotencyKeyReused(DomainError):
    """The Idempotency-Key belongs to a call with another body."""

    code = "idempotency_key_reused"


class InvalidIdempotencyKey(DomainError):
    """Idempotency-Key must be 1 to 255 printable ASCII characters."""

    code = "invalid_idempotency_key"
    kind = ErrorKind.MALFORMED


class InvalidCursor(DomainError):
    """The cursor was not made by this list."""

    code = "invalid_cursor"
    kind = ErrorKind.MALFORMED


class RateLimited(DomainError):
    """Too many calls with this key; wait for Retry-After seconds."""

    code = "rate_limited"
    kind = ErrorKind.LIMITED


class TestKeyRefused(DomainError):
    """A test key may not do what reaches outside the database: it could not be undone."""

    code = "test_key_refused"
    kind = ErrorKind.FORBIDDEN


class QueryInvalid(drf.ValidationError):
    """A query parameter breaks a rule; pointers read ``?name``."""


def handle(exc: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's exception handler: every exception becomes problem details, a fault without its text."""
    set_rollback()
    request = context.get("request")
    request_id = getattr(getattr(request, "_request", request), "request_id", "")
    problem = _problem(exc, request_id)
    response = Response(problem.body(), status=problem.status, content_type=CONTENT_TYPE)
    if problem.status == ErrorKind.UNAUTHENTICATED.value:
        response["WWW-Authenticate"] = 'Bearer realm="api"'
    retry_after = problem.details.get("retry_after")
    if isinstance(retry_after, int):
        response["Retry-After"] = str(retry_after)
    elif problem.status == ErrorKind.BUSY.value:
        response["Retry-After"] = "1"
    return response


def _problem(exc: Exception, request_id: str) -> Problem:
    if isinstance(exc, DomainError):
        return _domain(exc, request_id)
    if isinstance(exc, drf.ValidationError):
        root = "?" if isinstance(exc, QueryInvalid) else "/"
        return Problem(
            status=422,
            code="invalid",
            detail=WIRE_CODES["invalid"][1],
            request_id=request_id,
            errors=tuple(field_problems(exc.detail, root=root)),
        )
    if isinstance(exc, DjangoValidationError):
        return Problem(
            status=422, code="invalid", detail="; ".join(exc.messages), request_id=request_id
        )
    code = _wire_code(exc)
    if code == "internal":
        log.error("api_fault", exc_info=exc, request_id=request_id)
        return wire_problem(code, request_id=request_id)
    detail = str(exc.detail) if isinstance(exc, drf.APIException) and code == "malformed" else ""
    return wire_problem(code, detail=detail, request_id=request_id)


def _domain(exc: DomainError, request_id: str) -> Problem:
    text = str(exc)
    errors = (
        ()
        if exc.pointer is None
        else (FieldProblem(pointer=exc.pointer, code=exc.code, detail=text),)
    )
    return Problem(
        status=exc.kind.value,
        code=exc.code,
        detail=text if text != exc.code else meaning(exc.code),
        request_id=request_id,
        errors=errors,
        details=exc.details,
    )


_BY_TYPE: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    ((drf.NotAuthenticated, drf.AuthenticationFailed), "unauthenticated"),
    ((drf.PermissionDenied, PermissionDenied), "forbidden"),
    ((drf.NotFound, Http404), "not_found"),
    (drf.MethodNotAllowed, "method_not_allowed"),
    (drf.UnsupportedMediaType, "unsupported_media_type"),
    (drf.Throttled, "rate_limited"),
    (RequestDataTooBig, "too_large"),
    ((drf.ParseError, UnreadablePostError), "malformed"),
    (OperationalError, "busy"),
)


def _wire_code(exc: Exception) -> str:
    for types, code in _BY_TYPE:
        if isinstance(exc, types):
            return code
    # Nets under the services, which should have said it better; each hit is logged to be mended.
    if isinstance(exc, IntegrityError) and getattr(exc.__cause__, "pgcode", "") == UNIQUE_VIOLATION:
        log.warning("api_conflict_net", exc_info=exc)
        return "conflict"
    if isinstance(exc, DataError):
        log.warning("api_data_net", exc_info=exc)
        return "invalid"
    return "internal"


def meaning(code: str) -> str:
    """One sentence about a code, for people."""
    if code in WIRE_CODES:
        return WIRE_CODES[code][1]
    found = ERROR_CODES.get(code)
    return (found.__doc__ or "").strip().splitlines()[0] if found and found.__doc__ else code


def field_problems(detail: Any, *, root: str) -> Iterator[FieldProblem]:
    """DRF's nested messages as JSON pointers; ``root`` is ``/`` for a body and ``?`` for a query."""
    yield from _walk(detail, "", root)


def _walk(detail: Any, path: str, root: str) -> Iterator[FieldProblem]:
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            if key == "non_field_errors":
                yield from _walk(inner, path, root)
            else:
                step = str(key).replace("~", "~0").replace("/", "~1")
                yield from _walk(inner, f"{path}{root if not path else '/'}{step}", root)
    elif isinstance(detail, Sequence) and not isinstance(detail, str):
        for index, inner in enumerate(detail):
            is_message = isinstance(inner, str)
            yield from _walk(
                inner, path if is_message else f"{path}{root if not path else '/'}{index}", root
            )
    else:
        yield FieldProblem(
            pointer=path, code=getattr(detail, "code", None) or "invalid", detail=str(detail)
        )
