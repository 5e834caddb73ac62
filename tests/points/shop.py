"""Says things about orders the way channels do, and reads back what points made of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from members.identity.rules import Claim
from members.orders.facts import LineFacts, OrderFacts, RefundFacts
from members.orders.models import Order
from members.orders.services import order_apply
from members.people.models import Member
from points.lots.audit import points_audit
from points.lots.models import Lot, PointsAccount
from points.orders.services import orders_settle
from scrm.ledger.selectors import ledger_audit, system_balance

START = datetime(2025, 3, 1, 4, tzinfo=UTC)
SYSTEM = ("issued", "redeemed", "expired", "reversed", "adjusted")


def day(n: float) -> datetime:
    return START + timedelta(days=n)


def tell(
    number: int | str,
    *,
    buyer: str = "A1",
    lines: tuple[int, ...] = (),
    refund: tuple[str, float, dict[str, int]] | None = None,
    **moments: float,
) -> Order:
    """One message about one order (days as numbers, fen per line), settled at once."""
    facts = OrderFacts(
        channel="shop",
        external_id=str(number),
        claims=(Claim(type="business_account", value=buyer),),
        lines=tuple(LineFacts(external_id=str(n), subtotal_fen=fen) for n, fen in enumerate(lines)),
        refunds=()
        if refund is None
        else (RefundFacts(external_id=refund[0], occurred_at=day(refund[1]), amounts=refund[2]),),
        **{name: day(n) for name, n in moments.items()},  # type: ignore[arg-type]
    )
    order = order_apply(facts)
    orders_settle([order.pk])
    return order


def account(buyer: str = "A1") -> tuple[int, int, int, int]:
    """(pending, available, held, debt) as stored."""
    row = PointsAccount.objects.get(member_id=member_id(buyer))
    return row.pending, row.available, row.held, row.debt


def member_id(buyer: str = "A1") -> int:
    found = Member.objects.get(identities__value_hash=hash_of(buyer))
    return found.pk


def hash_of(buyer: str) -> str:
    from members.identity.cipher import value_hash

    return value_hash(Claim(type="business_account", value=buyer))


def system() -> dict[str, int]:
    return {kind: system_balance(unit="points", kind=kind) for kind in SYSTEM}


def prove() -> None:
    """I-1 to I-4 hold."""
    assert ledger_audit() == []
    assert points_audit() == []


@dataclass(frozen=True)
class Picture:
    """Everything that must not depend on the order of messages."""

    accounts: dict[str, tuple[int, ...]]
    lots: dict[str, tuple[Any, ...]]
    system: dict[str, int]


def picture(buyers: tuple[str, ...]) -> Picture:
    names = {member_id(buyer): buyer for buyer in buyers}
    return Picture(
        accounts={
            names[row.member_id]: (row.pending, row.available, row.held, row.debt, row.next_due_at)
            for row in PointsAccount.objects.all()
        },
        lots={
            f"{row.source_type}:{row.source_id}": (
                names[row.member_id], row.qty, row.remaining, row.held, row.state, row.issued_at,
                row.available_at, row.expires_at, row.flows,
            )
            for row in Lot.objects.all()
        },
        system=system(),
    )  # fmt: skip
