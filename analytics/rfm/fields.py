"""RFM as segment fields."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from analytics.rfm.models import RfmScore
from analytics.rfm.words import SEGMENT_CHOICES
from members.segments.fields import Rows, SegmentField, field_register

_GROUP = _("RFM")
_ROWS = Rows(RfmScore.objects.all, is_single=True)

for _key, _label, _path, _order in (
    ("rfm.r", _("R 得分"), "r", 40),
    ("rfm.f", _("F 得分"), "f", 41),
    ("rfm.m", _("M 得分"), "m", 42),
):
    field_register(
        SegmentField(
            key=_key,
            label=_label,
            group=_GROUP,
            kind="number",
            path=_path,
            rows=_ROWS,
            dirty="rfm",
            order=_order,
        )
    )
field_register(
    SegmentField(
        key="rfm.segment", label=_("RFM 分群"), group=_GROUP, kind="choice", path="segment", rows=_ROWS,
        choices=SEGMENT_CHOICES, dirty="rfm", order=43,
    )
)  # fmt: skip
field_register(
    SegmentField(
        key="rfm.code",
        label=_("RFM 编码"),
        group=_GROUP,
        kind="text",
        path="code",
        rows=_ROWS,
        dirty="rfm",
        order=44,
    )
)
