"""The overview in the shape the API tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from analytics.overview.figures import ChannelLine, Day, Figures, LoopCount, Reach, Standing
from analytics.overview.rules import Compare, Period, hundredths
from analytics.overview.selectors import overview_get, period_get

_MISSING = ("fission: no source of referrals yet",)


@dataclass(frozen=True, kw_only=True)
class FormulaTold:
    """The factors as they travel; see `FormulaOut`."""

    traffic: int
    conversion_bp: int | None
    order_value: int | None
    fission_hundredths: int | None
    lifetime_orders_hundredths: int | None
    product: int
    actual: int
    gap: int
    raw_index: int | None
    missing: Sequence[str] = _MISSING


@dataclass(frozen=True, kw_only=True)
class FiguresTold:
    """A period with its formula."""

    period: Period
    gmv_fen: int
    refunded_fen: int
    net_fen: int
    orders: int
    buyers: int
    first_buyers: int
    arpu_fen: int | None
    members: int
    new_members: int
    new_friends: int
    lost_friends: int
    points_issued: int
    points_spent: int
    points_expired: int
    formula_told: FormulaTold


@dataclass(frozen=True, kw_only=True)
class OverviewTold:
    """Everything `GET /overview` answers."""

    as_of: datetime
    is_settling: bool
    current: FiguresTold
    previous: FiguresTold | None
    days: Sequence[Day]
    channels: Sequence[ChannelLine]
    standing: Standing | None
    reach: Reach
    loop: Sequence[LoopCount]


def overview_told(
    *, days: int, first: date | None, last: date | None, compare: Compare, mode: str
) -> OverviewTold:
    """The overview of the asked days; InvalidValue for a range that cannot be shown."""
    found = overview_get(period_get(days=days, first=first, last=last), compare=compare)
    ltv = found.standing.ltv_fen if mode == "raw" and found.standing else None
    return OverviewTold(
        as_of=found.as_of,
        is_settling=found.is_settling,
        current=_figures(found.current, ltv),
        previous=_figures(found.previous, ltv) if found.previous is not None else None,
        days=found.current.days,
        channels=found.channels,
        standing=found.standing,
        reach=found.reach,
        loop=found.loop,
    )


def _figures(figures: Figures, ltv_fen: int | None) -> FiguresTold:
    formula = figures.formula
    return FiguresTold(
        period=figures.period,
        gmv_fen=figures.gmv_fen,
        refunded_fen=figures.refunded_fen,
        net_fen=figures.net_fen,
        orders=figures.orders,
        buyers=figures.buyers,
        first_buyers=figures.first_buyers,
        arpu_fen=figures.arpu_fen,
        members=figures.members,
        new_members=figures.new_members,
        new_friends=figures.new_friends,
        lost_friends=figures.lost_friends,
        points_issued=figures.points_issued,
        points_spent=figures.points_spent,
        points_expired=figures.points_expired,
        formula_told=FormulaTold(
            traffic=formula.direct,
            conversion_bp=formula.conversion_bp,
            order_value=formula.order_value_fen,
            fission_hundredths=None,
            lifetime_orders_hundredths=hundredths(formula.lifetime_orders),
            product=formula.product_fen,
            actual=formula.gmv_fen,
            gap=formula.gap_fen,
            raw_index=formula.raw_index(ltv_fen=ltv_fen) if ltv_fen is not None else None,
        ),
    )
