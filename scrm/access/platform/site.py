"""The platform's own desk: a stock Django admin for platform staff with a second factor, and nobody else.

It shows platform tables only. Whoever has to look into a brand enters it by a form that asks for a reason,
writes it into that brand's audit log and opens the ordinary console for an hour.
"""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from scrm.access.mfa import mfa_shown
from scrm.access.platform.entries import may_serve_platform


class PlatformSite(AdminSite):
    """Shut to everybody who has not shown a second factor, administrators of brands included."""

    site_header = _("平台管理")
    site_title = _("平台管理")
    index_title = _("品牌与人员")
    site_url = "/console/"
    enable_nav_sidebar = False

    @override
    def has_permission(self, request: HttpRequest) -> bool:
        if not request.user.is_authenticated:
            return False
        return mfa_shown(request) and may_serve_platform(request.user)

    @override
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Signing in is the console's; who is signed in and not of the platform finds nothing here."""
        if not request.user.is_authenticated:
            return redirect_to_login(
                reverse("admin:index", current_app=self.name), reverse("console:sign-in")
            )
        operator = request.user
        if operator.is_active and operator.is_platform_staff and not mfa_shown(request):
            return redirect("console:account-second-factor")
        raise Http404

    @override
    def password_change(  # type: ignore[override]  # Django redirects from it too
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("console:account-password")


site = PlatformSite(name="platform")
