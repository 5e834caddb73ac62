"""Points as segment fields."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.segments.fields import Rows, SegmentField, field_register
from points.lots.models import PointsAccount

_GROUP = _("积分")
_ROWS = Rows(PointsAccount.objects.all, is_single=True)

for _key, _label, _path, _order in (
    ("points.available", _("可用积分"), "available", 60),
    ("points.pending", _("待生效积分"), "pending", 61),
    ("points.expiring_30d", _("30天内过期积分"), "expiring_30d", 62),
    ("points.debt", _("欠积分"), "debt", 63),
):
    field_register(
        SegmentField(
            key=_key, label=_label, group=_GROUP, kind="number", unit=_("分"), path=_path, rows=_ROWS,
            absent=0, dirty="points", order=_order,
        )
    )  # fmt: skip
