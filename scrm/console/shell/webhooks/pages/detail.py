"""One endpoint with its delivery log, and one delivery with every attempt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from scrm.console.columns import Column, table_make
from scrm.console.elements import Action, Crumb, Kpi
from scrm.console.filters import ChoiceFilter, Filter, ListQuery, Sort
from scrm.console.pages import ListPage
from scrm.console.pages.base import ConsolePage
from scrm.console.routes import page
from scrm.console.shell.webhooks import words
from scrm.console.shell.webhooks.words import FRESH
from scrm.console.writing import datetime_text, thousands
from scrm.core import clock
from scrm.webhooks import selectors
from scrm.webhooks.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from scrm.webhooks.rules import WAITS
from scrm.webhooks.switching import host_of

if TYPE_CHECKING:
    from django.db.models import QuerySet


def _address(endpoint: WebhookEndpoint, *, whole: bool) -> str:
    """Path and query are often as good as a password: whoever may not change them reads the host."""
    return endpoint.url if whole else host_of(endpoint.url)


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
            "address": _address(endpoint, whole=self.may("webhooks.edit")),
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
            or self.request.session.get(FRESH) != self.endpoint.public_id
        ):
            return ""
        del self.request.session[FRESH]
        return str(self.endpoint.secret)


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
        is_waiting = row.state == DeliveryState.PENDING and row.tries > 0
        is_live = row.state in {DeliveryState.PENDING, DeliveryState.CLAIMED} and not is_waiting
        return {
            "row": row,
            "badge": words.delivery_state(row),
            "note": words.delivery_note(row),
            "body": json.dumps(json.loads(row.message.body), ensure_ascii=False, indent=2),
            "is_live": is_live,
            "address": _address(row.endpoint, whole=self.may("webhooks.edit")),
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
