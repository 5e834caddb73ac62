"""Problem details (RFC 9457): the one shape in which the platform says no."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse

CONTENT_TYPE = "application/problem+json"
# Where `type` leads on the server that answered: scrm.api.reference serves a page for every code.
TYPES = "/api/docs/errors/"

# Refusals of the wire itself. Refusals of the domain are DomainError subclasses (scrm.core.errors).
WIRE_CODES: dict[str, tuple[int, str]] = {
    "malformed": (
        400,
        "The body is not UTF-8 JSON as RFC 8259 has it, or a header has a bad form.",
    ),
    "invalid_cursor": (400, "The cursor was not made by this list."),
    "invalid_test_clock": (
        400,
        "Scrm-Test-Now is not an RFC 3339 time with offset, or the test clock is off.",
    ),
    "invalid_idempotency_key": (
        400,
        "Idempotency-Key must be 1 to 255 printable ASCII characters.",
    ),
    "unauthenticated": (401, "No key, or a key that opens nothing."),
    "forbidden": (403, "The key lacks the scope that this call needs."),
    "not_found": (404, "Unknown address or id; another tenant's id looks the same."),
    "method_not_allowed": (405, "This address does not take the method."),
    "conflict": (
        409,
        "Somebody else wrote the same unique value at the same moment; read and try again.",
    ),
    "idempotency_in_progress": (
        409,
        "The first call with this Idempotency-Key has not answered yet.",
    ),
    "length_required": (411, "A body needs Content-Length."),
    "too_large": (413, "The body is larger than this address takes."),
    "unsupported_media_type": (415, "Bodies are application/json."),
    "invalid": (422, "One or more fields break a rule; see errors."),
    "idempotency_key_reused": (422, "The Idempotency-Key belongs to a call with another body."),
    "rate_limited": (429, "Too many calls with this key; wait for Retry-After seconds."),
    "internal": (500, "Our fault; it was logged under the request id."),
    "maintenance": (503, "The platform is closed for maintenance; nothing was written."),
    "busy": (503, "A lock or a server did not answer in time; nothing was written; try again."),
}


@dataclass(frozen=True, kw_only=True)
class FieldProblem:
    """What is wrong with one field; ``pointer`` is RFC 6901, or ``?name`` for a query parameter."""

    pointer: str
    code: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A refusal, ready for the wire."""

    status: int
    code: str
    detail: str = ""
    request_id: str = ""
    errors: tuple[FieldProblem, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """The members of the JSON object, empty ones left out."""
        body: dict[str, Any] = {
            "type": f"{TYPES}{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
        }
        if self.detail:
            body["detail"] = self.detail
        if self.request_id:
            body["request_id"] = self.request_id
        if self.details:
            body["details"] = json.loads(json.dumps(self.details, default=str))
        if self.errors:
            body["errors"] = [
                {"pointer": error.pointer, "code": error.code, "detail": error.detail}
                for error in self.errors
            ]
        return body


def wire_problem(code: str, *, detail: str = "", request_id: str = "") -> Problem:
    """A refusal of the wire by its code."""
    status, meaning = WIRE_CODES[code]
    return Problem(status=status, code=code, detail=detail or meaning, request_id=request_id)


def problem_response(problem: Problem) -> HttpResponse:
    """The answer of a middleware or an error page, where DRF is not at hand."""
    return HttpResponse(
        json.dumps(problem.body(), ensure_ascii=False),
        status=problem.status,
        content_type=CONTENT_TYPE,
    )
