from __future__ import annotations

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from members.segments.models import Segment
from members.segments.selectors import segments_searched
from scrm.files.columns import ExportColumn
from scrm.files.exports import export_register


def _rows(query: str) -> QuerySet[Segment]:
    asked = QueryDict(query)
    return segments_searched(asked.get("q", ""), owners=asked.getlist("owner"))


export_register(
    "segments",
    _("导出人群列表"),
    permission="segments.view",
    columns=(
        ExportColumn(key="public_id", label=_("人群编号")),
        ExportColumn(key="name", label=_("人群")),
        ExportColumn(key="description", label=_("说明")),
        ExportColumn(
            key="size", label=_("人数"), kind="number", value=lambda segment: segment.size_seen
        ),
        ExportColumn(key="counted_at", label=_("统计时间"), kind="datetime"),
        ExportColumn(key="created_by", label=_("创建人")),
        ExportColumn(key="created_at", label=_("创建时间"), kind="datetime"),
    ),
    rows=_rows,
)
