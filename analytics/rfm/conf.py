"""Settings of RFM (domain.md D5b); the window belongs to the rollups."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from analytics.rfm.rules import TOP, is_cuts
from scrm.tenants.settings import setting_register

setting_register(
    "rfm.mode",
    kind=str,
    default="threshold",
    label=_("RFM 打分方式"),
    help=_("threshold：按分档表；quintile：按五等分，数值相同得分相同"),
    check=lambda value: value in {"threshold", "quintile"},
)
setting_register(
    "rfm.high_cut",
    kind=int,
    default=3,
    label=_("RFM 高分线"),
    help=_("得分不低于它即为高"),
    check=lambda value: 1 < value <= TOP,
)
setting_register(
    "rfm.cuts",
    kind=dict,
    default={
        "r": [30, 60, 120, 240],
        "f": [2, 3, 5, 8],
        "m": [10_000, 20_000, 50_000, 100_000],
    },
    label=_("RFM 分档表"),
    help=_(
        "r 为距上次消费天数，不超过第一档得 5 分；f 为订单数、m 为金额（分），达到最后一档得 5 分"
    ),
    check=is_cuts,
)
