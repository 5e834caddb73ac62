"""Pure rules of the overview: periods, the formula of N-28, shares of N-29. Money in fen, rates in bp."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from scrm.core.money import BP, half_up_div

Compare = Literal["previous", "year", "none"]
PRESETS = (7, 30, 90)
# Marks of N-29, and the points of its curve.
PARETO_MARKS = (200, 2000)
PARETO_CURVE = (100, 200, 500, *range(1000, BP + 1, 500))
_FEBRUARY, _LEAP_DAY = 2, 29


@dataclass(frozen=True, kw_only=True)
class Period:
    """Local days from ``first`` to ``last``, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def before(self, compare: Compare) -> Period | None:
        """The period it is compared with: as many days just before, or the same days last year."""
        if compare == "none":
            return None
        if compare == "year":
            return Period(first=_year_before(self.first), last=_year_before(self.last))
        end = self.first - timedelta(days=1)
        return Period(first=end - timedelta(days=self.days - 1), last=end)


def _year_before(day: date) -> date:
    if (day.month, day.day) == (_FEBRUARY, _LEAP_DAY):
        day -= timedelta(days=1)
    return day.replace(year=day.year - 1)


def past(days: int, *, until: date) -> Period:
    """The past ``days`` local days at a day (N-24)."""
    return Period(first=until - timedelta(days=days - 1), last=until)


@dataclass(frozen=True, kw_only=True)
class Formula:
    """GMV = traffic × conversion × order value × fission × lifetime orders, without a gap (N-28).

    ``direct`` people came by themselves, ``reached`` are all there are: fission is reached ÷ direct.
    """

    direct: int
    reached: int
    buyers: int
    orders: int
    gmv_fen: int

    @property
    def conversion(self) -> Fraction | None:
        return _ratio(self.buyers, self.reached)

    @property
    def order_value(self) -> Fraction | None:
        return _ratio(self.gmv_fen, self.orders)

    @property
    def fission(self) -> Fraction | None:
        return _ratio(self.reached, self.direct)

    @property
    def lifetime_orders(self) -> Fraction | None:
        return _ratio(self.orders, self.buyers)

    @property
    def conversion_bp(self) -> int | None:
        return rate_bp(self.buyers, self.reached)

    @property
    def order_value_fen(self) -> int | None:
        return average(self.gmv_fen, self.orders)

    @property
    def product_fen(self) -> int:
        """The five factors multiplied without rounding on the way; 0 where one has no value."""
        product = Fraction(self.direct)
        for factor in (self.conversion, self.order_value, self.fission, self.lifetime_orders):
            product *= factor if factor is not None else 0
        return half_up_div(product.numerator, product.denominator)

    @property
    def gap_fen(self) -> int:
        return self.gmv_fen - self.product_fen

    def raw_index(self, *, ltv_fen: int) -> int:
        """The literal product with LTV as money (mode `raw`): price counts twice, so it is no money."""
        product = Fraction(self.direct) * ltv_fen / BP
        for factor in (self.conversion, self.order_value, self.fission):
            product *= factor if factor is not None else 0
        return half_up_div(product.numerator, product.denominator)


def fission_of(*, direct: int, referred: int) -> Fraction | None:
    """(direct + referred) ÷ direct new customers."""
    return _ratio(direct + referred, direct)


def _ratio(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


def rate_bp(part: int, whole: int) -> int | None:
    """A share in basis points, half up; None of nothing."""
    return half_up_div(part * BP, whole) if whole > 0 else None


def average(total: int, count: int) -> int | None:
    """A mean, half up; None of nothing."""
    return half_up_div(total, count) if count > 0 else None


def hundredths(ratio: Fraction | None) -> int | None:
    """A ratio times one hundred, half up: 1.25 is 125."""
    return half_up_div(ratio.numerator * 100, ratio.denominator) if ratio is not None else None


def top_count(count: int, share: int) -> int:
    """k = ⌈n × p⌉ of N-29, ``share`` in basis points."""
    return -(-count * share // BP)


def change_bp(now: int, then: int) -> int | None:
    """Growth against the period before, in basis points; None when there was nothing before."""
    return half_up_div((now - then) * BP, then) if then > 0 else None
