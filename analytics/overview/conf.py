"""Settings of the overview."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.tenants.settings import setting_register

setting_register(
    "overview.gmv_target_fen",
    kind=int,
    default=0,
    label=_("GMV 30 天目标"),
    help=_("单位分；0 表示不设目标。其他天数按比例折算。"),
    check=lambda value: 0 <= value <= 10**15,
)
