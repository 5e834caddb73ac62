"""Switches of points as a whole, and the one that needs a lawyer's nod first."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.tenants.acknowledgements import caution_register
from scrm.tenants.flags import flag_register
from scrm.tenants.settings import Guard, Kind, setting_register

flag_register(
    "members.points",
    "members",
    _("积分"),
    effect=_("关闭后隐藏积分的页面与接口；订单照常累积积分，随时可以重新打开。"),
    packages=("points",),
)
caution_register(
    "induced_sharing",
    title=_("奖励分享的平台风险"),
    text=_(
        "微信外部链接规范禁止以积分、优惠券、红包等利益诱导用户分享到朋友圈或群，打卡分享和助力砍价也在其列。"
        "违反可能导致链接被拦截、公众号或小程序被限制乃至封禁。\n\n"
        "开启后由品牌自行承担后果；收到平台通知时应立即关闭这个开关。"
    ),
    version=1,
)
setting_register(
    "points.share_moments",
    kind=Kind.BOOL,
    default=False,
    label=_("分享朋友圈任务可得积分"),
    effect=_("任务模块上线后生效；在此之前只保存选择。关闭即刻停止发放。"),
    group="points",
    order=90,
    guard=Guard(key="induced_sharing", when=bool),
)
