"""Settings of the overview."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.tenants.flags import flag_register
from scrm.tenants.settings import Kind, setting_register

flag_register(
    "analytics.overview",
    "analytics",
    _("经营总览"),
    effect=_("关闭后隐藏经营总览的页面与接口；日报照常计算，随时可以重新打开。"),
    packages=("analytics.overview",),
)
setting_register(
    "overview.gmv_target_fen",
    kind=Kind.FEN,
    default=0,
    minimum=0,
    maximum=10**15,
    label=_("GMV 30 天目标"),
    effect=_("经营总览按天数折算后显示完成度，0 表示不设目标；保存后立即生效。"),
    group="analytics",
    order=50,
)
