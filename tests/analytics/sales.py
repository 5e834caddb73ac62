"""Sales of many members at once, told through the real order service."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from members.identity.rules import Claim
from members.orders.facts import LineFacts, OrderFacts, RefundFacts
from members.orders.services import orders_apply
from scrm.core import clock

TODAY = date(2026, 3, 2)
AS_OF = TODAY - timedelta(days=1)
ZONE = "Asia/Shanghai"


@dataclass(frozen=True, kw_only=True)
class Sale:
    """One paid order: who, how many days before AS_OF (0 is AS_OF itself), fen, fen given back."""

    buyer: str
    age: int
    fen: int
    refund: int = 0
    number: str = ""


def noon(day: date) -> datetime:
    return clock.local_midnight(day, ZONE) + timedelta(hours=12)


def sell(sales: Iterable[Sale]) -> list[int]:
    """Record the sales; answers the keys of their orders."""
    with clock.frozen(noon(TODAY)):
        outcomes = orders_apply([_facts(sale, n) for n, sale in enumerate(sales)])
    assert all(outcome.error is None for outcome in outcomes), [
        o.error for o in outcomes if o.error
    ]
    return [outcome.order_id for outcome in outcomes if outcome.order_id is not None]


def _facts(sale: Sale, place: int) -> OrderFacts:
    at = noon(AS_OF - timedelta(days=sale.age))
    number = sale.number or f"{sale.buyer}-{sale.age}-{place}"
    return OrderFacts(
        channel="shop",
        external_id=number,
        claims=(Claim(type="business_account", value=sale.buyer),),
        placed_at=at,
        paid_at=at,
        completed_at=at + timedelta(hours=1),
        lines=(LineFacts(external_id="0", subtotal_fen=sale.fen),),
        refunds=(
            RefundFacts(
                external_id="r", occurred_at=at + timedelta(hours=2), amounts={"0": sale.refund}
            ),
        )
        if sale.refund
        else (),
    )
