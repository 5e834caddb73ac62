"""One view that does nothing: what the server itself can do."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path


def empty(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [path("empty", empty)]
