"""Stage, pool, contribution and activity as segment fields."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from members.lifecycle.models import DIRTY, MemberPulse, Pool, Stage
from members.segments.fields import Rows, SegmentField, field_register

_ROWS = Rows(MemberPulse.objects.all, is_single=True)
_LIFE, _ACTIVE, _SPENT = _("生命周期与粉丝池"), _("活跃"), _("消费")


def _field(key: str, path: str, **more: Any) -> None:
    field_register(SegmentField(key=key, path=path, rows=_ROWS, dirty=DIRTY, **more))


_field(
    "lifecycle.stage", "stage", label=_("生命周期阶段"), group=_LIFE, kind="choice",
    choices=Stage.choices, index="pulse_by_stage", order=60,
)  # fmt: skip
_field(
    "lifecycle.since_days", "stage_since", label=_("处于本阶段天数"), group=_LIFE, kind="days",
    unit=_("天"), order=61,
)  # fmt: skip
_field(
    "pool.stage",
    "pool",
    label=_("粉丝池"),
    group=_LIFE,
    kind="choice",
    choices=Pool.choices,
    order=62,
)
_field(
    "contribution.score", "score_points", label=_("用户贡献值"), group=_LIFE, kind="number", absent=0,
    order=63,
)  # fmt: skip
_field(
    "activity.active_days_7", "active_days_7", label=_("近 7 天活跃天数"), group=_ACTIVE, kind="number",
    unit=_("天"), absent=0, order=64,
)  # fmt: skip
_field(
    "activity.visit_seconds_7", "visit_seconds_7", label=_("近 7 天累计访问时间"), group=_ACTIVE,
    kind="number", unit=_("秒"), absent=0, order=65,
)  # fmt: skip
_field(
    "activity.app_uses_7", "app_uses_7", label=_("近 7 天使用次数"), group=_ACTIVE, kind="number",
    unit=_("次"), absent=0, order=66,
)  # fmt: skip
_field(
    "activity.last_active_days", "last_active_date", label=_("距上次活跃"), group=_ACTIVE, kind="days",
    unit=_("天"), order=67,
)  # fmt: skip
_field(
    "orders.spend_30", "spend_30_fen", label=_("近 30 天消费"), group=_SPENT, kind="yuan", absent=0,
    order=37,
)  # fmt: skip
_field(
    "orders.net_90", "net_90_fen", label=_("近 90 天净消费"), group=_SPENT, kind="yuan", absent=0,
    order=38,
)  # fmt: skip
