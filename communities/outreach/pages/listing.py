"""Page 22: every push of the brand, and the recipients of one."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from communities.outreach.models import (
    PUSH_STATES,
    REASONS,
    RECIPIENT_STATES,
    Push,
    PushRecipient,
)
from communities.outreach.pages.words import push_badge, reason_words, recipient_badge
from communities.outreach.selectors.lists import (
    PushCard,
    push_get,
    push_recipients,
    pushes_list,
    staff_names,
)
from communities.outreach.selectors.progress import tallies_of
from scrm.console.columns import Column
from scrm.console.components.basic import meter_html
from scrm.console.elements import Action, Crumb, Person
from scrm.console.filters import ChoiceFilter, ListQuery, Sort
from scrm.console.pages import ListPage
from scrm.console.routes import Nav, page


def _progress(row: PushCard) -> object:
    if row.tally.total == 0:
        return None
    share = row.tally.final * 10_000 // row.tally.total
    return format_html(
        "{} <span class='visually-hidden'>{}</span>",
        meter_html(share, _("进度")),
        f"{share // 100}%",
    )


@page(
    "communities/pushes/",
    name="push-list",
    nav=Nav(section="marketing", label=gettext_lazy("群发与推送"), order=10),
)
class PushListPage(ListPage):
    """Every push, the newest first."""

    permission = "pushes.view"
    title = gettext_lazy("群发与推送")
    noun = gettext_lazy("条推送")
    search_hint = gettext_lazy("推送名称")
    columns = (
        Column(
            key="name", label=gettext_lazy("推送"), is_primary=True, value=lambda row: row.push.name
        ),
        Column(
            key="segment",
            label=gettext_lazy("人群"),
            value=lambda row: row.push.segment.name if row.push.segment else None,
        ),
        Column(
            key="state",
            label=gettext_lazy("状态"),
            kind="status",
            value=lambda row: push_badge(row.push),
        ),
        Column(
            key="at",
            label=gettext_lazy("发送时间"),
            kind="datetime",
            value=lambda row: row.push.deferred_until or row.push.scheduled_at,
        ),
        Column(
            key="total",
            label=gettext_lazy("目标"),
            kind="number",
            value=lambda row: row.tally.total or None,
        ),
        Column(
            key="sent",
            label=gettext_lazy("送达"),
            kind="number",
            value=lambda row: row.tally.sent if row.tally.total else None,
        ),
        Column(
            key="failed",
            label=gettext_lazy("失败"),
            kind="number",
            value=lambda row: row.tally.failed if row.tally.total else None,
        ),
        Column(key="progress", label=gettext_lazy("进度"), kind="html", value=_progress),
        Column(
            key="created_by",
            label=gettext_lazy("创建人"),
            optional=True,
            value=lambda row: row.push.created_by,
        ),
    )
    filters = (ChoiceFilter(key="state", label=gettext_lazy("状态"), choices=PUSH_STATES),)
    sorts = (
        Sort(key="-created", label=gettext_lazy("最新创建"), order=("-created_at", "-id")),
        Sort(key="created", label=gettext_lazy("最早创建"), order=("created_at", "id")),
    )
    empty_title = gettext_lazy("还没有推送")
    empty_text = gettext_lazy("选一个人群，写一段话，由员工发给他们的客户。")
    empty_icon = "send"

    @override
    def queryset(self, query: ListQuery) -> QuerySet[Push]:
        return pushes_list(search=query.search, states=query.all("state"))

    @override
    def rows_make(self, rows: Sequence[Push]) -> Sequence[PushCard]:
        tallies = tallies_of(rows)
        return [PushCard(push=row, tally=tallies[row.pk]) for row in rows]

    @override
    def row_key(self, row: PushCard) -> str:
        return str(row.push.public_id)

    @override
    def row_label(self, row: PushCard) -> str:
        return str(row.push.name)

    @override
    def row_url(self, row: PushCard) -> str:
        name = "push-edit" if row.push.state == "draft" else "push-detail"
        return self.url(name, push_id=row.push.public_id)

    @override
    def actions(self) -> Sequence[Action]:
        return (self._new(),)

    @override
    def empty_action(self) -> Action | None:
        return self._new()

    def _new(self) -> Action:
        return Action(
            label=_("新建推送"),
            href=self.url("push-new"),
            icon="plus",
            is_primary=True,
            permission="pushes.edit",
        )


@page("communities/pushes/<str:push_id>/recipients/", name="push-recipients")
class PushRecipientsPage(ListPage):
    """Who was meant, and what became of each."""

    permission = "pushes.view"
    nav_key = "push-list"
    export_kind = "push_recipients"
    title = gettext_lazy("收件人")
    noun = gettext_lazy("人")
    columns = (
        Column(
            key="person",
            label=gettext_lazy("会员"),
            kind="person",
            is_primary=True,
            value=lambda row: Person(
                name=row.member.display_name or row.member.member_no, note=row.member.member_no
            ),
        ),
        Column(
            key="sender",
            label=gettext_lazy("员工"),
            value=lambda row: getattr(row, "sender_name", row.sender),
        ),
        Column(
            key="state",
            label=gettext_lazy("状态"),
            kind="status",
            value=lambda row: recipient_badge(row.state),
        ),
        Column(
            key="reason",
            label=gettext_lazy("原因"),
            value=lambda row: reason_words(row.reason) if row.reason else None,
        ),
        Column(key="sent_at", label=gettext_lazy("送达时间"), kind="datetime"),
    )
    filters = (
        ChoiceFilter(key="state", label=gettext_lazy("状态"), choices=RECIPIENT_STATES),
        ChoiceFilter(key="reason", label=gettext_lazy("原因"), choices=REASONS),
        ChoiceFilter(
            key="sender", label=gettext_lazy("员工"), is_hidden=True, label_of=lambda value: value
        ),
    )
    sorts = (Sort(key="order", label=gettext_lazy("默认"), order=("id",)),)
    empty_title = gettext_lazy("还没有收件人")
    empty_text = gettext_lazy("推送提交后，这里会列出每一位收件人。")

    @property
    def push_id(self) -> str:
        return str(self.kwargs["push_id"])

    @override
    def export_query(self) -> str:
        return f"{super().export_query()}&push={self.push_id}"

    @override
    def crumbs(self) -> Sequence[Crumb]:
        push = push_get(self.push_id)
        return [
            Crumb(_("群发与推送"), self.url("push-list")),
            Crumb(push.name, self.url("push-detail", push_id=push.public_id)),
        ]

    @override
    def queryset(self, query: ListQuery) -> QuerySet[PushRecipient]:
        return push_recipients(
            self.push_id,
            states=query.all("state"),
            reasons=query.all("reason"),
            sender=query.one("sender"),
        )

    @override
    def rows_make(self, rows: Sequence[PushRecipient]) -> Sequence[PushRecipient]:
        names = staff_names(row.sender for row in rows)
        for row in rows:
            row.sender_name = names.get(row.sender, row.sender)  # type: ignore[attr-defined]
        return rows

    @override
    def row_key(self, row: PushRecipient) -> str:
        return str(row.member.public_id)

    @override
    def row_label(self, row: PushRecipient) -> str:
        return str(row.member.display_name)

    @override
    def row_url(self, row: PushRecipient) -> str:
        return self.url("members-detail", member_id=row.member.public_id)
