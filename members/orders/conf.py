"""Settings of the rollups, and when a brand's currency is fixed."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.tenants.settings import Kind, setting_register

_TEN_YEARS = 3650

setting_register(
    "rfm.window",
    kind=Kind.DAYS,
    default=365,
    minimum=1,
    maximum=_TEN_YEARS,
    unit=_("天"),
    label=_("RFM 窗口"),
    effect=_("只看过去这么多天内的有效订单；从下一次夜间计算起生效。"),
    group="analytics",
    order=10,
)
