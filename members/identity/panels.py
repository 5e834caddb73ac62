"""What a member's page shows of identifiers."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from members.identity.histories import merges_into
from members.identity.models import ConflictState, Identity, IdentityConflict
from members.identity.selectors import conflicts_of, identities_of
from members.people.models import Member
from members.people.sources import source_label
from scrm.console.columns import Column, table_make
from scrm.console.elements import Person
from scrm.console.pages import ConsolePage
from scrm.console.panels import Panel, panel_register
from scrm.console.workbench import Todo, todo_register

_COLUMNS = (
    Column(key="type", label=_("类型"), value=Identity.get_type_display, is_primary=True),
    Column(key="value", label=_("标识"), value=lambda row: row.value or "••••••"),
    Column(key="scope", label=_("归属"), value="scope"),
    Column(key="source", label=_("来源"), value=lambda row: source_label(row.source)),
    Column(key="seen_at", label=_("首次出现"), kind="datetime"),
    Column(key="verified_at", label=_("验证时间"), kind="datetime"),
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
        label=_("身份"),
        template="members/identity/_tab.html",
        load=_tab,
        permission="members.view",
        order=90,
    )
)


_MERGES = (
    Column(
        key="source",
        label=_("被合并方"),
        kind="person",
        is_primary=True,
        value=lambda row: Person(name=row.source.display_name, note=row.source.member_no),
    ),
    Column(key="cause", label=_("方式"), value=lambda row: row.get_cause_display()),
    Column(key="reason", label=_("原因"), value="reason"),
    Column(key="merged_at", label=_("合并时间"), kind="datetime"),
    Column(key="state", label=_("状态"), value=lambda row: row.get_state_display()),
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
        label=_("合并"),
        template="members/identity/_merges.html",
        load=_merges_tab,
        permission="members.merge",
        order=95,
    )
)


def _doubts(_page: ConsolePage) -> QuerySet[IdentityConflict]:
    return IdentityConflict.objects.filter(state=ConflictState.OPEN)


todo_register(
    Todo(
        key="identity-conflicts",
        label=_("待处理的身份冲突"),
        icon="users",
        permission="members.merge",
        page="identity-conflicts",
        query="state=open",
        rows=_doubts,
        since="occurred_at",
        order=40,
    )
)
