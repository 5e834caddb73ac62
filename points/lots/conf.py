"""Settings of points (domain.md D5b)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _plain
from django.utils.translation import gettext_lazy as _

from points.lots.expiry import LONGEST_MONTHS, expiry_parse, is_expiry
from points.orders.rules import is_rate
from scrm.tenants.settings import Kind, Part, Parts, setting_register

_LONGEST_PENDING = 365
_LONGEST_YEARS = 9
_BY_MONTHS = ("months", "month_end")


def expiry_words(value: str) -> str:
    """The policy in words."""
    policy = expiry_parse(value)
    if policy.kind == "none":
        return _plain("不过期")
    if policy.kind == "fixed":
        return _plain("%(n)s 年后的 %(month)s 月 %(day)s 日") % {
            "n": policy.n,
            "month": policy.month,
            "day": policy.day,
        }
    words = _plain("满 %(n)s 个月") if policy.kind == "months" else _plain("满 %(n)s 个月的月末")
    return words % {"n": policy.n}


def expiry_split(value: str) -> dict[str, Any]:
    """The policy as the form asks for it."""
    policy = expiry_parse(value)
    found: dict[str, Any] = {"kind": policy.kind}
    if policy.kind in _BY_MONTHS:
        found["months"] = policy.n
    if policy.kind == "fixed":
        found |= {"month": policy.month, "day": policy.day, "years": policy.n}
    return found


def expiry_join(parts: Mapping[str, Any]) -> str:
    """The policy as it is kept."""
    kind = str(parts["kind"])
    if kind in _BY_MONTHS:
        return f"{kind} {parts['months']}"
    if kind == "fixed":
        return f"fixed {parts['month']:02d}-{parts['day']:02d} +{parts['years']}"
    return kind


setting_register(
    "points.rate_per_yuan",
    kind=Kind.STR,
    default="1",
    label=_("每元积分"),
    effect=_("每消费 1 元得到的积分；对之后付款的订单生效，已付款的订单不变。"),
    hint=_("整数或最多四位小数，如 1 或 0.5"),
    group="points",
    order=10,
    check=is_rate,
)
setting_register(
    "points.pending_days",
    kind=Kind.DAYS,
    default=7,
    minimum=0,
    maximum=_LONGEST_PENDING,
    unit=_("天"),
    label=_("积分待生效天数"),
    effect=_("订单完成后经过这么多天积分才可用，0 表示完成即可用；对之后付款的订单生效。"),
    group="points",
    order=20,
)
setting_register(
    "points.expiry",
    kind=Kind.STR,
    default="months 12",
    label=_("积分有效期"),
    effect=_("对之后得到的积分生效，已有批次保留原来的到期日。"),
    group="points",
    order=30,
    words=expiry_words,
    parts=Parts(
        parts=(
            Part(
                name="kind",
                label=_("怎样过期"),
                choices={
                    "none": _("不过期"),
                    "months": _("满几个月过期"),
                    "month_end": _("满几个月后的月末过期"),
                    "fixed": _("固定日期过期"),
                },
            ),
            Part(
                name="months",
                label=_("月数"),
                minimum=1,
                maximum=LONGEST_MONTHS,
                when=_BY_MONTHS,
            ),
            Part(
                name="years",
                label=_("几年后（0 为当年）"),
                maximum=_LONGEST_YEARS,
                when=("fixed",),
            ),
            Part(name="month", label=_("月份"), minimum=1, maximum=12, when=("fixed",)),
            Part(name="day", label=_("日"), minimum=1, maximum=31, when=("fixed",)),
        ),
        split=expiry_split,
        join=expiry_join,
    ),
    check=is_expiry,
)
setting_register(
    "points.refund_shortfall",
    kind=Kind.CHOICE,
    default="debt",
    choices={"debt": _("记为欠积分"), "offset_cash": _("从退款金额中抵扣")},
    label=_("退款积分不足时"),
    effect=_("退款要收回的积分已被用掉时怎么办；对之后的退款生效。"),
    group="points",
    order=40,
)
setting_register(
    "points.restore_grace_days",
    kind=Kind.DAYS,
    default=7,
    minimum=0,
    maximum=_LONGEST_PENDING,
    unit=_("天"),
    label=_("返还积分宽限天数"),
    effect=_("返还时原批次已过期，则重新给出的积分还可使用这么多天；对之后的返还生效。"),
    group="points",
    order=50,
)
