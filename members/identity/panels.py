"""What a member's page shows of identifiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.identity.histories import merges_into
from members.identity.models import ConflictState, Identity, IdentityConflict
from members.identity.selectors import conflicts_of, identities_of
from members.people.models import Member
from members.people.sources import source_label
from scrm.console.columns import Column, table_make
from scrm.console.elements import Person, TimelineEntry
from scrm.console.pages import ConsolePage
from scrm.console.panels import Panel, TimelineSource, panel_register, timeline_register
from scrm.console.workbench import Todo, todo_register

_COLUMNS = (
    Column(
        key="type", label=gettext_lazy("类型"), value=Identity.get_type_display, is_primary=True
    ),
    Column(key="value", label=gettext_lazy("标识"), value=lambda row: row.value or "••••••"),
    Column(key="scope", label=gettext_lazy("归属"), value="scope"),
    Column(key="source", label=gettext_lazy("来源"), value=lambda row: source_label(row.source)),
    Column(key="seen_at", label=gettext_lazy("首次出现"), kind="datetime"),
    Column(key="verified_at", label=gettext_lazy("验证时间"), kind="datetime"),
)


def _tab(member_id: int) -> Mapping[str, object]:
    return {
        "table": table_make(
            caption=str(_("身份标识")), columns=_COLUMNS, rows=identities_of(member_id)
        ),
        "conflicts": conflicts_of(member_id),
    }


panel_register(
    Panel(
        key="identity",
        slot="tab",
        label=gettext_lazy("身份"),
        template="members/identity/_tab.html",
        load=_tab,
        permission="members.view",
        order=90,
    )
)


_MERGES = (
    Column(
        key="source",
        label=gettext_lazy("被合并方"),
        kind="person",
        is_primary=True,
        value=lambda row: Person(name=row.source.display_name, note=row.source.member_no),
    ),
    Column(key="cause", label=gettext_lazy("方式"), value=lambda row: row.get_cause_display()),
    Column(key="reason", label=gettext_lazy("原因"), value="reason"),
    Column(key="merged_at", label=gettext_lazy("合并时间"), kind="datetime"),
    Column(key="state", label=gettext_lazy("状态"), value=lambda row: row.get_state_display()),
)


def _merges_tab(member_id: int) -> Mapping[str, object]:
    merges = list(merges_into(member_id))
    caption = str(_("合并记录"))
    return {
        "member": Member.objects.get(pk=member_id),
        "merges": merges,
        "table": table_make(caption=caption, columns=_MERGES, rows=merges),
    }


panel_register(
    Panel(
        key="merges",
        slot="tab",
        label=gettext_lazy("合并"),
        template="members/identity/_merges.html",
        load=_merges_tab,
        permission="members.merge",
        order=95,
    )
)


def _doubts(_page: ConsolePage) -> QuerySet[IdentityConflict]:
    return IdentityConflict.objects.filter(state=ConflictState.OPEN)


def _timeline(member_id: int, before: datetime, limit: int) -> Sequence[TimelineEntry]:
    """Who became one with the member, and who was parted again: a handful."""
    found = []
    for merge in merges_into(member_id):
        values = {"name": merge.source.display_name or merge.source.member_no}
        found.append((merge.merged_at, _("合并了 %(name)s") % values, merge.reason, "users"))
        if merge.reverted_at is not None:
            words = _("与 %(name)s 拆分") % values
            found.append((merge.reverted_at, words, merge.revert_reason, "affiliate"))
    past = sorted((each for each in found if each[0] < before), reverse=True)
    return [
        TimelineEntry(at=at, title=title, body=reason, icon=icon, tone="info", kind="merge")
        for at, title, reason, icon in past[:limit]
    ]


timeline_register(
    TimelineSource(
        key="merges",
        label=gettext_lazy("合并"),
        load=_timeline,
        permission="members.view",
        order=65,
    )
)
todo_register(
    Todo(
        key="identity-conflicts",
        label=gettext_lazy("待处理的身份冲突"),
        icon="users",
        permission="members.merge",
        page="identity-conflicts",
        query="state=open",
        rows=_doubts,
        since="occurred_at",
        order=40,
    )
)
