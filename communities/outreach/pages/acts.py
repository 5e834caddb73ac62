"""What can be done to a push: one act, one service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from communities.outreach.forms import StopForm
from communities.outreach.selectors.editor import media_get
from communities.outreach.selectors.lists import push_get
from communities.outreach.services.control import push_refresh, push_remind, push_stop
from communities.outreach.services.drafts import push_cancel, push_delete, push_restore
from scrm.console.pages import ConsolePage, FormPage
from scrm.console.requests import toast
from scrm.console.routes import page
from scrm.console.undo import UndoKind, undo_offer, undo_register


class _Act(ConsolePage):
    """A write without a form of its own; opened by hand it leads to the push."""

    nav_key = "push-list"

    def act(self, push_id: str) -> str:
        """Do it; returns where to go."""
        raise NotImplementedError

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        push = push_get(str(kwargs["push_id"]))
        return self.go(self.url("push-detail", push_id=push.public_id))

    def post(self, _request: HttpRequest, push_id: str) -> HttpResponse:
        return self.go(self.act(push_id))


@page("communities/pushes/<str:push_id>/cancel/", name="push-cancel")
class PushCancelPage(_Act):
    """Call a scheduled push off."""

    permission = "pushes.send"
    title = gettext_lazy("取消推送")

    @override
    def act(self, push_id: str) -> str:
        push_cancel(public_id=push_id)
        toast(self.request, "success", _("已取消"))
        return self.url("push-detail", push_id=push_id)


@page("communities/pushes/<str:push_id>/delete/", name="push-delete")
class PushDeletePage(_Act):
    """Throw a draft away."""

    permission = "pushes.edit"
    title = gettext_lazy("删除草稿")

    @override
    def act(self, push_id: str) -> str:
        undo = undo_offer(self.request, "push.deleted", push_delete(public_id=push_id))
        toast(self.request, "success", _("草稿已删除"), undo_url=undo)
        return self.url("push-list")


def _bring_back(kept: Mapping[str, Any]) -> None:
    push_restore(kept)


undo_register(UndoKind(key="push.deleted", permission="pushes.edit", apply=_bring_back))


@page("communities/pushes/<str:push_id>/remind/", name="push-remind")
class PushRemindPage(_Act):
    """Remind one member of staff (`?sender=`) or all who have not confirmed."""

    permission = "pushes.send"
    title = gettext_lazy("催办")

    @override
    def act(self, push_id: str) -> str:
        tasks = push_remind(public_id=push_id, sender=self.request.GET.get("sender", ""))
        toast(self.request, "success", _("已催办 %(count)s 个任务") % {"count": tasks})
        return self.url("push-detail", push_id=push_id)


@page("communities/pushes/<str:push_id>/refresh/", name="push-refresh")
class PushRefreshPage(_Act):
    """Ask WeCom now."""

    permission = "pushes.send"
    title = gettext_lazy("刷新结果")

    @override
    def act(self, push_id: str) -> str:
        push_refresh(public_id=push_id)
        toast(self.request, "info", _("正在向企微查询结果"))
        return self.url("push-detail", push_id=push_id)


@page("communities/pushes/<str:push_id>/stop/", name="push-stop")
class PushStopPage(FormPage):
    """Stop what has not been sent."""

    permission = "pushes.send"
    nav_key = "push-list"
    title = gettext_lazy("停止未发送")
    form_class = StopForm
    form_intro = "communities/outreach/_stop_intro.html"
    submit_label = gettext_lazy("停止未发送")
    is_danger = True

    @override
    def context(self) -> dict[str, object]:
        return {"push": push_get(str(self.kwargs["push_id"]))}

    @override
    def save(self, form: forms.BaseForm) -> str:
        push_id = str(self.kwargs["push_id"])
        push_stop(public_id=push_id)
        toast(self.request, "success", _("已停止，未确认的群发任务正在撤回"))
        return self.url("push-detail", push_id=push_id)

    @override
    def cancel_url(self) -> str:
        return self.url("push-detail", push_id=str(self.kwargs["push_id"]))


@page("communities/pushes/media/<str:media_id>/", name="push-media")
class PushMediaPage(ConsolePage):
    """A picture of ours, for previews."""

    permission = "pushes.view"
    nav_key = "push-list"
    title = gettext_lazy("图片")

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        media = media_get(str(kwargs["media_id"]))
        return HttpResponse(
            bytes(media.data),
            content_type=media.content_type,
            headers={"X-Content-Type-Options": "nosniff"},
        )
