"""Add, change, switch, rotate, remove; test and send again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from typing_extensions import override

from scrm.console.elements import Crumb
from scrm.console.pages.forms import ActPage, FormPage
from scrm.console.requests import toast
from scrm.console.routes import page
from scrm.console.shell.webhooks.forms import ConfirmForm, EndpointForm, ReplayForm
from scrm.console.shell.webhooks.words import FRESH
from scrm.console.writing import thousands
from scrm.core import clock
from scrm.webhooks import selectors, services
from scrm.webhooks.rules import OVERLAP
from scrm.webhooks.switching import host_of

if TYPE_CHECKING:
    from django.forms import BaseForm


class _Form(FormPage):
    """Forms of endpoints: they resolve names, so they open their transactions after that."""

    permission = "webhooks.edit"
    nav_key = "webhooks"
    holds_transaction = False

    @override
    def crumbs(self) -> Sequence[Crumb]:
        found = [Crumb(_("Webhook"), self.url("webhooks"))]
        if "endpoint_id" in self.kwargs:
            endpoint = selectors.endpoint_get(self.kwargs["endpoint_id"])
            found.append(Crumb(host_of(endpoint.url), self.cancel_url()))
        return found

    @override
    def cancel_url(self) -> str:
        if "endpoint_id" in self.kwargs:
            return self.url("webhook", endpoint_id=self.kwargs["endpoint_id"])
        return self.url("webhooks")


@page("settings/webhooks/new/", name="webhook-new")
class EndpointNewPage(_Form):
    """Add an endpoint; the next page shows its secret, once."""

    title = _("添加 Webhook")
    form_class = EndpointForm
    submit_label = _("添加")

    @override
    def save(self, form: BaseForm) -> str:
        made = services.endpoint_create(**form.cleaned_data)
        self.request.session[FRESH] = made.endpoint.public_id
        toast(self.request, "success", str(_("已添加，请保存签名密钥")))
        return self.url("webhook", endpoint_id=made.endpoint.public_id)


@page("settings/webhooks/<str:endpoint_id>/edit/", name="webhook-edit")
class EndpointEditPage(_Form):
    """Change address, event types or description."""

    title = _("修改 Webhook")
    form_class = EndpointForm

    @override
    def initial(self) -> Mapping[str, Any]:
        endpoint = selectors.endpoint_get(self.kwargs["endpoint_id"])
        return {
            "url": endpoint.url,
            "description": endpoint.description,
            "types": endpoint.types,
        }

    @override
    def save(self, form: BaseForm) -> str:
        services.endpoint_change(public_id=self.kwargs["endpoint_id"], changes=form.cleaned_data)
        toast(self.request, "success", str(_("已保存")))
        return self.cancel_url()


@page("settings/webhooks/<str:endpoint_id>/rotate/", name="webhook-rotate")
class RotatePage(_Form):
    """A new secret beside the old one."""

    title = _("轮换签名密钥")
    form_class = ConfirmForm
    form_intro = "console/shell/webhooks/_rotate.html"
    submit_label = _("生成新密钥")

    @override
    def context(self) -> dict[str, object]:
        return {"hours": int(OVERLAP.total_seconds()) // 3600}

    @override
    def save(self, form: BaseForm) -> str:
        made = services.secret_rotate(public_id=self.kwargs["endpoint_id"])
        self.request.session[FRESH] = made.endpoint.public_id
        toast(self.request, "success", str(_("已生成新密钥，请保存")))
        return self.cancel_url()


@page("settings/webhooks/<str:endpoint_id>/remove/", name="webhook-remove")
class RemovePage(_Form):
    """Remove an endpoint for good."""

    title = _("删除 Webhook")
    form_class = ConfirmForm
    form_intro = "console/shell/webhooks/_remove.html"
    submit_label = _("删除")
    is_danger = True

    @override
    def save(self, form: BaseForm) -> str:
        services.endpoint_remove(public_id=self.kwargs["endpoint_id"])
        toast(self.request, "success", str(_("已删除")))
        return self.url("webhooks")


@page("settings/webhooks/<str:endpoint_id>/replay/", name="webhook-replay")
class ReplayPage(_Form):
    """Send everything again that failed since a time."""

    title = _("重新发送失败的投递")
    form_class = ReplayForm
    submit_label = _("重新发送")

    @override
    def initial(self) -> Mapping[str, Any]:
        return {"since": timezone.localtime(clock.now() - timedelta(days=1))}

    @override
    def save(self, form: BaseForm) -> str:
        count = services.failed_replay(
            public_id=self.kwargs["endpoint_id"], since=form.cleaned_data["since"]
        )
        text = ngettext("%(count)s 条投递重新排队", "%(count)s 条投递重新排队", count)
        toast(self.request, "success" if count else "info", text % {"count": thousands(count)})
        return self.cancel_url()


class _Act(ActPage):
    permission = "webhooks.edit"
    nav_key = "webhooks"


@page("settings/webhooks/<str:endpoint_id>/test/", name="webhook-test")
class TestAct(_Act):
    """Send a test message."""

    @override
    def act(self) -> str:
        row = services.endpoint_test(public_id=self.kwargs["endpoint_id"])
        toast(self.request, "success", str(_("测试消息已排队，结果会显示在这里")))
        return self.url("webhook-delivery", delivery_id=row.public_id)


@page("settings/webhooks/<str:endpoint_id>/pause/", name="webhook-pause")
class PauseAct(_Act):
    """Stop telling it."""

    @override
    def act(self) -> str:
        public_id = self.kwargs["endpoint_id"]
        services.endpoint_switch(public_id=public_id, is_active=False)
        toast(
            self.request,
            "success",
            str(_("已停用")),
            undo_url=self.url("webhook-resume", endpoint_id=public_id),
        )
        return self.url("webhook", endpoint_id=public_id)


@page("settings/webhooks/<str:endpoint_id>/resume/", name="webhook-resume")
class ResumeAct(_Act):
    """Tell it again."""

    @override
    def act(self) -> str:
        services.endpoint_switch(public_id=self.kwargs["endpoint_id"], is_active=True)
        toast(self.request, "success", str(_("已启用")))
        return self.url("webhook", endpoint_id=self.kwargs["endpoint_id"])


@page("settings/webhooks/deliveries/<str:delivery_id>/replay/", name="webhook-delivery-replay")
class DeliveryReplayAct(_Act):
    """Send one delivery again."""

    @override
    def act(self) -> str:
        services.delivery_replay(public_id=self.kwargs["delivery_id"])
        toast(self.request, "success", str(_("已重新排队")))
        return self.url("webhook-delivery", delivery_id=self.kwargs["delivery_id"])
