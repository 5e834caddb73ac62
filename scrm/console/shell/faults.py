"""The page of an error of ours: it says the number under which it was logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.template.loader import render_to_string

if TYPE_CHECKING:
    from django.http import HttpRequest


def server_error(request: HttpRequest) -> HttpResponse:
    """Drawn without the request: whatever broke must not break this page too."""
    context = {
        "request_id": getattr(request, "request_id", ""),
        "here": request.get_full_path() if request.method == "GET" else "",
    }
    return HttpResponse(render_to_string("500.html", context), status=500)
