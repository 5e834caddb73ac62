"""Page 46, second half: endpoints, their secret (shown once), and what they were told."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from typing_extensions import override

from scrm.console.columns import Column, table_make
from scrm.console.elements import Action, Crumb, Kpi
from scrm.console.filters import ChoiceFilter, Filter, ListQuery, Sort
from scrm.console.pages import ListPage
from scrm.console.pages.base import ConsolePage
from scrm.console.pages.forms import ActPage, FormPage
from scrm.console.requests import toast
from scrm.console.routes import Nav, page
from scrm.console.shell.webhooks import words
from scrm.console.shell.webhooks.forms import ConfirmForm, EndpointForm, ReplayForm
from scrm.console.writing import datetime_text, thousands
from scrm.core import clock
from scrm.webhooks import selectors, services
from scrm.webhooks.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from scrm.webhooks.rules import OVERLAP, WAITS
from scrm.webhooks.switching import host_of

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.forms import BaseForm

_FRESH = "webhook_fresh"


class EndpointRow:
    """An endpoint with the week behind it."""

    def __init__(self, endpoint: WebhookEndpoint, tally: selectors.Tally) -> None:
        self.endpoint, self.tally = endpoint, tally
        self.public_id = endpoint.public_id
        self.host = host_of(endpoint.url)


def _types_text(row: EndpointRow) -> str:
    names = [words.type_words(name) for name in row.endpoint.types]
    shown = "、".join(names[:3])
    more = len(names) - 3
    return (
        str(_("%(shown)s 等 %(count)s 种")) % {"shown": shown, "count": len(names)}
        if more > 0
        else shown
    )


@page(
    "settings/webhooks/", name="webhooks", nav=Nav(section="settings", label=_("Webhook"), order=45)
)
class EndpointListPage(ListPage):
    """Who is told what happens here."""

    permission = "webhooks.view"
    title = _("Webhook")
    noun = _("个")
    empty_title = _("还没有 Webhook")
    empty_text = _("添加接收地址后，会员、订单、积分等事件会带签名推送到您的系统。")
    empty_icon = "arrows-exchange"
    columns: ClassVar[Sequence[Column]] = (
        Column(key="host", label=_("接收方"), is_primary=True),
        Column(key="description", label=_("说明"), value=lambda row: row.endpoint.description),
        Column(
            key="state",
            label=_("状态"),
            kind="status",
            value=lambda row: words.endpoint_state(row.endpoint),
        ),
        Column(key="types", label=_("事件类型"), value=_types_text),
        Column(
            key="delivered",
            label=_("近 7 日送达"),
            kind="number",
            value=lambda row: row.tally.delivered,
        ),
        Column(
            key="failed", label=_("近 7 日失败"), kind="number", value=lambda row: row.tally.failed
        ),
        Column(
            key="waiting",
            label=_("等待中"),
            kind="number",
            value=lambda row: row.tally.waiting,
            on_phone=False,
        ),
        Column(
            key="heard_at",
            label=_("最近送达"),
            kind="datetime",
            value=lambda row: row.endpoint.heard_at,
            on_phone=False,
        ),
    )
    sorts: ClassVar[Sequence[Sort]] = (
        Sort(key="-created", label=_("最新添加"), order=("-created_at", "-id")),
    )

    @override
    def queryset(self, query: ListQuery) -> QuerySet[WebhookEndpoint]:
        return selectors.endpoints_list()

    @override
    def rows_make(self, rows: Sequence[WebhookEndpoint]) -> Sequence[EndpointRow]:
        tallies = selectors.tallies([row.pk for row in rows])
        return [EndpointRow(row, tallies[row.pk]) for row in rows]

    @override
    def row_label(self, row: EndpointRow) -> str:
        return row.host

    @override
    def row_url(self, row: EndpointRow) -> str:
        return self.url("webhook", endpoint_id=row.public_id)

    def _new(self) -> Action:
        return Action(
            label=_("添加 Webhook"),
            href=self.url("webhook-new"),
            icon="plus",
            is_primary=True,
            permission="webhooks.edit",
        )

    @override
    def actions(self) -> Sequence[Action]:
        return [self._new()]

    @override
    def empty_action(self) -> Action | None:
        return self._new()


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
        self.request.session[_FRESH] = made.endpoint.public_id
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
        self.request.session[_FRESH] = made.endpoint.public_id
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


@page("settings/webhooks/<str:endpoint_id>/", name="webhook")
class EndpointPage(ListPage):
    """One endpoint: how it is, and its delivery log."""

    permission = "webhooks.view"
    nav_key = "webhooks"
    template_name = "console/shell/webhooks/endpoint.html"
    noun = _("条投递")
    empty_title = _("还没有投递")
    empty_text = _("所选事件发生后会出现在这里；也可以先发送一条测试消息。")
    empty_icon = "send"
    columns: ClassVar[Sequence[Column]] = (
        Column(
            key="type",
            label=_("事件"),
            value=lambda row: words.type_words(row.type),
            is_primary=True,
        ),
        Column(key="state", label=_("状态"), kind="status", value=words.delivery_state),
        Column(key="status", label=_("应答码")),
        Column(key="attempts", label=_("尝试次数"), kind="number", on_phone=False),
        Column(key="note", label=_("结果说明"), value=words.delivery_note),
        Column(key="created_at", label=_("产生时间"), kind="datetime"),
        Column(key="ended_at", label=_("结束时间"), kind="datetime", on_phone=False),
        Column(
            key="message",
            label="webhook-id",
            value=lambda row: row.message.public_id,
            optional=True,
        ),
    )
    filters: ClassVar[Sequence[Filter]] = (
        ChoiceFilter(key="state", label=_("状态"), choices=DeliveryState.choices),
        ChoiceFilter(
            key="type",
            label=_("事件类型"),
            choices=lambda: [(found.name, found.label) for found in selectors.types_list()],
        ),
    )
    sorts: ClassVar[Sequence[Sort]] = (
        Sort(key="-created", label=_("最新"), order=("-created_at", "-id")),
    )

    @property
    def endpoint(self) -> WebhookEndpoint:
        """The endpoint; NotFound for an unknown one, read once."""
        if not hasattr(self, "_endpoint"):
            self._endpoint = selectors.endpoint_get(self.kwargs["endpoint_id"])
        return self._endpoint

    @override
    def queryset(self, query: ListQuery) -> QuerySet[WebhookDelivery]:
        return selectors.deliveries_of(
            self.endpoint, states=query.all("state"), types=query.all("type")
        )

    @override
    def heading(self) -> str:
        return host_of(self.endpoint.url)

    @override
    def subtitle(self) -> str:
        return self.endpoint.description

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("Webhook"), self.url("webhooks"))]

    @override
    def row_label(self, row: WebhookDelivery) -> str:
        return words.type_words(row.type)

    @override
    def row_url(self, row: WebhookDelivery) -> str:
        return self.url("webhook-delivery", delivery_id=row.public_id)

    def _link(self, name: str) -> str:
        return self.url(name, endpoint_id=self.endpoint.public_id)

    @override
    def actions(self) -> Sequence[Action]:
        return [
            Action(
                label=_("修改"),
                href=self._link("webhook-edit"),
                icon="edit",
                permission="webhooks.edit",
            ),
            Action(
                label=_("发送测试"),
                href=self._link("webhook-test"),
                icon="send",
                method="post",
                is_primary=True,
                permission="webhooks.edit",
            ),
        ]

    @override
    def context(self) -> dict[str, object]:
        endpoint = self.endpoint
        tally = selectors.tallies([endpoint.pk])[endpoint.pk]
        failed = f"{self._link('webhook')}?state=failed"
        return {
            "endpoint": endpoint,
            "secret": self._secret_once(),
            "state": words.endpoint_state(endpoint),
            "is_resting": selectors.is_resting(endpoint),
            "types": [(name, words.type_words(name)) for name in endpoint.types],
            "has_old_secret": endpoint.old_secret_until is not None
            and endpoint.old_secret_until > clock.now(),
            "figures": [
                Kpi(label=_("近 7 日送达"), value=thousands(tally.delivered)),
                Kpi(label=_("近 7 日失败"), value=thousands(tally.failed), href=failed),
                Kpi(label=_("等待中"), value=thousands(tally.waiting)),
                Kpi(
                    label=_("最近送达"),
                    value=datetime_text(endpoint.heard_at) if endpoint.heard_at else "—",
                ),
            ],
            "may_edit": self.may("webhooks.edit"),
            "most_tries": len(WAITS),
        }

    def _secret_once(self) -> str:
        """The fresh secret on the first look after it was made; nothing ever after."""
        if (
            not self.may("webhooks.edit")
            or self.request.session.get(_FRESH) != self.endpoint.public_id
        ):
            return ""
        del self.request.session[_FRESH]
        return self.endpoint.secret


@page("settings/webhooks/deliveries/<str:delivery_id>/", name="webhook-delivery")
class DeliveryPage(ConsolePage):
    """One delivery: what it says and every attempt."""

    permission = "webhooks.view"
    nav_key = "webhooks"
    template_name = "console/shell/webhooks/delivery.html"
    fragment_name = "console/shell/webhooks/_delivery.html"

    @property
    def row(self) -> WebhookDelivery:
        """The delivery; NotFound for an unknown one, read once."""
        if not hasattr(self, "_row"):
            self._row = selectors.delivery_get(self.kwargs["delivery_id"])
        return self._row

    @override
    def heading(self) -> str:
        return words.type_words(self.row.type)

    @override
    def crumbs(self) -> Sequence[Crumb]:
        endpoint = self.row.endpoint
        return [
            Crumb(_("Webhook"), self.url("webhooks")),
            Crumb(host_of(endpoint.url), self.url("webhook", endpoint_id=endpoint.public_id)),
        ]

    @override
    def context(self) -> dict[str, object]:
        row = self.row
        is_live = row.state in {DeliveryState.PENDING, DeliveryState.CLAIMED}
        return {
            "row": row,
            "badge": words.delivery_state(row),
            "note": words.delivery_note(row),
            "body": json.dumps(json.loads(row.message.body), ensure_ascii=False, indent=2),
            "is_live": is_live and not row.tries,
            "may_replay": self.may("webhooks.edit") and not is_live,
            "replay_url": self.url("webhook-delivery-replay", delivery_id=row.public_id),
            "attempts": table_make(
                caption=str(_("每次尝试")),
                columns=(
                    Column(key="number", label=_("次序"), kind="number", is_primary=True),
                    Column(key="at", label=_("时间"), kind="datetime"),
                    Column(
                        key="outcome", label=_("结果"), kind="status", value=words.attempt_result
                    ),
                    Column(key="status", label=_("应答码")),
                    Column(
                        key="duration_ms",
                        label=_("耗时（毫秒）"),
                        kind="number",
                    ),
                    Column(
                        key="error",
                        label=_("说明"),
                        value=lambda call: words.error_words(call.error),
                    ),
                ),
                rows=selectors.attempts_of(row),
            ),
        }
