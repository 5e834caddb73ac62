"""Tenant settings of pushes (domain.md D5b)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from communities.outreach.rules import QuietHours
from scrm.core.errors import InvalidValue
from scrm.tenants.settings import setting_register

MOST_A_DAY, MOST_A_WEEK = 100, 700
MOST_A_CALL = 10_000  # WeCom's own limit of add_msg_template
LONGEST_WAIT_DAYS = 30


def _is_quiet(value: str) -> bool:
    try:
        QuietHours.parse(value)
    except InvalidValue:
        return False
    return True


setting_register(
    "push.per_day",
    kind=int,
    default=1,
    label=_("每人每天营销推送上限"),
    help=_("按品牌所在时区的自然日计算。"),
    check=lambda value: 0 <= value <= MOST_A_DAY,
)
setting_register(
    "push.per_week",
    kind=int,
    default=3,
    label=_("每人每周营销推送上限"),
    help=_("按 ISO 周计算，周一为第一天。"),
    check=lambda value: 0 <= value <= MOST_A_WEEK,
)
setting_register(
    "push.quiet",
    kind=str,
    default="22:00-08:00",
    label=_("静默期"),
    help=_("营销推送顺延到静默期结束；留空表示不设静默期。"),
    check=_is_quiet,
)
setting_register(
    "push.batch_size",
    kind=int,
    default=100,
    label=_("每次提交的收件人数"),
    help=_("同一员工的收件人合并为一次企微群发任务。"),
    check=lambda value: 1 <= value <= MOST_A_CALL,
)
setting_register(
    "push.confirm_days",
    kind=int,
    default=3,
    label=_("员工确认期限（天）"),
    help=_("超过期限仍未确认的群发任务视为过期。"),
    check=lambda value: 1 <= value <= LONGEST_WAIT_DAYS,
)
setting_register(
    "push.platform_rule",
    kind=str,
    default="monthly",
    label=_("企微群发额度"),
    help=_("monthly：每位客户每月条数等于当月天数；weekly：每周 7 条；daily：每天 1 条。"),
    check=lambda value: value in {"monthly", "weekly", "daily"},
)
