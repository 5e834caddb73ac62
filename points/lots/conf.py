"""Settings of points (domain.md D5b)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from points.lots.expiry import is_expiry
from points.orders.rules import is_rate
from scrm.tenants.settings import setting_register

_LONGEST_PENDING = 365

setting_register(
    "points.rate_per_yuan",
    kind=object,
    default=1,
    label=_("每元积分"),
    help=_('每消费 1 元得到的积分，整数或最多四位小数的文本，如 1 或 "0.5"'),
    check=is_rate,
)
setting_register(
    "points.pending_days",
    kind=int,
    default=7,
    label=_("积分待生效天数"),
    help=_("订单完成后经过多少天积分才可用；0 表示完成即可用"),
    check=lambda days: 0 <= days <= _LONGEST_PENDING,
)
setting_register(
    "points.expiry",
    kind=str,
    default="months 12",
    label=_("积分有效期"),
    help=_("none、months 12、month_end 12 或 fixed 12-31 +1"),
    check=is_expiry,
)
setting_register(
    "points.refund_shortfall",
    kind=str,
    default="debt",
    label=_("退款积分不足时"),
    help=_("debt：记为欠积分；offset_cash：从退款金额中抵扣"),
    check=lambda value: value in {"debt", "offset_cash"},
)
setting_register(
    "points.restore_grace_days",
    kind=int,
    default=7,
    label=_("返还积分宽限天数"),
    help=_("返还时原批次已过期，则重新给出的积分还可使用的天数"),
    check=lambda days: 0 <= days <= _LONGEST_PENDING,
)
