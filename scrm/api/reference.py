"""The reference pages below /api/docs/: open to everybody, served from this machine alone."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from csp.constants import NONCE
from csp.decorators import csp_update
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from scrm.api.codes import Language, code_get, codes_all
from scrm.api.docs import FIELD_CODES
from scrm.api.problems import problem_response, wire_problem

# Redoc writes its own style elements, each with the answer's nonce, and searches in a worker of its own making.
_REDOC = {"style-src": [NONCE], "worker-src": ["blob:"]}


@require_safe
@csp_update(_REDOC)
def reference(request: HttpRequest) -> HttpResponse:
    """docs/openapi.yaml, drawn by Redoc."""
    return render(request, "api/reference.html", {"language": _language(request)})


@require_safe
@cache_control(max_age=300)
def document(_request: HttpRequest) -> HttpResponse:
    """docs/openapi.yaml as it is."""
    return HttpResponse(_document(), content_type="application/yaml; charset=utf-8")


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    """Every code on one page."""
    language = _language(request)
    rows = [(code, *code.said(language)) for code in codes_all()]
    fields = [(name, said[language == "zh"]) for name, said in FIELD_CODES.items()]
    found = {"rows": rows, "fields": fields, "language": language}
    return _varied(render(request, "api/errors.html", found))


@require_safe
def error(request: HttpRequest, code: str) -> HttpResponse:
    """One code: where `type` of a problem leads."""
    found, language = code_get(code), _language(request)
    if found is None:
        request_id = getattr(request, "request_id", "")
        return problem_response(wire_problem("not_found", request_id=request_id))
    meaning, next_step = found.said(language)
    told = {"code": found, "meaning": meaning, "next_step": next_step, "language": language}
    return _varied(render(request, "api/error.html", told))


def url_patterns() -> list[URLPattern]:
    """What scrm.urls hangs below /api/docs/."""
    return [
        path("", reference, name="api-reference"),
        path("openapi.yaml", document, name="api-document"),
        path("errors", errors, name="api-errors"),
        path("errors/<str:code>", error, name="api-error"),
    ]


def _language(request: HttpRequest) -> Language:
    asked = request.GET.get("lang") or request.headers.get("Accept-Language", "")
    return "zh" if asked.lower().startswith("zh") else "en"


def _varied(response: HttpResponse) -> HttpResponse:
    response.headers["Vary"] = "Accept-Language"
    return response


@lru_cache(maxsize=1)
def _document() -> bytes:
    found: Any = settings.ROOT / "docs" / "openapi.yaml"
    if not found.exists():
        raise Http404
    text: bytes = found.read_bytes()
    return text
