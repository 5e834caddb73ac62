"""Signing in and out, choosing a brand, and how a person likes the console."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views import View
from typing_extensions import override

from scrm.access.models import Language
from scrm.access.services import operator_language_set
from scrm.console.gate import is_allowed, memberships_of
from scrm.console.middleware import LANGUAGE_COOKIE
from scrm.console.navigation import items_all
from scrm.console.pages.base import ConsolePage
from scrm.console.requests import wants_fragment
from scrm.console.routes import page_url

_YEAR = 365 * 24 * 3600
_CHOICES = {"density": {"regular", "compact"}, "rise": {"red", "green"}}


class SignInForm(AuthenticationForm):
    """Account and password, with words for people."""

    username = forms.EmailField(
        label=_("邮箱"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )
    password = forms.CharField(
        label=_("密码"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    error_messages = {
        "invalid_login": _("邮箱或密码不对，请再试一次。连续输错会暂时锁定。"),
        "inactive": _("这个账号已停用，请联系品牌管理员。"),
    }


def account_name(request: HttpRequest, credentials: Mapping[str, str] | None = None) -> str:
    """Which account a sign-in is about, however it was typed; failures are counted per account."""
    typed = (credentials or {}).get("username") or request.POST.get("username", "")
    return typed.strip().lower()


def locked_out(request: HttpRequest, *_args: object) -> HttpResponse:
    """The sign-in page without its form, after too many wrong answers."""
    context = {"is_locked": True, "next": ""}
    return render(request, "console/sign_in.html", context, status=429)


class SignInView(LoginView):
    """The door from outside. Wrong answers never say which part was wrong."""

    template_name = "console/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    @override
    def get_default_redirect_url(self) -> str:
        return reverse("console:brands")

    @override
    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    @override
    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        _cookie(response, LANGUAGE_COOKIE, form.get_user().language)
        return response

    @override
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        response.headers["Cache-Control"] = "no-store"
        return response


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
        places = memberships_of(operator)
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
            _cookie(response, LANGUAGE_COOKIE, language)
            if request.user.is_authenticated:
                operator_language_set(operator_id=request.user.pk, language=language)
        for key, allowed in _CHOICES.items():
            value = request.POST.get(key, "")
            if value in allowed:
                _cookie(response, f"console_{key}", value)
        return response


class HomePage(ConsolePage):
    """The first page of the navigation this person may open."""

    permission = ""
    title = _("工作台")
    template_name = "console/home.html"
    nav_key = "home"

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        for item in items_all():
            if is_allowed(self.request.membership, item.permission) and not wants_fragment(request):
                return redirect(self.url(item.key))
        return self.answer({})


def _back(request: HttpRequest) -> str:
    asked = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}):
        return asked
    return reverse("console:brands")


def _cookie(response: HttpResponseBase, key: str, value: str) -> None:
    response.set_cookie(
        key,
        value,
        max_age=_YEAR,
        samesite="Lax",
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
    )
