"""Tenant settings of pushes (domain.md D5b)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.tenants.flags import flag_register
from scrm.tenants.settings import Kind, setting_register

MOST_A_DAY, MOST_A_WEEK = 100, 700
MOST_A_CALL = 10_000  # WeCom's own limit of add_msg_template
LONGEST_WAIT_DAYS = 30
MOST_ALONE = 100_000_000

flag_register(
    "marketing.push",
    "marketing",
    _("群发与推送"),
    effect=_("关闭后隐藏推送的页面与接口，已排期的推送仍会发出；随时可以重新打开。"),
    packages=("communities.outreach",),
)
setting_register(
    "push.per_day",
    kind=Kind.INT,
    default=1,
    minimum=0,
    maximum=MOST_A_DAY,
    unit=_("条"),
    label=_("每人每天营销推送上限"),
    effect=_("按品牌时区的自然日计算，超出的收件人被抑制；对之后提交的推送生效。"),
    group="push",
    order=10,
)
setting_register(
    "push.per_week",
    kind=Kind.INT,
    default=3,
    minimum=0,
    maximum=MOST_A_WEEK,
    unit=_("条"),
    label=_("每人每周营销推送上限"),
    effect=_("按 ISO 周计算，周一为第一天；对之后提交的推送生效。"),
    group="push",
    order=20,
)
setting_register(
    "push.quiet",
    kind=Kind.PERIOD,
    default="22:00-08:00",
    label=_("静默期"),
    effect=_("营销推送顺延到静默期结束，留空表示不设；对还没有提交的推送生效。"),
    group="push",
    order=30,
)
setting_register(
    "push.batch_size",
    kind=Kind.INT,
    default=100,
    minimum=1,
    maximum=MOST_A_CALL,
    unit=_("人"),
    label=_("每次提交的收件人数"),
    effect=_("同一员工的收件人合并为一次企微群发任务；对之后提交的推送生效。"),
    group="push",
    order=40,
)
setting_register(
    "push.confirm_days",
    kind=Kind.DAYS,
    default=3,
    minimum=1,
    maximum=LONGEST_WAIT_DAYS,
    unit=_("天"),
    label=_("员工确认期限"),
    effect=_("超过期限仍未确认的群发任务视为过期；对正在等待确认的任务也立即生效。"),
    group="push",
    order=50,
)
setting_register(
    "push.platform_rule",
    kind=Kind.CHOICE,
    default="monthly",
    choices={
        "monthly": _("每月条数等于当月天数"),
        "weekly": _("每周 7 条"),
        "daily": _("每天 1 条"),
    },
    label=_("企微群发额度"),
    effect=_("企业微信给每位客户的群发额度，超出的收件人被抑制；对之后提交的推送生效。"),
    group="push",
    order=60,
)
setting_register(
    "push.approval_above",
    kind=Kind.INT,
    default=0,
    minimum=0,
    maximum=MOST_ALONE,
    unit=_("人"),
    label=_("超过多少人要审批"),
    effect=_(
        "人群超过这个人数的推送由一人提交、另一人审批后才发送；0 表示不需要审批。对之后提交的推送生效。"
    ),
    group="push",
    order=70,
)
