"""Cookies that remember how a person likes the console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from scrm.console.middleware import LANGUAGE_COOKIE

if TYPE_CHECKING:
    from django.http import HttpResponseBase

__all__ = ["LANGUAGE_COOKIE", "cookie_set"]
_YEAR = 365 * 24 * 3600


def cookie_set(response: HttpResponseBase, key: str, value: str) -> None:
    """Remember for a year, out of scripts' reach."""
    response.set_cookie(
        key,
        value,
        max_age=_YEAR,
        samesite="Lax",
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
    )
