"""How many levels may earn (C-1). Kept, checked and guarded before anything pays by it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.tenants.acknowledgements import caution_register
from scrm.tenants.limits import LEVELS_KEY, MAX_COMMISSION_LEVELS, LevelCapExceeded
from scrm.tenants.settings import Guard, Kind, setting_register

caution_register(
    "dist.second_level",
    title=_("二级佣金的合规风险"),
    text=_(
        "《禁止传销条例》第七条把按下线销售业绩计酬（团队计酬）列为传销行为之一；"
        "组织者本人是否计入层级，各地认定不一，三级且三十人以上可能追究刑事责任。\n\n"
        "开启二级佣金后，分销员可从直接邀请者的销售中获得佣金，这本身就有行政处罚风险。"
        "平台不支持第三级，也不支持按人头计酬和团队晋级。请在开启前取得本品牌法律顾问的书面意见。"
    ),
    version=1,
)
setting_register(
    LEVELS_KEY,
    kind=Kind.INT,
    default=1,
    minimum=1,
    maximum=MAX_COMMISSION_LEVELS,
    unit=_("级"),
    label=_("佣金层级"),
    effect=_("分销模块上线后生效；对之后下单的佣金生效，已有佣金按下单时的方案。"),
    group="distribution",
    order=10,
    guard=Guard(key="dist.second_level", when=lambda levels: levels > 1),
    cap_error=LevelCapExceeded,
)
