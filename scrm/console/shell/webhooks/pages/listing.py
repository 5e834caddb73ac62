"""Every endpoint with the week behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext as _plain
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from scrm.console.columns import Column
from scrm.console.elements import Action
from scrm.console.filters import ListQuery, Sort
from scrm.console.pages import ListPage
from scrm.console.routes import Nav, page
from scrm.console.shell.webhooks import words
from scrm.webhooks import selectors
from scrm.webhooks.models import WebhookEndpoint
from scrm.webhooks.switching import host_of

if TYPE_CHECKING:
    from django.db.models import QuerySet


class EndpointRow:
    """An endpoint with the week behind it."""

    def __init__(self, endpoint: WebhookEndpoint, tally: selectors.Tally) -> None:
        self.endpoint, self.tally = endpoint, tally
        self.public_id = endpoint.public_id
        self.host = host_of(endpoint.url)


def _types_text(row: EndpointRow) -> str:
    names = [words.type_words(name) for name in row.endpoint.types]
    shown = _plain("、").join(names[:3])
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
