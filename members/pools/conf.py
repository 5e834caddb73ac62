"""Settings of pools (domain.md D5b)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.pools.rules import actions_fit
from members.pools.words import setting_words
from scrm.tenants.settings import Kind, setting_register

_FULL = 100
_MOST_DAYS = 365

setting_register(
    "pool.core_actions",
    kind=Kind.STR,
    default="",
    check=actions_fit,
    words=setting_words,
    label=_("核心行为"),
    hint=_("建议在「粉丝池」页面修改"),
    effect=_(
        "完成任一核心行为的会员进入地域流量池；保存后新的行为立即生效，过去的行为从下一次夜间起补算，已在池中的会员不退回。"
    ),
    group="members",
    order=70,
)
setting_register(
    "pool.core_min_contribution",
    kind=Kind.INT,
    default=0,
    minimum=0,
    maximum=_FULL,
    unit=_("分"),
    label=_("进入核心粉丝池的贡献值"),
    effect=_(
        "地域流量池会员的贡献值达到它，夜间自动进入核心粉丝池；0 表示只手工移动。从下一次夜间起生效。"
    ),
    group="members",
    order=71,
)
setting_register(
    "pool.screening_days",
    kind=Kind.DAYS,
    default=30,
    minimum=0,
    maximum=_MOST_DAYS,
    unit=_("天"),
    label=_("初筛新人的入会天数"),
    effect=_("入会不超过这么多天的新会员进入初筛队列；0 表示不初筛。对之后的新会员生效。"),
    group="members",
    order=72,
)
setting_register(
    "true_fan.target",
    kind=Kind.INT,
    default=1_000,
    minimum=1,
    maximum=1_000_000,
    unit=_("人"),
    label=_("铁杆粉目标人数"),
    effect=_("粉丝池页面的进度以它为满；立即生效。"),
    group="members",
    order=73,
)
setting_register(
    "true_fan.min_contribution",
    kind=Kind.INT,
    default=60,
    minimum=0,
    maximum=_FULL,
    unit=_("分"),
    label=_("铁杆粉的最低贡献值"),
    effect=_(
        "忠诚或热爱阶段、贡献值不低于它、180 天内有发布内容或推荐成交的核心粉丝成为铁杆粉；从下一次夜间起生效。"
    ),
    group="members",
    order=74,
)
