"""The audit log: who did what, from where, with the difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from scrm.console.columns import Column
from scrm.console.filters import ChoiceFilter, Filter, ListQuery, RangeFilter, Sort
from scrm.console.navigation import Item, item_register
from scrm.console.pages.lists import ListPage
from scrm.events.audit import AUDIT_ACTIONS
from scrm.events.audit_selectors import audit_list
from scrm.events.models import AuditLog

if TYPE_CHECKING:
    from django.db.models import QuerySet

_KINDS = {"operator": _("人员"), "api_key": _("API 密钥"), "system": _("系统")}
_SHOWN = 6


def _actor(row: AuditLog) -> SafeString:
    kind = _KINDS.get(row.actor_kind, row.actor_kind)
    return format_html('{} <span class="text-muted">{}</span>', row.actor_label or kind, kind)


def _difference(row: AuditLog) -> SafeString:
    """Only the fields that changed, old value first."""
    names = dict.fromkeys([*row.before, *row.after])
    changed = [name for name in names if row.before.get(name) != row.after.get(name)]
    return format_html_join(
        "",
        '<span class="change"><span class="text-muted">{}</span> {} → {}</span>',
        (
            (name, _value(row.before.get(name)), _value(row.after.get(name)))
            for name in changed[:_SHOWN]
        ),
    )


def _value(value: object) -> str:
    return "—" if value is None else str(value)


class AuditListPage(ListPage):
    """Every write of the brand, newest first; nobody can change a row."""

    permission = "audit.view"
    title = _("审计日志")
    url_name = "audit"
    nav_key = "audit"
    export_kind = "audit"
    noun = _("条")
    search_hint = _("对象编号")
    empty_title = _("还没有记录")
    empty_text = _("人员和 API 密钥的每次修改都会记在这里。")
    empty_icon = "history"
    columns: ClassVar[Sequence[Column]] = (
        Column(key="at", label=_("时间"), kind="datetime"),
        Column(
            key="action",
            label=_("操作"),
            value=lambda row: AUDIT_ACTIONS.get(row.action, row.action),
            is_primary=True,
        ),
        Column(key="actor", label=_("操作者"), kind="html", value=_actor),
        Column(key="object_id", label=_("对象")),
        Column(key="change", label=_("变化"), kind="html", value=_difference),
        Column(key="ip", label=_("来源 IP"), on_phone=False),
        Column(key="request_id", label=_("请求编号"), optional=True),
    )
    filters: ClassVar[Sequence[Filter]] = (
        ChoiceFilter(
            key="action",
            label=_("操作"),
            choices=lambda: sorted(AUDIT_ACTIONS.items(), key=lambda pair: pair[0]),
        ),
        ChoiceFilter(key="kind", label=_("操作者"), choices=list(_KINDS.items())),
        RangeFilter(key="day", label=_("日期"), is_more=False),
    )
    sorts: ClassVar[Sequence[Sort]] = (Sort(key="-at", label=_("最新"), order=("-at", "-id")),)

    @override
    def queryset(self, query: ListQuery) -> QuerySet[AuditLog]:
        return audit_list(
            object_id=query.search,
            actions=query.all("action"),
            actor_kinds=query.all("kind"),
            days=query.dates("day"),
        )


item_register(
    Item(key="audit", section="audit", label=AuditListPage.title, permission="audit.view")
)
