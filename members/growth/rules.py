"""What an order adds to growth and what later takes away of it (N-15): pure, exact, integer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from members.orders.earning import OrderFacts, RefundFacts

_FEN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One rise or fall: counted from `occurred_at` on, for the day of `effective_at`."""

    cause: str
    amount: int
    effective_at: datetime
    occurred_at: datetime


def entries_of(order: OrderFacts) -> list[Entry]:
    """The entries an order's facts amount to. A full refund nets to exactly nothing.

    What was given back by the time the order counts lowers its start; each later refund, and a
    cancellation, is an entry of the fall of the floor of what remains.
    """
    if order.paid_at is None or order.completed_at is None:
        return []
    counts_at = max(order.paid_at, order.completed_at)
    cancelled_at = order.cancelled_at
    if cancelled_at is not None and cancelled_at <= counts_at:
        return []
    refunds = sorted(order.refunds, key=lambda refund: (refund.at, refund.key))
    left = [0 if line.is_excluded else line.paid_fen for line in order.lines]
    _take(left, (refund for refund in refunds if refund.at <= counts_at))
    stands = _yuan(left)
    found = [_entry(order, "earn", stands, counts_at)]
    for refund in refunds:
        if refund.at <= counts_at or (cancelled_at is not None and refund.at >= cancelled_at):
            continue
        _take(left, [refund])
        found.append(_entry(order, f"refund:{refund.key}", _yuan(left) - stands, refund.at))
        stands = _yuan(left)
    if cancelled_at is not None:
        found.append(_entry(order, "cancel", -stands, cancelled_at))
    return [entry for entry in found if entry.amount]


def _entry(order: OrderFacts, cause: str, amount: int, at: datetime) -> Entry:
    assert order.completed_at is not None  # noqa: S101 - the caller looked; said for the type checker
    return Entry(cause=cause, amount=amount, effective_at=order.completed_at, occurred_at=at)


def _take(left: list[int], refunds: Iterable[RefundFacts]) -> None:
    for refund in refunds:
        for index, fen in refund.amounts:
            left[index] = max(0, left[index] - fen)


def _yuan(left: Sequence[int]) -> int:
    return sum(left) // _FEN
