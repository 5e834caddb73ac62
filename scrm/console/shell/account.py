"""My account: what a person changes about themselves, in no brand in particular."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import segno
from django import forms
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from typing_extensions import override

from scrm.access.mfa import mfa_pending, mfa_required
from scrm.access.signin.factors import (
    codes_text,
    factor_begin,
    factor_check,
    factor_confirm,
    factor_is_on,
    factor_remove,
    recovery_left,
    recovery_renew,
)
from scrm.access.signin.lockout import guesses_counted
from scrm.access.signin.passwords import PASSWORD_LONGEST, password_change, password_prove
from scrm.access.signin.profile import profile_change
from scrm.access.signin.sessions import (
    ip_of,
    session_brand,
    session_end,
    session_is_fresh,
    session_keep,
    session_prove,
    session_unprove,
    sessions_end_others,
    sessions_of,
)
from scrm.console.gate import memberships_of
from scrm.console.pages.forms import form_refuse
from scrm.console.requests import toast, toasts_take
from scrm.console.shell.entrance import CodeForm, NewPasswordForm
from scrm.core.errors import DomainError, ErrorKind, InvalidTransition, InvalidValue, NotFound

if TYPE_CHECKING:
    from scrm.access.models import Membership, Operator

_INVALID = 422
_ZONE = "Asia/Shanghai"


@dataclass(frozen=True, kw_only=True)
class Section:
    """One entry beside the account's pages."""

    key: str
    label: str | Promise
    url_name: str
    icon: str
    order: int


SECTIONS: dict[str, Section] = {}


def section_register(
    key: str, label: str | Promise, *, url_name: str, icon: str, order: int
) -> None:
    """Offer a page of the account; other apps bring their own."""
    SECTIONS[key] = Section(key=key, label=label, url_name=url_name, icon=icon, order=order)


section_register(
    "profile", gettext_lazy("个人资料"), url_name="console:account", icon="user", order=10
)
section_register(
    "password", gettext_lazy("密码"), url_name="console:account-password", icon="lock", order=20
)
section_register(
    "second-factor",
    gettext_lazy("两步验证"),
    url_name="console:account-second-factor",
    icon="shield-check",
    order=30,
)
section_register(
    "sessions",
    gettext_lazy("登录设备"),
    url_name="console:account-sessions",
    icon="phone",
    order=40,
)


class AccountView(View):
    """A page of the account: for whoever is signed in, second factor first where it is required."""

    section: ClassVar[str]
    template_name: ClassVar[str]
    # The page on which a missing second factor is set up stays open without it.
    is_open_before_proof: ClassVar[bool] = False
    form_class: ClassVar[type[forms.BaseForm] | None] = None

    operator: Operator
    places: list[Membership]

    @override
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            response: HttpResponseBase = redirect_to_login(
                request.get_full_path(), reverse("console:sign-in")
            )
        else:
            self.operator = request.user
            self.places = memberships_of(self.operator, only=session_brand(request))
            if not self.is_open_before_proof and mfa_pending(request, self.places):
                response = redirect("console:account-second-factor")
            else:
                response = self._inside(request, *args, **kwargs)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _inside(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # Times are shown in the first brand's zone: the account itself has none.
        zone = self.places[0].tenant.timezone if self.places else _ZONE
        with translation.override(self.operator.language), timezone.override(zone):
            try:
                return super().dispatch(request, *args, **kwargs)
            except NotFound:
                return render(request, "404.html", status=404)

    @property
    def ip(self) -> str:
        return ip_of(self.request)

    def initial(self) -> Mapping[str, Any]:
        return {}

    def context(self) -> dict[str, object]:
        """What the template needs beside the frame and the form."""
        return {}

    def save(self, values: Mapping[str, Any]) -> HttpResponse:
        """One service call; a DomainError comes back on the form."""
        raise NotImplementedError

    def get(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002 - as views are called
        form = None if self.form_class is None else self.form_class(initial=dict(self.initial()))
        return self.answer({"form": form})

    def post(self, request: HttpRequest) -> HttpResponse:
        assert self.form_class is not None  # noqa: S101 - pages without a form have their own post
        return self.submit(self.form_class(request.POST, initial=dict(self.initial())))

    def submit(self, form: forms.BaseForm) -> HttpResponse:
        """Save a good form; show a bad or refused one again."""
        status = _INVALID
        if form.is_valid():
            try:
                return self.save(form.cleaned_data)
            except DomainError as refusal:
                if refusal.kind is ErrorKind.NOT_FOUND:
                    raise
                if refusal.kind is ErrorKind.LIMITED:
                    status = refusal.kind.value
                form_refuse(form, refusal)
        return self.answer({"form": form}, status=status)

    def done(self, text: str) -> HttpResponse:
        """Say that it worked, on the same page."""
        toast(self.request, "success", text)
        return redirect(self.request.path)

    def answer(self, context: dict[str, object], *, status: int = 200) -> HttpResponse:
        frame = {
            "operator": self.operator,
            "section": SECTIONS[self.section],
            "sections": sorted(SECTIONS.values(), key=lambda one: one.order),
            "toasts": toasts_take(self.request),
        }
        whole = {**frame, **self.context(), **context}
        return render(self.request, self.template_name, whole, status=status)


class ProfileForm(forms.Form):
    """Name and phone; the phone is a way in, so it takes the password."""

    name = forms.CharField(label=gettext_lazy("姓名"), max_length=60)
    phone = forms.CharField(
        label=gettext_lazy("手机号"),
        required=False,
        max_length=30,
        help_text=gettext_lazy("可用来代替邮箱登录。加密保存，同事看不到。"),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    password = forms.CharField(
        label=gettext_lazy("当前密码"),
        required=False,
        strip=False,
        max_length=PASSWORD_LONGEST,
        help_text=gettext_lazy("只在修改手机号时需要。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ProfilePage(AccountView):
    """Who I am."""

    section = "profile"
    template_name = "console/account/form.html"
    form_class = ProfileForm

    @override
    def initial(self) -> Mapping[str, Any]:
        return {"name": self.operator.name, "phone": self.operator.phone}

    @override
    def context(self) -> dict[str, object]:
        return {"facts": [(_("邮箱"), self.operator.email)]}

    @override
    def save(self, values: Mapping[str, Any]) -> HttpResponse:
        with guesses_counted(self.request, self.operator, values["password"]):
            profile_change(self.operator, ip=self.ip, **values)
        return self.done(_("个人资料已保存"))


class PasswordForm(NewPasswordForm):
    """A new password, by the old one."""

    old = forms.CharField(
        label=gettext_lazy("当前密码"),
        strip=False,
        max_length=PASSWORD_LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("old", "new", "again")


class PasswordPage(AccountView):
    """A new password signs every other device out."""

    section = "password"
    template_name = "console/account/form.html"
    form_class = PasswordForm

    @override
    def context(self) -> dict[str, object]:
        return {"note": _("修改后，其他设备会立即退出登录，本设备保持登录。")}

    @override
    def save(self, values: Mapping[str, Any]) -> HttpResponse:
        with guesses_counted(self.request, self.operator, values["old"]):
            password_change(
                self.operator,
                old=values["old"],
                new=values["new"],
                keep=self.request.session.session_key,
                ip=self.ip,
            )
        session_keep(self.request, self.operator)
        return self.done(_("密码已修改，其他设备已退出登录"))


class OwnCodeForm(CodeForm):
    """A code on a page with more on it: the focus stays at the top."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["code"].widget.attrs["autofocus"]


class SetupForm(OwnCodeForm):
    """The first code of a new authenticator, and the password unless it was just given."""

    password = PasswordForm.base_fields["old"]
    field_order = ("code", "password")

    def __init__(self, *args: Any, is_fresh: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = _("验证器应用当前显示的 6 位数字。")
        if is_fresh:
            del self.fields["password"]


class SecondFactorPage(AccountView):
    """Off: set it up. On but not shown yet: show it. On: recovery codes and the way out."""

    section = "second-factor"
    template_name = "console/account/second_factor.html"
    is_open_before_proof = True

    @override
    def get(self, request: HttpRequest) -> HttpResponse:
        return self._shown(self._form(), is_on=factor_is_on(self.operator))

    @override
    def post(self, request: HttpRequest) -> HttpResponse:
        is_on = factor_is_on(self.operator)
        form = self._form(request.POST, is_on=is_on)
        if not form.is_valid():
            return self._shown(form, is_on=is_on, status=_INVALID)
        try:
            return self._act(is_on=is_on, **form.cleaned_data)
        except DomainError as refusal:
            form_refuse(form, refusal)
            return self._shown(form, is_on=is_on, status=refusal.kind.value)

    def _form(self, data: Any = None, *, is_on: bool | None = None) -> forms.Form:
        if factor_is_on(self.operator) if is_on is None else is_on:
            return OwnCodeForm(data)
        return SetupForm(data, is_fresh=session_is_fresh(self.request))

    def _act(self, *, is_on: bool, code: str, password: str = "") -> HttpResponse:
        if not is_on:
            if password:  # the form asks for it, or the person has just shown it at the door
                with guesses_counted(self.request, self.operator, password):
                    password_prove(self.operator, password, pointer="/password")
            key = self.request.session.session_key
            codes = factor_confirm(self.operator, code, keep=key, ip=self.ip)
            session_prove(self.request)
            return self._codes(codes)
        act, is_pending = self.request.POST.get("act", ""), mfa_pending(self.request, self.places)
        if act == "off" and not is_pending and mfa_required(self.operator, self.places):
            raise InvalidTransition(_("你的角色需要两步验证，不能关闭。"))
        if not factor_check(self.operator, code):
            raise InvalidValue(_("验证码不对，或已经用过。请等下一个验证码。"), pointer="/code")
        if is_pending or act == "prove":
            session_prove(self.request)
            return redirect("console:brands")
        if act == "off":
            factor_remove(self.operator, ip=self.ip)
            # No session may pass for proven once a role asks for a second factor again.
            session_unprove(self.request)
            key = self.request.session.session_key
            sessions_end_others(self.operator, keep=key, ip=self.ip)
            return self.done(_("两步验证已关闭"))
        return self._codes(recovery_renew(self.operator, ip=self.ip))

    def _codes(self, codes: list[str]) -> HttpResponse:
        return self.answer({"state": "codes", "codes": codes, "codes_file": codes_text(codes)})

    def _shown(self, form: forms.Form, *, is_on: bool, status: int = 200) -> HttpResponse:
        context: dict[str, object] = {
            "form": form,
            "is_required": mfa_required(self.operator, self.places),
        }
        if not is_on:
            enrolment = factor_begin(self.operator)
            context |= {"state": "setup", "secret": enrolment.secret, "qr": _qr(enrolment.uri)}
        elif mfa_pending(self.request, self.places):
            context |= {"state": "prove"}
        else:
            context |= {"state": "on", "left": recovery_left(self.operator)}
        return self.answer(context, status=status)


class SessionsPage(AccountView):
    """Where I am signed in, and the buttons that end it."""

    section = "sessions"
    template_name = "console/account/sessions.html"

    @override
    def context(self) -> dict[str, object]:
        rows = sessions_of(self.operator, current_key=self.request.session.session_key)
        return {"rows": rows, "others": sum(not row.is_current for row in rows)}

    @override
    def post(self, request: HttpRequest) -> HttpResponse:
        chosen = request.POST.get("session", "")
        if chosen:
            session_end(self.operator, public_id=chosen, ip=self.ip)
            return self.done(_("该设备已退出登录"))
        key = request.session.session_key
        count = sessions_end_others(self.operator, keep=key, ip=self.ip)
        return self.done(_("已让 %(count)s 台其他设备退出登录") % {"count": count})


def _qr(uri: str) -> SafeString:
    """The picture that an authenticator reads; drawn here, so that the secret goes nowhere else."""
    drawn: str = segno.make(uri, error="m").svg_inline(scale=5, border=4, omitsize=False)
    return mark_safe(drawn)  # noqa: S308 - made of squares only
