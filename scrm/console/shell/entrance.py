"""The door from outside: account and password, the second step, and the way back for the forgetful."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from typing_extensions import override

from scrm.access.signin.entry import entry_drop, entry_finish, entry_held, entry_take
from scrm.access.signin.factors import FactorBlocked, factor_check
from scrm.access.signin.lockout import account_is_besieged
from scrm.access.signin.mail import public_address
from scrm.access.signin.models import SignInBy
from scrm.access.signin.passwords import (
    PASSWORD_LONGEST,
    ResetLinkGone,
    reset_ask,
    reset_finish,
    reset_open,
)
from scrm.access.signin.sessions import ip_of
from scrm.console.pages.forms import form_refuse
from scrm.console.requests import toast, toasts_take
from scrm.console.shell.cookies import LANGUAGE_COOKIE, cookie_set
from scrm.core.errors import InvalidValue

if TYPE_CHECKING:
    pass

_INVALID = 422
_GONE = 410
_LOCKED = 429
# Which brand this browser last scanned for; read by the WeCom door.
BRAND_COOKIE = "console_wecom_brand"


class SignInForm(AuthenticationForm):
    """Account and password, with words for people."""

    username = forms.CharField(
        label=gettext_lazy("邮箱或手机号"),
        max_length=254,
        widget=forms.TextInput(
            attrs={"autofocus": True, "autocomplete": "username", "autocapitalize": "none"}
        ),
    )
    password = forms.CharField(
        label=gettext_lazy("密码"),
        strip=False,
        max_length=PASSWORD_LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    error_messages = {
        "invalid_login": gettext_lazy("账号或密码不对，请再试一次。连续输错会暂时锁定。"),
        "inactive": gettext_lazy("这个账号已停用，请联系品牌管理员。"),
    }


class CodeForm(forms.Form):
    """Six digits, or a recovery code."""

    code = forms.CharField(
        label=gettext_lazy("验证码"),
        max_length=20,
        help_text=gettext_lazy("验证器应用里的 6 位数字，或一个恢复码。"),
        widget=forms.TextInput(
            attrs={"autofocus": True, "autocomplete": "one-time-code", "spellcheck": "false"}
        ),
    )


class ForgottenForm(forms.Form):
    """Whose password is lost."""

    account = forms.CharField(
        label=gettext_lazy("邮箱或手机号"),
        max_length=254,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )


class NewPasswordForm(forms.Form):
    """A new password, typed twice."""

    new = forms.CharField(
        label=gettext_lazy("新密码"),
        strip=False,
        max_length=PASSWORD_LONGEST,
        help_text=gettext_lazy("至少 10 个字符；不能是常见密码，也不能和邮箱、姓名、手机号相近。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("再输一次新密码"),
        strip=False,
        max_length=PASSWORD_LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    @override
    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if {"new", "again"} <= values.keys() and values["new"] != values["again"]:
            self.add_error("again", _("两次输入的新密码不一样"))
        return values


def locked_out(request: HttpRequest, *_args: object) -> HttpResponse:
    """The sign-in page without its form, after too many wrong answers."""
    context = {"is_locked": True, "next": "", "toasts": []}
    return render(request, "console/entrance/sign_in.html", context, status=_LOCKED)


class _Private:
    """Answers of the entrance are no cache's business, and their addresses no other site's."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        response.headers["Cache-Control"] = "no-store"
        # Not `no-referrer`: browsers then post forms with `Origin: null`, which the CSRF check refuses.
        response.headers["Referrer-Policy"] = "same-origin"
        return response


class SignInView(_Private, LoginView):
    """Wrong answers never say which part was wrong."""

    template_name = "console/entrance/sign_in.html"
    http_method_names = ["get", "post", "head"]
    authentication_form = SignInForm
    redirect_authenticated_user = True

    @override
    def get_default_redirect_url(self) -> str:
        return reverse("console:brands")

    @override
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        brand = self.request.COOKIES.get(BRAND_COOKIE, "")
        return super().get_context_data(
            **kwargs, toasts=toasts_take(self.request), wecom_brand=brand
        )

    @override
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if account_is_besieged(request):
            return locked_out(request)
        return super().post(request, *args, **kwargs)

    @override
    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=_INVALID)

    @override
    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        operator = form.get_user()
        then = self.get_success_url()
        if entry_take(self.request, operator, by=SignInBy.PASSWORD, then=then):
            response = redirect(then)
        else:
            response = redirect("console:second-step")
        cookie_set(response, LANGUAGE_COOKIE, operator.language)
        return response


class SecondStepView(_Private, View):
    """The code of the authenticator, after the password and before anything else."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if entry_held(request) is None:
            return self._start_again(request)
        return self._answer(request, CodeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        operator = entry_held(request)
        if operator is None:
            return self._start_again(request)
        form = CodeForm(request.POST)
        if not form.is_valid():
            return self._answer(request, form, status=_INVALID)
        try:
            is_right = factor_check(operator, form.cleaned_data["code"])
        except FactorBlocked:
            entry_drop(request)
            return self._answer(request, None, status=_LOCKED)
        if is_right:
            return redirect(entry_finish(request, operator))
        form.add_error("code", _("验证码不对，或已经用过。请等下一个验证码。"))
        return self._answer(request, form, status=_INVALID)

    def _start_again(self, request: HttpRequest) -> HttpResponse:
        toast(request, "info", _("登录等待超时，请重新登录"))
        return redirect("console:sign-in")

    def _answer(
        self, request: HttpRequest, form: CodeForm | None, *, status: int = 200
    ) -> HttpResponse:
        context = {"form": form, "toasts": toasts_take(request)}
        return render(request, "console/entrance/second_step.html", context, status=status)


class ForgottenView(_Private, View):
    """Asks for a link. The answer is the same whether or not the account exists."""

    def get(self, request: HttpRequest) -> HttpResponse:
        context = {"form": ForgottenForm(), "toasts": toasts_take(request)}
        return render(request, "console/entrance/forgotten.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ForgottenForm(request.POST)
        if not form.is_valid():
            context: dict[str, object] = {"form": form, "toasts": []}
            return render(request, "console/entrance/forgotten.html", context, status=_INVALID)
        base_url = request.build_absolute_uri("/")

        def link_of(token: str) -> str:
            path = reverse("console:reset", kwargs={"token": token})
            return public_address(path, base_url=base_url)

        reset_ask(account=form.cleaned_data["account"], ip=ip_of(request), link_of=link_of)
        is_logged = settings.EMAIL_BACKEND.endswith("console.EmailBackend")
        sent: dict[str, object] = {"is_sent": True, "is_logged": is_logged, "toasts": []}
        return render(request, "console/entrance/forgotten.html", sent)


class ResetView(_Private, View):
    """Behind the link: a new password, once."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            reset_open(token)
        except ResetLinkGone:
            return self._gone(request)
        return self._answer(request, NewPasswordForm())

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        form = NewPasswordForm(request.POST)
        if not form.is_valid():
            return self._answer(request, form, status=_INVALID)
        try:
            reset_finish(token, new=form.cleaned_data["new"], ip=ip_of(request))
        except ResetLinkGone:
            return self._gone(request)
        except InvalidValue as refusal:
            form_refuse(form, refusal)
            return self._answer(request, form, status=_INVALID)
        toast(request, "success", _("密码已重设，请用新密码登录"))
        return redirect("console:sign-in")

    def _gone(self, request: HttpRequest) -> HttpResponse:
        context: dict[str, object] = {"form": None, "toasts": []}
        return render(request, "console/entrance/reset.html", context, status=_GONE)

    def _answer(
        self, request: HttpRequest, form: NewPasswordForm, *, status: int = 200
    ) -> HttpResponse:
        context: dict[str, object] = {"form": form, "toasts": []}
        return render(request, "console/entrance/reset.html", context, status=status)
