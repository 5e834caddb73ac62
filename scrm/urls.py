"""Where addresses lead. Joins the doors of all apps; holds no logic."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import include, path
from django.views import defaults
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from scrm.access.platform.desk import site as platform_site
from scrm.api import reference
from scrm.api.health import live, platform, ready
from scrm.api.middleware import API_PREFIX
from scrm.api.problems import problem_response, wire_problem
from scrm.api.routes import url_patterns
from scrm.api.scrape import metrics
from scrm.console.shell.faults import server_error

urlpatterns = [
    path(
        "",
        RedirectView.as_view(url="/console/", permanent=False, http_method_names=["get", "head"]),
        name="root",
    ),
    path("healthz", require_safe(live), name="healthz"),
    path("readyz", require_safe(ready), name="readyz"),
    path("readyz/platform", require_safe(platform), name="readyz-platform"),
    path("metrics", require_safe(metrics), name="metrics"),
    path("api/v1/", include((url_patterns(), "api"))),
    path("api/docs/", include(reference.url_patterns())),
    path("platform/", platform_site.urls),
    path("console/", include("scrm.wecom.signin.urls")),
    path("console/", include("scrm.console.urls")),
    # /wecom/<brand>/<corp>/callback is answered by scrm.wecom.middleware before any of this.
]


def _problem_or(request: HttpRequest, code: str, page: Any, *args: Any) -> HttpResponseBase:
    if request.path.startswith(API_PREFIX):
        request_id = getattr(request, "request_id", "")
        return problem_response(wire_problem(code, request_id=request_id))
    response: HttpResponseBase = page(request, *args)
    return response


def handler400(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """A request that Django itself refuses to read."""
    return _problem_or(request, "malformed", defaults.bad_request, exception)


def handler403(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Known, but not allowed."""
    return _problem_or(request, "forbidden", defaults.permission_denied, exception)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Unknown address, or somebody else's."""
    return _problem_or(request, "not_found", defaults.page_not_found, exception)


def handler500(request: HttpRequest) -> HttpResponseBase:
    """Our fault."""
    return _problem_or(request, "internal", server_error)
