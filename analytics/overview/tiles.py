"""The overview's figures as tiles: value, change, note and the list behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.overview.doors import BOUGHT, JOINED, between, members_url, until
from analytics.overview.figures import Day, Figures, Overview, Standing
from analytics.overview.rules import change_bp, hundredths, rate_bp
from scrm.console.elements import Delta, Kpi
from scrm.console.writing import bp_text, thousands, yuan, yuan_whole
from scrm.tenants.settings import setting

NO_DATA = "—"
_TARGET_DAYS = 30
_WHOLE_FROM = 100_000_00


def change(now: int | None, then: int | None) -> Delta | None:
    """Growth in percent; None where there is nothing to compare with."""
    if now is None or then is None:
        return None
    growth = change_bp(now, then)
    if growth is None:
        return None
    return Delta(text=bp_text(abs(growth), digits=1), direction=_direction(growth))


def step(now: int | None, then: int | None, text: Callable[[int], str]) -> Delta | None:
    """The difference itself, for rates and ratios."""
    if now is None or then is None:
        return None
    return Delta(text=text(abs(now - then)), direction=_direction(now - then))


def _direction(difference: int) -> Literal["up", "down", "flat"]:
    return "up" if difference > 0 else "down" if difference < 0 else "flat"


def money(fen: int | None) -> str:
    """Yuan, without the part behind the point once it no longer matters."""
    if fen is None:
        return NO_DATA
    return yuan_whole(fen) if abs(fen) >= _WHOLE_FROM else yuan(fen)


def points_text(difference_bp: int) -> str:
    """A difference of two rates, in percentage points."""
    return f"{bp_text(difference_bp).removesuffix('%')}pt"


def hundredths_text(value: int | None) -> str:
    return NO_DATA if value is None else f"{value // 100}.{value % 100:02d}"


def _spark(figures: Figures, value: Callable[[Day], int]) -> Sequence[int]:
    days = [value(day) for day in figures.drawn_days]
    return days if any(days) else ()


def formula_tiles(overview: Overview, *, members_page: str) -> list[Kpi]:
    """GMV and the five factors that multiply to it (N-28)."""
    now, then = overview.current, overview.previous
    formula, before = now.formula, then.formula if then is not None else None
    return [
        _gmv(now, then),
        Kpi(
            label=_("流量（会员）"),
            value=thousands(now.members),
            operator="=",
            delta=change(now.members, then.members if then else None),
            note=_("新增 %(count)s") % {"count": thousands(now.new_members)},
            href=members_url(members_page, **{JOINED: until(now.period)}),
            spark=_spark(now, lambda day: day.new_members),
            explain=_("期末会员数。访客埋点尚未接入，以会员为流量口径。折线为每日新增会员。"),
        ),
        Kpi(
            label=_("转化率"),
            value=NO_DATA if formula.conversion_bp is None else bp_text(formula.conversion_bp),
            operator="×",
            delta=step(
                formula.conversion_bp, before.conversion_bp if before else None, points_text
            ),
            note=ngettext("%(count)s 人下单", "%(count)s 人下单", now.buyers)
            % {"count": thousands(now.buyers)},
            href=members_url(members_page, **{BOUGHT: between(now.period)}) if now.buyers else "",
            spark=_spark(now, lambda day: day.buyers),
            explain=_("期内下单会员 ÷ 期末会员；同一会员多次下单只算一人。点击查看下单会员。"),
        ),
        Kpi(
            label=_("客单价"),
            value=money(formula.order_value_fen),
            operator="×",
            delta=change(formula.order_value_fen, before.order_value_fen if before else None),
            note=_("%(count)s 单") % {"count": thousands(now.orders)},
            spark=_spark(now, lambda day: day.gmv_fen // day.orders if day.orders else 0),
            explain=_("GMV ÷ 已付款订单数。"),
        ),
        Kpi(
            label=_("裂变率"),
            value=_("暂无数据"),
            operator="×",
            note=_("按 1.00 计入"),
            explain=_(
                "（直接 + 被邀请的新客）÷ 直接新客。邀请关系尚无来源，在公式中按 1.00 计算。"
            ),
        ),
        _lifetime(overview),
    ]


def _gmv(now: Figures, then: Figures | None) -> Kpi:
    target = int(setting("overview.gmv_target_fen")) * now.period.days // _TARGET_DAYS
    share = rate_bp(now.gmv_fen, target)
    note = "" if then is None else _("上期 %(value)s") % {"value": money(then.gmv_fen)}
    if share is not None:
        note = _("目标完成 %(share)s") % {"share": bp_text(share, digits=0)}
    return Kpi(
        label=_("GMV（%(days)s 天）") % {"days": now.period.days},
        value=money(now.gmv_fen),
        delta=change(now.gmv_fen, then.gmv_fen if then else None),
        note=note,
        meter_bp=share,
        spark=() if share is not None else _spark(now, lambda day: day.gmv_fen),
        explain=_("付款日在期内、未取消订单的实付金额，不含运费；退款不在此扣除，见净收入。"),
    )


def _lifetime(overview: Overview) -> Kpi:
    now, then = overview.current.formula, overview.previous
    value, before = hundredths(now.lifetime_orders), None
    if then is not None:
        before = hundredths(then.formula.lifetime_orders)
    ltv = overview.standing.ltv_fen if overview.standing else None
    return Kpi(
        label=_("人均订单数"),
        value=hundredths_text(value),
        operator="×",
        delta=step(value, before, hundredths_text),
        note=_("LTV %(value)s") % {"value": money(ltv)},
        spark=_spark(
            overview.current, lambda day: day.orders * 100 // day.buyers if day.buyers else 0
        ),
        explain=_(
            "公式第五项：期内订单数 ÷ 下单会员（即 LTV ÷ 客单价的口径，避免重复计价）。LTV 为付费会员至今人均净消费。"
        ),
    )


def stat_tiles(overview: Overview) -> list[Kpi]:
    """What stands beside GMV (PL-02), in one quiet line."""
    now, then, night = overview.current, overview.previous, overview.standing
    before = overview.standing_before
    return [
        Kpi(
            label=_("净收入"),
            value=money(now.net_fen),
            delta=change(now.net_fen, then.net_fen if then else None),
            note=_("退款 %(value)s") % {"value": money(now.refunded_fen)},
            explain=_("GMV − 这些订单至今的退款；迟到的退款记回付款那一天。"),
        ),
        Kpi(
            label=_("ARPU"),
            value=money(now.arpu_fen),
            delta=change(now.arpu_fen, then.arpu_fen if then else None),
            note=_("净收入 ÷ 活跃会员"),
            explain=_("期内净收入 ÷ 期内活跃会员；目前以下单为活跃。"),
        ),
        Kpi(
            label=_("LTV"),
            value=money(night.ltv_fen if night else None),
            delta=change(*_pair(night, before, "ltv_fen")),
            note=_frozen(night),
            explain=_("付费会员至今的人均净消费，夜间计算。"),
        ),
        Kpi(
            label=_("复购率"),
            value=NO_DATA if night is None or night.repeat_bp is None else bp_text(night.repeat_bp),
            delta=step(*_pair(night, before, "repeat_bp"), points_text),
            note=_frozen(night),
            explain=_("有效订单 ≥2 的会员 ÷ 有效订单 ≥1 的会员（M-26），夜间计算。"),
        ),
        Kpi(
            label=_("可触达好友"),
            value=thousands(night.reachable) if night else NO_DATA,
            delta=change(*_pair(night, before, "reachable")),
            note=_("期内新增 %(added)s · 流失 %(lost)s")
            % {"added": thousands(now.new_friends), "lost": thousands(now.lost_friends)},
            explain=_("企业微信好友且未退订营销的会员，夜间计算。"),
        ),
        Kpi(
            label=_("积分发放"),
            value=thousands(now.points_issued),
            delta=change(now.points_issued, then.points_issued if then else None),
            note=_("消耗 %(spent)s · 过期 %(expired)s")
            % {"spent": thousands(now.points_spent), "expired": thousands(now.points_expired)},
            explain=_("期内入账的积分（含待生效，撤销已冲减），按发生日计。"),
        ),
    ]


def _pair(now: Standing | None, then: Standing | None, name: str) -> tuple[int | None, int | None]:
    return (
        getattr(now, name) if now is not None else None,
        getattr(then, name) if then is not None else None,
    )


def _frozen(night: Standing | None) -> str:
    if night is None:
        return _("夜间计算后显示")
    return _("截至 %(day)s") % {"day": f"{night.as_of:%m-%d}"}
