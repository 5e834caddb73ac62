"""The queue of doubts, and one doubt with both members side by side."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.identity.deciding import conflict_apart, conflict_reopen
from members.identity.histories import conflict_get, conflicts_listed
from members.identity.models import ConflictState, IdentityConflict
from members.identity.pages.words import (
    COMPARED,
    CONFLICT_TONES,
    compared,
    name_of,
    person_of,
    tabs,
    type_words,
)
from members.people.models import Member
from members.people.sources import source_label
from scrm.access.scope import scope_refuse
from scrm.console.columns import Column, table_make
from scrm.console.elements import Action, Badge, Crumb
from scrm.console.filters import ChoiceFilter, ListQuery, Sort
from scrm.console.pages import ActPage, ConsolePage, ListPage
from scrm.console.requests import toast
from scrm.console.routes import Nav, page
from scrm.console.undo import UndoKind, undo_offer, undo_register

undo_register(UndoKind(key="members.kept_apart", permission="members.merge", apply=conflict_reopen))


@page(
    "identity/conflicts/",
    name="identity-conflicts",
    nav=Nav(section="members", label=gettext_lazy("身份与合并"), order=20),
)
class ConflictListPage(ListPage):
    """Every doubt."""

    permission = "members.merge"
    template_name = "members/identity/list.html"
    title = gettext_lazy("身份冲突")
    noun = gettext_lazy("个冲突")
    search_hint = gettext_lazy("会员号")
    columns = (
        Column(
            key="kept",
            label=gettext_lazy("会员一"),
            kind="person",
            is_primary=True,
            value=lambda row: person_of(row.kept),
        ),
        Column(
            key="other",
            label=gettext_lazy("会员二"),
            kind="person",
            value=lambda row: person_of(row.other),
        ),
        Column(
            key="types",
            label=gettext_lazy("不一致的标识"),
            value=lambda row: type_words(row.types),
        ),
        Column(
            key="source", label=gettext_lazy("来源"), value=lambda row: source_label(row.source)
        ),
        Column(key="occurred_at", label=gettext_lazy("发现时间"), kind="datetime"),
        Column(
            key="state",
            label=gettext_lazy("状态"),
            kind="status",
            value=lambda row: Badge(row.get_state_display(), CONFLICT_TONES[row.state]),
        ),
    )
    filters = (
        ChoiceFilter(key="state", label=gettext_lazy("状态"), choices=ConflictState.choices),
    )
    sorts = (
        Sort(key="-found", label=gettext_lazy("最新发现"), order=("-occurred_at", "-id")),
        Sort(key="found", label=gettext_lazy("最早发现"), order=("occurred_at", "id")),
    )
    empty_title = gettext_lazy("没有身份冲突")
    empty_text = gettext_lazy("同一条消息指向两个会员时，不会自动合并，会在这里等待处理。")
    empty_icon = "users"

    @property
    def tabs_shown(self) -> list[tuple[str, str, bool]]:
        """The lists of this page."""
        return tabs(self, "identity-conflicts")

    @override
    def queryset(self, query: ListQuery) -> QuerySet[IdentityConflict]:
        return conflicts_listed(search=query.search, states=query.all("state"))

    @override
    def row_label(self, row: IdentityConflict) -> str:
        return f"{row.kept.member_no} {row.other.member_no}"

    @override
    def row_url(self, row: IdentityConflict) -> str:
        return self.url("identity-conflict", conflict_id=row.public_id)


@page("identity/conflicts/<str:conflict_id>/", name="identity-conflict")
class ConflictPage(ConsolePage):
    """One doubt: both members, why, and the two answers."""

    permission = "members.merge"
    nav_key = "identity-conflicts"
    template_name = "members/identity/conflict.html"

    @cached_property
    def doubt(self) -> IdentityConflict:
        scope_refuse()
        return conflict_get(str(self.kwargs["conflict_id"]))

    @override
    def heading(self) -> str:
        one, two = name_of(self.doubt.kept), name_of(self.doubt.other)
        return _("%(one)s 与 %(two)s") % {"one": one, "two": two}

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("身份冲突"), self.url("identity-conflicts"))]

    @override
    def actions(self) -> Sequence[Action]:
        doubt = self.doubt
        if doubt.state != ConflictState.OPEN:
            return ()
        return (
            Action(
                label=_("保持独立"),
                href=self.url("identity-conflict-apart", conflict_id=doubt.public_id),
                icon="x",
                method="post",
            ),
            self._merge(doubt.other, into=doubt.kept, label=_("合并到会员一")),
            self._merge(doubt.kept, into=doubt.other, label=_("合并到会员二")),
        )

    def _merge(self, source: Member, *, into: Member, label: str) -> Action:
        query = urlencode({"source": source.public_id, "conflict": self.doubt.public_id})
        return Action(
            label=label, href=f"{self.url('members-merge', member_id=into.public_id)}?{query}"
        )

    @override
    def context(self) -> dict[str, object]:
        doubt = self.doubt
        facts = [
            (_("不一致的标识"), type_words(doubt.types)),
            (_("来源"), source_label(doubt.source) or "—"),
        ]
        if doubt.decided_at is not None:
            facts += [(_("处理人"), doubt.decided_by or "—"), (_("备注"), doubt.note or "—")]
        return {
            "doubt": doubt,
            "badge": Badge(doubt.get_state_display(), CONFLICT_TONES[doubt.state]),
            "facts": facts,
            "table": table_make(
                caption=str(_("两个会员")),
                columns=COMPARED,
                rows=compared(doubt.kept, doubt.other),
            ),
            "links": [
                (_("打开会员一"), self.url("members-detail", member_id=doubt.kept.public_id)),
                (_("打开会员二"), self.url("members-detail", member_id=doubt.other.public_id)),
            ],
        }


@page("identity/conflicts/<str:conflict_id>/apart/", name="identity-conflict-apart")
class ConflictApartPage(ActPage):
    """They are two people."""

    permission = "members.merge"
    nav_key = "identity-conflicts"

    @override
    def act(self) -> str:
        key = str(self.kwargs["conflict_id"])
        conflict_apart(conflict=key)
        undo = undo_offer(self.request, "members.kept_apart", {"conflict": key})
        toast(self.request, "success", _("已保持独立，相同的消息不再提示"), undo_url=undo)
        return self.url("identity-conflicts") + "?state=open"
