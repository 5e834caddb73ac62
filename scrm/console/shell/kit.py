"""Every component in every state: the target of the axe and screenshot tests. Never in production."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from typing_extensions import override

from scrm.console.elements import Crumb
from scrm.console.requests import STOP_POLLING, trigger, wants_fragment
from scrm.console.shell import kit_samples as samples
from scrm.console.shell import kit_states as states
from scrm.console.shell.frame import Frame, Preferences
from scrm.console.shell.kit_list import KitRows
from scrm.core import clock


class KitView(KitRows):
    """The kit needs no brand and no sign-in: everything on it is made up."""

    template_name = "console/kit.html"
    nav_key = "kit"

    @override
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with timezone.override("Asia/Shanghai"):
            if request.method != "GET":
                raise Http404
            response = self.answer(
                {
                    "samples": samples,
                    "states": states,
                    "form": samples.form_bad(),
                    "now": clock.now(),
                }
            )
        response.headers["Cache-Control"] = "no-store"
        patch_vary_headers(response, ["HX-Request", "HX-Target"])
        return response

    @override
    def heading(self) -> str:
        return _("组件库")

    @override
    def subtitle(self) -> str:
        return _("每个组件的每种状态 · 数据均为虚构")

    @override
    def document_title(self) -> str:
        return _("组件库")

    @override
    def crumbs(self) -> list[Crumb]:
        return [Crumb(_("首页"), "/console/"), Crumb(_("内部工具"))]

    @override
    def may(self, permission: str) -> bool:
        return True

    @override
    def url(self, name: str, **arguments: str | int) -> str:
        return "/console/kit/part/drawer/"

    @override
    def frame(self) -> Frame:
        return samples.frame(Preferences.of(self.request))


class KitPart(KitView):
    """What the kit's drawers, tabs and bars fetch."""

    @override
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with timezone.override("Asia/Shanghai"):
            return self._part(request, str(kwargs["part"]))

    def _part(self, request: HttpRequest, part: str) -> HttpResponse:
        if part == "job" and wants_fragment(request):
            seen = min(int(request.COOKIES.get("kit_job", "0")) + 1, 4)
            job = samples.job_running(quarter=seen)
            over = job.state == "done"
            response = render(
                request,
                "console/shell/_job.html",
                {"job": job},
                status=STOP_POLLING if over else 200,
            )
            response.set_cookie(
                "kit_job", "0" if over else str(seen), samesite="Lax", httponly=True
            )
            return response
        if part == "drawer":
            return render(request, "console/kit_drawer.html", {"samples": samples})
        if part == "form":
            return render(
                request,
                "console/form/_form.html",
                {"page": self, "form": samples.form_empty()},
                status=422 if request.method == "POST" else 200,
            )
        if part == "broken":
            return HttpResponse(status=500)
        if part == "undo":
            response = HttpResponse(status=204)
            return trigger(response, toast=[{"level": "info", "text": "已撤销", "undo": ""}])
        if part == "branch":
            return render(request, "console/kit_branch.html", {"nodes": samples.branch()})
        raise Http404

    is_in_drawer = True
    shell_target = "drawer-body"
    submit_label = "保存"
