"""The pages around the scan: which brand, come back, who are you, and binding one's own account."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from typing_extensions import override

from scrm.access.signin.entry import entry_take
from scrm.access.signin.mail import public_address
from scrm.access.signin.models import SignInBy
from scrm.access.signin.scanned import operator_scanned, scanned_bind
from scrm.access.signin.sessions import ip_of
from scrm.console.requests import toast, toasts_take
from scrm.console.shell.account import AccountView, section_register
from scrm.console.shell.cookies import LANGUAGE_COOKIE, cookie_set
from scrm.console.shell.entrance import BRAND_COOKIE
from scrm.core.errors import DomainError, NotFound
from scrm.wecom.signin.services import Scan, ScanRefused, scan_begin, scan_corp, scan_finish

_SIGN_IN, _BIND = "sign-in", "bind"
_UNKNOWN = 403
_REFUSED = 400

section_register(
    "wecom", gettext_lazy("企业微信"), url_name="account-wecom", icon="brand-wechat", order=50
)


class BrandForm(forms.Form):
    """Which brand's WeCom: the first segment of the console's address."""

    brand = forms.SlugField(
        label=gettext_lazy("品牌代号"),
        max_length=40,
        help_text=gettext_lazy("运营后台网址中 /console/ 后面的那一段，不清楚请问品牌管理员。"),
        widget=forms.TextInput(attrs={"autofocus": True, "autocapitalize": "none"}),
    )


def _back_address(request: HttpRequest) -> str:
    return public_address(reverse("wecom-sign-in-back"), base_url=request.build_absolute_uri("/"))


class _ScanView(View):
    @override
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    def answer(
        self, request: HttpRequest, context: dict[str, object], *, status: int = 200
    ) -> HttpResponse:
        whole = {"toasts": toasts_take(request), **context}
        return render(request, "console/entrance/wecom.html", whole, status=status)


class ScanStartView(_ScanView):
    """Names the brand, then leads to the code to scan. Unknown brands and unbound ones look alike."""

    def get(self, request: HttpRequest) -> HttpResponse:
        then = _inside(request, request.GET.get("next", ""))
        if not request.GET.get("brand"):
            return self.answer(request, {"state": "brand", "form": BrandForm(), "next": then})
        form = BrandForm(request.GET)
        found = scan_corp(form.cleaned_data["brand"]) if form.is_valid() else None
        if found is None:
            form.add_error("brand", _("没有这个品牌，或它没有开通企业微信登录"))
            return self.answer(request, {"state": "brand", "form": form, "next": then}, status=422)
        tenant, corp = found
        url = scan_begin(
            request,
            tenant=tenant,
            corp=corp,
            back=_back_address(request),
            purpose=_SIGN_IN,
            then=then,
        )
        response = self.answer(request, {"state": "scan", "url": url})
        cookie_set(response, BRAND_COOKIE, tenant.slug)
        return response


class ScanBackView(_ScanView):
    """Where WeCom sends the browser back to, with a code."""

    def get(self, request: HttpRequest) -> HttpResponse:
        try:
            scan = scan_finish(
                request, code=request.GET.get("code", ""), state=request.GET.get("state", "")
            )
        except ScanRefused as refusal:
            context: dict[str, object] = {"state": "refused", "text": str(refusal)}
            return self.answer(request, context, status=_REFUSED)
        return self._bound(request, scan) if scan.purpose == _BIND else self._signed(request, scan)

    def _signed(self, request: HttpRequest, scan: Scan) -> HttpResponse:
        operator = operator_scanned(tenant=scan.tenant, userid=scan.userid)
        if operator is None:
            context: dict[str, object] = {"state": "unknown", "userid": scan.userid}
            return self.answer(request, context, status=_UNKNOWN)
        then = scan.then or reverse("console:home", kwargs={"tenant_slug": scan.tenant.slug})
        is_in = entry_take(request, operator, by=SignInBy.WECOM, then=then, brand=scan.tenant.pk)
        response = redirect(then if is_in else "console:second-step")
        cookie_set(response, LANGUAGE_COOKIE, operator.language)
        return response

    def _bound(self, request: HttpRequest, scan: Scan) -> HttpResponse:
        # The state already belongs to this session; a sign-in in between changes the person.
        if not request.user.is_authenticated or request.user.pk != scan.operator_id:
            return redirect("console:sign-in")
        if not scan.userid:
            return self.answer(request, {"state": "unknown", "userid": ""}, status=_UNKNOWN)
        try:
            scanned_bind(
                operator=request.user, tenant=scan.tenant, userid=scan.userid, ip=ip_of(request)
            )
            toast(request, "success", _("已绑定，以后可以扫码登录"))
        except DomainError as refusal:
            toast(request, "error", str(refusal))
        return redirect("account-wecom")


class WeComAccountPage(AccountView):
    """In which brands I may scan instead of typing a password."""

    section: ClassVar[str] = "wecom"
    template_name: ClassVar[str] = "console/account/wecom.html"

    @override
    def context(self) -> dict[str, object]:
        # Whether a brand has WeCom at all is asked when somebody wants to bind: one brand, not each of them.
        return {"places": self.places}

    @override
    def post(self, request: HttpRequest) -> HttpResponse:
        tenant = self._brand(request.POST.get("brand", ""))
        scanned_bind(operator=self.operator, tenant=tenant, userid="", ip=self.ip)
        return self.done(_("已解绑企业微信"))

    def _brand(self, slug: str) -> Any:
        for place in self.places:
            if place.tenant.slug == slug:
                return place.tenant
        raise NotFound


class WeComBindView(WeComAccountPage):
    """Off to the code to scan; the state says that it is for binding."""

    http_method_names = ["get"]

    @override
    def get(self, request: HttpRequest, slug: str = "") -> HttpResponse:
        found = scan_corp(self._brand(slug).slug)
        if found is None:
            toast(request, "warning", _("这个品牌没有接入企业微信"))
            return redirect("account-wecom")
        tenant, corp = found
        back = _back_address(request)
        return redirect(scan_begin(request, tenant=tenant, corp=corp, back=back, purpose=_BIND))


def _inside(request: HttpRequest, asked: str) -> str:
    is_ours = url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if is_ours else ""
