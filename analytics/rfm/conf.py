"""Settings of RFM (domain.md D5b); the window belongs to the rollups."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from analytics.rfm.rules import TOP, is_cuts
from scrm.tenants.flags import flag_register
from scrm.tenants.setting_kinds import NumberList
from scrm.tenants.settings import Kind, setting_register

flag_register(
    "analytics.rfm",
    "analytics",
    _("RFM 矩阵"),
    effect=_("关闭后隐藏 RFM 的页面与接口；夜间照常打分，随时可以重新打开。"),
    packages=("analytics.rfm",),
)
setting_register(
    "rfm.mode",
    kind=Kind.CHOICE,
    default="threshold",
    choices={"threshold": _("按分档表"), "quintile": _("按五等分，数值相同得分相同")},
    label=_("RFM 打分方式"),
    effect=_("从下一次夜间打分起生效，过去的分群记录不变。"),
    group="analytics",
    order=20,
)
setting_register(
    "rfm.high_cut",
    kind=Kind.INT,
    default=3,
    minimum=2,
    maximum=TOP,
    unit=pgettext_lazy("score", "分"),
    label=_("RFM 高分线"),
    effect=_("得分不低于它即为高；从下一次夜间打分起生效。"),
    group="analytics",
    order=30,
)
setting_register(
    "rfm.cuts",
    kind=Kind.DICT,
    default={
        "r": [30, 60, 120, 240],
        "f": [2, 3, 5, 8],
        "m": [10_000, 20_000, 50_000, 100_000],
    },
    schema={
        "r": NumberList(label=_("距上次消费"), unit=_("天"), length=4, is_ascending=True),
        "f": NumberList(label=_("订单数"), unit=_("单"), length=4, is_ascending=True),
        "m": NumberList(
            label=_("消费金额"), unit=pgettext_lazy("money", "分"), length=4, is_ascending=True
        ),
    },
    label=_("RFM 分档表"),
    effect=_(
        "距上次消费不超过第一档得 5 分，订单数与金额达到最后一档得 5 分；从下一次夜间打分起生效。"
    ),
    group="analytics",
    order=40,
    check=is_cuts,
)
