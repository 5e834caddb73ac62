"""Settings of tiers (domain.md D5b). They hold from the moment they are saved; the past keeps its own."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.tenants.flags import flag_register
from scrm.tenants.settings import Kind, setting_register

_MOST_DAYS = 3650
_FULL = 10_000

flag_register(
    "members.tiers",
    "members",
    _("会员等级"),
    effect=_("关闭后隐藏等级的页面与接口；成长值与等级照常计算，随时可以重新打开。"),
    packages=("members.tiers",),
)
setting_register(
    "tier.metric",
    kind=Kind.CHOICE,
    default="rolling_days",
    choices={
        "rolling_days": _("过去一段天数的成长值"),
        "calendar_year": _("自然年内的成长值"),
        "lifetime": _("累计成长值"),
    },
    label=_("等级看哪些成长值"),
    effect=_("从保存起生效：够得上更高等级的会员立即升级，谁也不会立即降级。"),
    group="members",
    order=20,
)
setting_register(
    "tier.window_days",
    kind=Kind.DAYS,
    default=365,
    minimum=1,
    maximum=_MOST_DAYS,
    unit=_("天"),
    label=_("成长值天数"),
    effect=_("等级按过去一段天数计算时看多少天，含当天；从保存起生效，谁也不会立即降级。"),
    group="members",
    order=21,
)
setting_register(
    "tier.valid_days",
    kind=Kind.DAYS,
    default=365,
    minimum=1,
    maximum=_MOST_DAYS,
    unit=_("天"),
    label=_("等级有效期"),
    effect=_("升级或续级后经过这么多天到期；对之后的升级与续级生效。"),
    group="members",
    order=22,
)
setting_register(
    "tier.grace_days",
    kind=Kind.DAYS,
    default=30,
    minimum=0,
    maximum=_MOST_DAYS,
    unit=_("天"),
    label=_("保级期天数"),
    effect=_("到期未达标后还可保级这么多天，期间权益不变；对之后到期的等级生效。"),
    group="members",
    order=23,
)
setting_register(
    "tier.downgrade",
    kind=Kind.CHOICE,
    default="one_down",
    choices={"one_down": _("降一级"), "to_qualified": _("降到成长值够得上的等级")},
    label=_("保级失败时"),
    effect=_("对之后结束的保级期生效。"),
    group="members",
    order=24,
)
setting_register(
    "tier.keep_ratio",
    kind=Kind.BP,
    default=_FULL,
    minimum=0,
    maximum=_FULL,
    label=_("保级比例"),
    effect=_("没有单独设保级线的等级，按升级门槛的这个比例保级；对之后的判断生效。"),
    group="members",
    order=25,
)
setting_register(
    "tier.refund_recheck_days",
    kind=Kind.DAYS,
    default=30,
    minimum=0,
    maximum=_MOST_DAYS,
    unit=_("天"),
    label=_("退款复核天数"),
    effect=_("升级或续级后这么多天内的退款使成长值不够时，立即收回；之后的退款等到期再看。"),
    group="members",
    order=26,
)
