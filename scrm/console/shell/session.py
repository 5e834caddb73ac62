"""Signing out, choosing a brand, and how a person likes the console."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View
from typing_extensions import override

from scrm.access.mfa import mfa_pending
from scrm.access.models import Language
from scrm.access.preferences import LOOKS, look_set
from scrm.access.services import operator_language_set
from scrm.access.signin.sessions import session_brand
from scrm.console.gate import memberships_of
from scrm.console.routes import page_url
from scrm.console.shell.cookies import LANGUAGE_COOKIE, cookie_set


class SignOutView(LogoutView):
    """Ends the session; only by post."""

    @override
    def get_default_redirect_url(self) -> str:
        return reverse("console:sign-in")


class BrandsView(View):
    """One brand: straight in. Several: cards. None: says whom to ask."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect("console:sign-in")
        operator = request.user
        places = memberships_of(operator, only=session_brand(request))
        if mfa_pending(request, places):
            return redirect("console:account-second-factor")
        if len(places) == 1:
            return redirect(page_url(places[0].tenant.slug, "home"))
        with translation.override(operator.language):
            response = render(
                request, "console/brands.html", {"places": places, "operator": operator}
            )
        response.headers["Cache-Control"] = "no-store"
        return response


class PreferencesView(View):
    """Language, row height and the colour of a rise; then back to where one was."""

    def post(self, request: HttpRequest) -> HttpResponse:
        response = redirect(_back(request))
        language = request.POST.get("language", "")
        if language in Language.values:
            cookie_set(response, LANGUAGE_COOKIE, language)
            if request.user.is_authenticated:
                operator_language_set(operator_id=request.user.pk, language=language)
        for key, allowed in LOOKS.items():
            value = request.POST.get(key, "")
            if value in allowed:
                cookie_set(response, f"console_{key}", value)
                if request.user.is_authenticated:
                    look_set(operator_id=request.user.pk, key=key, value=value)
        return response


def _back(request: HttpRequest) -> str:
    asked = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}):
        return asked
    return reverse("console:brands")
