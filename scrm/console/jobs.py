"""The audit log as a file; its own export is a line of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from scrm.console.filters import query_read
from scrm.console.shell.auditing.narrowing import FILTERS, rows_of
from scrm.events.audit import AUDIT_ACTIONS
from scrm.events.masking import masked
from scrm.files.columns import ExportColumn
from scrm.files.exports import export_register

if TYPE_CHECKING:
    from django.db.models import QuerySet


def _rows(query: str) -> QuerySet[Any]:
    return rows_of(query_read(QueryDict(query), filters=FILTERS, sorts=(), limit=1))


def _action(code: str) -> str:
    return str(AUDIT_ACTIONS.get(code, code))


def _written(fields: Any) -> str:
    return json.dumps(masked(fields), ensure_ascii=False, sort_keys=True)


export_register(
    "audit",
    _("导出审计日志"),
    permission="audit.view",
    columns=(
        ExportColumn(key="at", label=_("时间"), kind="datetime"),
        ExportColumn(key="action", label=_("操作代码")),
        ExportColumn(key="action_label", label=_("操作"), value="action", shown=_action),
        ExportColumn(key="actor_kind", label=_("操作者类型")),
        ExportColumn(key="actor_label", label=_("操作者")),
        ExportColumn(key="actor_id", label=_("操作者编号")),
        ExportColumn(key="object_type", label=_("对象类型")),
        ExportColumn(key="object_id", label=_("对象")),
        ExportColumn(key="before", label=_("修改前"), shown=_written),
        ExportColumn(key="after", label=_("修改后"), shown=_written),
        ExportColumn(key="ip", label=_("来源 IP")),
        ExportColumn(key="request_id", label=_("请求编号")),
    ),
    rows=_rows,
)
