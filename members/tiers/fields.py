"""Tiers and growth as segment fields."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.growth.models import GrowthAccount
from members.segments.fields import Rows, SegmentField, field_register
from members.tiers.models import MemberTier, SpellState
from members.tiers.selectors import tier_choices

_GROUP = _("等级")
_ROWS = Rows(MemberTier.objects.all, is_single=True)

field_register(
    SegmentField(
        key="tier.code", label=_("等级"), group=_GROUP, kind="choice", path="tier__code", rows=_ROWS,
        choices=tier_choices, dirty="tier", order=50,
    )
)  # fmt: skip
field_register(
    SegmentField(
        key="tier.state", label=_("等级状态"), group=_GROUP, kind="choice", path="state", rows=_ROWS,
        choices=[choice for choice in SpellState.choices if choice[0] != SpellState.ENDED], dirty="tier", order=51,
    )
)  # fmt: skip
field_register(
    SegmentField(
        key="tier.since_days", label=_("达到本级天数"), group=_GROUP, kind="days", path="started_at",
        rows=_ROWS, is_moment=True, unit=_("天"), dirty="tier", order=52,
    )
)  # fmt: skip
field_register(
    SegmentField(
        key="tier.due_date", label=_("等级到期日"), group=_GROUP, kind="date", path="valid_until",
        rows=_ROWS, is_moment=True, dirty="tier", order=53,
    )
)  # fmt: skip
field_register(
    SegmentField(
        key="growth.metric", label=_("有效成长值"), group=_GROUP, kind="number", path="metric",
        rows=_ROWS, absent=0, dirty="tier", order=54,
    )
)  # fmt: skip
field_register(
    SegmentField(
        key="growth.lifetime", label=_("累计成长值"), group=_GROUP, kind="number", path="lifetime",
        rows=Rows(GrowthAccount.objects.all, is_single=True), absent=0, dirty="growth", order=55,
    )
)  # fmt: skip
