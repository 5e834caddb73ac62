"""Every request of a signed-in browser: notes that it lives, ends it when it has been idle."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import SESSION_KEY

from scrm.access.signin.sessions import session_touch

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase


class SessionWatch:
    """Looks only at requests that bring a session cookie; others cost nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session:
            session_touch(request)
        return self.get_response(request)
