"""The door every console page goes through, and how pages answer."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views import View
from typing_extensions import override

from scrm.access.mfa import mfa_pending
from scrm.access.permissions import PERMISSIONS
from scrm.access.scope import scope_entered, scope_of_data
from scrm.access.signin.sessions import session_brand
from scrm.console.elements import Action, Crumb
from scrm.console.gate import is_allowed, memberships_of
from scrm.console.requests import (
    ConsoleRequest,
    htmx_target,
    is_htmx,
    toast,
    toasts_take,
    trigger,
    wants_fragment,
)
from scrm.console.routes import page_url
from scrm.console.shell.frame import Frame, frame_for
from scrm.core.errors import DomainError, ErrorKind
from scrm.events.actor import acting_as
from scrm.tenants.context import tenant_scope
from scrm.tenants.flags import owner_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrm.access.models import Operator

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class ConsolePage(View):
    """A page of one brand for people who serve it.

    Strangers and unknown brands get the same 404; colleagues without the permission get 403. The
    page runs inside the tenant's scope, one transaction, the operator as actor and their language.
    """

    permission: ClassVar[str]
    title: ClassVar[str | Promise] = ""
    template_name: ClassVar[str] = ""
    # Served instead of the page when htmx asks for a part; "file.html#partial" or a whole file.
    fragment_name: ClassVar[str] = ""
    url_name: ClassVar[str] = ""
    nav_key: ClassVar[str] = ""
    # False for pages whose service talks to the network: they open short transactions themselves.
    holds_transaction: ClassVar[bool] = True
    http_method_names = ["get", "post", "head"]

    request: ConsoleRequest

    # -- the door ---------------------------------------------------------------------------------

    @override
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            response: HttpResponseBase = self._to_sign_in(request)
        else:
            response = self._as_operator(cast("ConsoleRequest", request), *args, **kwargs)
        response.headers["Cache-Control"] = "no-store"
        patch_vary_headers(cast("HttpResponse", response), ["HX-Request", "HX-Target"])
        return response

    def _to_sign_in(self, request: HttpRequest) -> HttpResponse:
        if is_htmx(request):
            # A fragment of the sign-in page inside a list helps nobody: reload the whole page.
            return HttpResponse(status=401, headers={"HX-Refresh": "true"})
        return redirect_to_login(request.get_full_path(), reverse("console:sign-in"))

    def _to_second_factor(self, request: HttpRequest) -> HttpResponse:
        url = reverse("console:account-second-factor")
        if is_htmx(request):
            return HttpResponse(status=403, headers={"HX-Redirect": url})
        return redirect(url)

    def _as_operator(
        self, request: ConsoleRequest, tenant_slug: str, **kwargs: Any
    ) -> HttpResponseBase:
        operator = cast("Operator", request.user)
        with translation.override(operator.language):
            request.operator = operator
            request.memberships = memberships_of(operator, only=session_brand(request))
            found = [here for here in request.memberships if here.tenant.slug == tenant_slug]
            if not found:
                return render(request, "404.html", status=404)
            if mfa_pending(request, request.memberships):
                return self._to_second_factor(request)
            request.membership, request.tenant = found[0], found[0].tenant
            try:
                return self._inside(request, **kwargs)
            except Http404:
                return render(request, "404.html", status=404)
            except DomainError as refusal:
                return self.refused(refusal)

    def _inside(self, request: ConsoleRequest, **kwargs: Any) -> HttpResponseBase:
        """Run the handler inside scope, actor, zone and transaction."""
        operator = request.operator
        with ExitStack() as stack:
            stack.enter_context(tenant_scope(request.tenant))
            stack.enter_context(scope_entered(scope_of_data(request.membership.data_scope)))
            stack.enter_context(timezone.override(request.tenant.timezone))
            stack.enter_context(
                acting_as(
                    kind="operator",
                    id=str(operator.pk),
                    label=request.membership.acting_label,
                    ip=request.META.get("REMOTE_ADDR", ""),
                    request_id=getattr(request, "request_id", ""),
                    is_visitor=request.membership.is_platform_entry,
                )
            )
            if self.holds_transaction:
                stack.enter_context(transaction.atomic())
            if not owner_on(type(self)):
                return render(request, "404.html", status=404)  # the module is switched off
            if not self.may(self.permission):
                wanted = {"wanted": PERMISSIONS[self.permission].label}
                return render(request, "403.html", wanted, status=403)
            return super().dispatch(request, **kwargs)

    def refused(self, refusal: DomainError) -> HttpResponse:
        """Show a domain refusal: as a page when the thing is not there, else as a toast in place."""
        if refusal.kind is ErrorKind.NOT_FOUND:
            return render(self.request, "404.html", status=404)
        if refusal.kind is ErrorKind.FORBIDDEN:
            return render(self.request, "403.html", status=403)
        if is_htmx(self.request):
            response = HttpResponse(status=refusal.kind.value, headers={"HX-Reswap": "none"})
            return trigger(response, toast=[{"level": "error", "text": str(refusal), "undo": ""}])
        if self.request.method in _SAFE:
            return render(
                self.request,
                "console/refused.html",
                {"refusal": refusal},
                status=refusal.kind.value,
            )
        toast(self.request, "error", str(refusal))
        return redirect(self._saying_so())

    def _saying_so(self) -> str:
        """Where a refused post ends: on this page, or for an act where its button was pressed."""
        if self.template_name and "get" in self.http_method_names:
            return self.request.get_full_path()
        came_from = self.request.headers.get("Referer", "")
        is_ours = url_has_allowed_host_and_scheme(
            came_from, allowed_hosts={self.request.get_host()}
        )
        return came_from if is_ours else self.url("home")

    # -- what subclasses use ----------------------------------------------------------------------

    def may(self, permission: str) -> bool:
        return is_allowed(self.request.membership, permission)

    def url(self, name: str, **arguments: str | int) -> str:
        """The address of another page of this brand."""
        return page_url(self.request.tenant.slug, name, **arguments)

    def heading(self) -> str:
        """The h1; override when it is the name of the thing shown."""
        return str(self.title)

    def subtitle(self) -> str:
        """One line below: freshness (数据截至 …) or status."""
        return ""

    def actions(self) -> Sequence[Action]:
        """At most two, the most important last; those without permission are left out."""
        return ()

    def crumbs(self) -> Sequence[Crumb]:
        """The way here above this page, without the page itself; top pages need none."""
        return ()

    def context(self) -> dict[str, object]:
        """What the template needs beside `page` and `frame`."""
        return {}

    # -- answering --------------------------------------------------------------------------------

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.template_name:
            return HttpResponseNotAllowed(["POST"])  # an act or a part: nothing to look at
        return self.answer(self.context())

    def answer(self, context: dict[str, object], *, status: int = 200) -> HttpResponse:
        """The whole page, or its fragment when htmx asked for a part."""
        fragment = self.fragment_for(htmx_target(self.request))
        if wants_fragment(self.request) and fragment:
            return self.fragment(fragment, context, status=status)
        return render(
            self.request,
            self.template_name,
            {**context, "page": self, "frame": self.frame(), "toasts": toasts_take(self.request)},
            status=status,
        )

    def fragment(
        self, template: str, context: dict[str, object] | None = None, *, status: int = 200
    ) -> HttpResponse:
        """Render one part; waiting toasts travel in a header."""
        response = render(self.request, template, {**(context or {}), "page": self}, status=status)
        waiting = toasts_take(self.request)
        return trigger(response, toast=waiting) if waiting else response

    def fragment_for(self, target: str) -> str:
        """Which template answers a request for the element with this id."""
        return self.fragment_name

    def frame(self) -> Frame:
        return frame_for(self.request, nav_key=self.nav_key)

    def go(self, url: str) -> HttpResponse:
        """Leave for another page after a write, also out of a drawer."""
        if wants_fragment(self.request):
            return HttpResponse(status=204, headers={"HX-Redirect": url})
        return redirect(url)

    def visible_actions(self) -> list[Action]:
        return [action for action in self.actions() if self.may(action.permission)]

    def document_title(self) -> str:
        return _("%(page)s - %(brand)s") % {
            "page": self.heading(),
            "brand": self.request.tenant.name,
        }
