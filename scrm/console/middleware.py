"""The language of pages shown before anybody has signed in, and of error pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import translation

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

LANGUAGE_COOKIE = "console_language"


class OperatorLanguage:
    """Chosen language, else Chinese. Never `Accept-Language`: many office PCs send `en`.

    Pages behind the door switch to the operator's own language; the cookie only remembers the last.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        chosen = request.COOKIES.get(LANGUAGE_COOKIE, "")
        known = {code for code, _name in settings.LANGUAGES}
        with translation.override(chosen if chosen in known else settings.LANGUAGE_CODE):
            return self.get_response(request)
