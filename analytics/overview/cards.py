"""The overview's cards: trend, Pareto, reach, channels, loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from analytics.overview.doors import JOINED, between, members_url
from analytics.overview.figures import ChannelLine, Day, Overview, Reach, Standing, TopShare
from analytics.overview.loop import PARTS, UNITS
from analytics.overview.rules import hundredths
from analytics.overview.tiles import NO_DATA, hundredths_text, money
from members.people.sources import source_label
from scrm.console.charts import AxisChart, Part, Series
from scrm.console.columns import Column, Table, table_make
from scrm.console.writing import bp_text, thousands, yuan
from scrm.core.money import BP

_REFERENCE_BP = 8000
_CURVE_STEP = 500
_MOST_POINTS = 120
_WEEK = 7


def trend(overview: Overview) -> AxisChart:
    """GMV day by day, or week by week over a long range, beside the period it is compared with."""
    now, then = overview.current, overview.previous
    width = 1 if now.period.days <= _MOST_POINTS else _WEEK
    places = range(0, now.period.days, width)
    series = [Series(name=_("本期"), values=_steps(now.drawn_days, places), is_area=True)]
    if then is not None:
        name = _("去年同期") if overview.compare == "year" else _("上期")
        series.append(Series(name=name, values=_steps(then.days, places), is_reference=True))
    return AxisChart(
        categories=[f"{now.days[place].local_date:%m-%d}" for place in places],
        series=series,
        unit="yuan",
    )


def _steps(days: Sequence[Day], places: range) -> list[int | None]:
    """GMV of each step; None where the period has no such days."""
    steps = [days[place : place + places.step] for place in places]
    return [sum(day.gmv_fen for day in step) if step else None for step in steps]


def formula_line(overview: Overview) -> str:
    """The multiplication written out, with what is left between product and GMV."""
    formula = overview.current.formula
    conversion, orders = formula.conversion_bp, hundredths(formula.lifetime_orders)
    if conversion is None or orders is None or formula.order_value_fen is None:
        return _("期内还没有订单，公式暂不成立。")
    return _(
        "%(members)s × %(conversion)s × %(value)s × 1.00 × %(orders)s = %(product)s，与实际 GMV 相差 %(gap)s"
    ) % {
        "members": thousands(formula.direct),
        "conversion": bp_text(conversion),
        "value": yuan(formula.order_value_fen),
        "orders": hundredths_text(orders),
        "product": yuan(formula.product_fen),
        "gap": yuan(formula.gap_fen),
    }


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One sentence of the Pareto card."""

    text: str
    share: str
    share_bp: int
    href: str


def pareto_marks(standing: Standing, *, members_page: str) -> list[Mark]:
    """前 2 % and 前 20 %: how many members, which share."""
    return [
        Mark(
            text=_("前 %(top)s%% · %(count)s 人")
            % {"top": mark.top_bp // 100, "count": thousands(mark.members)},
            share=bp_text(mark.share_bp),
            share_bp=mark.share_bp,
            href=_mark_url(mark, members_page),
        )
        for mark in standing.marks
    ]


def _mark_url(mark: TopShare, members_page: str) -> str:
    if not mark.is_listable:
        return ""
    return members_url(members_page, **{"orders.net": f"gte:{mark.floor_fen}"})


def pareto_chart(standing: Standing) -> AxisChart:
    """Share of revenue by share of members, with the 80 % line of the rule of thumb."""
    points = [(0, 0), *((top, share) for top, share in standing.curve if not top % _CURVE_STEP)]
    return AxisChart(
        categories=[f"{top * 100 // BP}%" for top, _share in points],
        series=[
            Series(name=_("累计收入"), values=[share for _top, share in points], is_area=True),
            Series(
                name=_("80% 参考线"), values=[_REFERENCE_BP for _point in points], is_reference=True
            ),
        ],
        unit="bp",
    )


def reach_parts(reach: Reach) -> list[Part]:
    """Recipients from audience to delivery."""
    return [
        Part(name=_("圈选"), value=reach.targeted),
        Part(name=_("可触达"), value=reach.targeted - reach.excluded),
        Part(name=_("已提交"), value=reach.submitted),
        Part(name=_("已送达"), value=reach.sent),
    ]


def channels_table(overview: Overview, *, members_page: str) -> Table:
    """What each channel brought in the period."""
    period = overview.current.period

    def joined(line: ChannelLine) -> str:
        if not line.new_members:
            return ""
        return members_url(
            members_page, **{"member.first_source": f"in:{line.channel}", JOINED: between(period)}
        )

    return table_make(
        caption=_("各渠道表现"),
        columns=(
            Column(
                key="channel", label=_("渠道"), is_primary=True, value=lambda line: source_label(line.channel)
            ),
            Column(key="gmv_fen", label=_("GMV"), kind="yuan"),
            Column(key="orders", label=_("订单"), kind="number"),
            Column(key="new_members", label=_("新会员"), kind="number", href=joined),
        ),
        rows=overview.channels,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class LoopTile:
    """One part of the loop with its count."""

    label: str | Promise
    text: str
    unit: str | Promise
    href: str


def loop_tiles(overview: Overview, *, pages: dict[str, str]) -> Sequence[LoopTile]:
    """The eight parts (PL-01); ``pages`` are the addresses of the lists behind them."""
    return [
        LoopTile(
            label=PARTS[part.part],
            text=NO_DATA if part.count is None else thousands(part.count),
            unit=_("尚未启用") if part.count is None else UNITS[part.part],
            href=pages.get(part.part, "") if part.count else "",
        )
        for part in overview.loop
    ]


def share_text(overview: Overview) -> str:
    """New and returning among the buyers of the period."""
    now = overview.current
    return _("首购 %(first)s · 复购 %(again)s · 订单 %(orders)s · 日均 %(mean)s") % {
        "first": thousands(now.first_buyers),
        "again": thousands(now.buyers - now.first_buyers),
        "orders": thousands(now.orders),
        "mean": money(now.gmv_fen // now.period.days),
    }
