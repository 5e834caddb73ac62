from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.tenants.settings import setting_register

setting_register(
    "rfm.window",
    kind=int,
    default=365,
    label=_("RFM 窗口天数"),
    help=_("只看过去这么多天内的有效订单。"),
    check=lambda value: 1 <= value <= 3650,  # noqa: PLR2004 - ten years
)
