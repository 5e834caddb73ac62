"""The audit log: who did what, from where, with the difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from scrm.console.columns import Column, table_make
from scrm.console.elements import Crumb
from scrm.console.filters import Filter, ListQuery, Sort
from scrm.console.navigation import Item, item_register
from scrm.console.pages.base import ConsolePage
from scrm.console.pages.lists import ListPage
from scrm.console.routes import page
from scrm.console.shell.auditing import words
from scrm.console.shell.auditing.narrowing import FILTERS, rows_of
from scrm.events.audit_selectors import audit_get
from scrm.events.models import AuditLog

if TYPE_CHECKING:
    from django.db.models import QuerySet

_SHOWN = 6


def _difference(row: AuditLog) -> SafeString:
    """The first of the fields that changed, old value first."""
    return format_html_join(
        "",
        '<span class="change"><span class="text-muted">{}</span> {} → {}</span>',
        ((found.label, found.before, found.after) for found in words.differences(row)[:_SHOWN]),
    )


class AuditListPage(ListPage):
    """Every write of the brand, newest first; nobody can change a row."""

    permission = "audit.view"
    title = _("审计日志")
    url_name = "audit"
    nav_key = "audit"
    noun = _("条")
    search_hint = _("对象编号")
    empty_title = _("还没有记录")
    empty_text = _("人员和 API 密钥的每次修改都会记在这里。")
    empty_icon = "history"
    export_kind = "audit"
    columns: ClassVar[Sequence[Column]] = (
        Column(key="at", label=_("时间"), kind="datetime"),
        Column(key="action", label=_("操作"), value=words.action_words, is_primary=True),
        Column(key="actor", label=_("操作者"), kind="html", value=words.actor_words),
        Column(key="object_id", label=_("对象"), value=words.object_words),
        Column(key="change", label=_("变化"), kind="html", value=_difference),
        Column(key="ip", label=_("来源 IP"), on_phone=False),
        Column(key="request_id", label=_("请求编号"), optional=True),
    )
    filters: ClassVar[Sequence[Filter]] = FILTERS
    sorts: ClassVar[Sequence[Sort]] = (Sort(key="-at", label=_("最新"), order=("-at", "-id")),)

    @override
    def queryset(self, query: ListQuery) -> QuerySet[AuditLog]:
        return rows_of(query)

    @override
    def rows_make(self, rows: Sequence[AuditLog]) -> Sequence[AuditLog]:
        return words.rows_named(rows)

    @override
    def row_label(self, row: AuditLog) -> str:
        return words.action_words(row)

    @override
    def row_url(self, row: AuditLog) -> str:
        return self.url("audit-row", row_id=str(row.pk))


class AuditRowPage(ConsolePage):
    """One write: who, from where, and every field before and after."""

    permission = "audit.view"
    nav_key = "audit"
    template_name = "console/shell/audit_row.html"

    @property
    def row(self) -> AuditLog:
        """The row; NotFound for an unknown one, read once."""
        if not hasattr(self, "_row"):
            [self._row] = words.rows_named([audit_get(self.kwargs["row_id"])])
        return self._row

    @override
    def heading(self) -> str:
        return words.action_words(self.row)

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(AuditListPage.title, self.url("audit"))]

    @override
    def context(self) -> dict[str, object]:
        row = self.row
        return {
            "row": row,
            "actor": words.actor_words(row),
            "object_text": words.object_words(row),
            "object_url": words.object_url(row, tenant_slug=self.request.tenant.slug, may=self.may),
            "same_object_url": f"{self.url('audit')}?q={row.object_id}",
            "differences": table_make(
                caption=str(_("变化")),
                columns=(
                    Column(key="label", label=_("项目"), is_primary=True),
                    Column(key="before", label=_("修改前")),
                    Column(key="after", label=_("修改后")),
                ),
                rows=words.differences(row),
            ),
        }


page("audit/<str:row_id>/", name="audit-row")(AuditRowPage)
item_register(
    Item(key="audit", section="audit", label=AuditListPage.title, permission="audit.view")
)
