"""Pure rules of orders: what facts come to, however they arrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from members.orders.errors import FactsChanged, FromTheFuture, OrderRefused, RefundExceedsPaid
from members.orders.facts import LineFacts, OrderFacts, RefundFacts
from scrm.core.money import split_largest_remainder

AHEAD = timedelta(minutes=10)
_LONGEST_ID = 80
_WIDTHS = (80, 120, 60)
_MOST = 10**15  # fen: ten trillion yuan, far inside bigint


@dataclass(frozen=True, kw_only=True)
class Times:
    """The four moments of an order; each the earliest that was reported, so repetition cannot move it."""

    placed_at: datetime | None = None
    paid_at: datetime | None = None
    completed_at: datetime | None = None
    cancelled_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class OrderState:
    """All facts of one order so far. Lines and refunds by external id; line discounts are final."""

    times: Times = field(default_factory=Times)
    shipping_fen: int = 0
    lines: dict[str, LineFacts] = field(default_factory=dict)
    refunds: dict[str, RefundFacts] = field(default_factory=dict)

    def refunded(self, line_id: str) -> int:
        """Fen given back of a line so far."""
        return sum(refund.amounts.get(line_id, 0) for refund in self.refunds.values())


@dataclass(frozen=True, kw_only=True)
class OrderAmounts:
    """What the facts come to, in fen. ``net_fen`` is 0 unless paid and not cancelled."""

    paid_fen: int
    refunded_fen: int
    net_fen: int
    is_valid: bool
    occurred_at: datetime


def facts_check(facts: OrderFacts, *, now: datetime) -> None:
    """Refuse what can never be true, before anything is read."""
    if not facts.channel.strip() or not facts.external_id.strip():
        raise OrderRefused("channel and external_id are needed", pointer="/external_id")
    if len(facts.channel) > 40 or len(facts.external_id) > _LONGEST_ID:  # noqa: PLR2004 - column widths
        raise OrderRefused("channel or external_id is too long", pointer="/external_id")
    if facts.first_at is None:
        raise OrderRefused(
            "a message about an order states at least one moment", pointer="/placed_at"
        )
    times = (facts.placed_at, facts.paid_at, facts.completed_at, facts.cancelled_at)
    for at in (*times, *(refund.occurred_at for refund in facts.refunds)):
        if at is not None and at > now + AHEAD:
            raise FromTheFuture(
                "this moment is more than ten minutes ahead of us", at=at.isoformat()
            )
    _lines_check(facts)
    _refunds_check(facts)


def _lines_check(facts: OrderFacts) -> None:
    if len({line.external_id for line in facts.lines}) < len(facts.lines):
        raise OrderRefused("two lines have the same external_id", pointer="/lines")
    if not 0 <= facts.shipping_fen <= _MOST or not 0 <= facts.order_discount_fen <= _MOST:
        raise OrderRefused("amounts are not negative", pointer="/shipping_fen")
    if facts.order_discount_fen and not facts.lines:
        raise OrderRefused("an order discount needs the lines it is split over", pointer="/lines")
    for place, line in enumerate(facts.lines):
        amounts = (line.subtotal_fen, line.discount_fen, line.offset_fen, line.qty)
        if any(not 0 <= amount <= _MOST for amount in amounts) or line.qty > 10**9:
            raise OrderRefused("amounts are not negative", pointer=f"/lines/{place}")
        if not 0 < len(line.external_id) <= _LONGEST_ID:
            raise OrderRefused("a line needs an external_id", pointer=f"/lines/{place}/external_id")
        if any(
            len(text) > width
            for text, width in zip((line.sku, line.name, line.category), _WIDTHS, strict=True)
        ):
            raise OrderRefused("sku, name or category is too long", pointer=f"/lines/{place}")
    for place, line in enumerate(lines_settled(facts)):
        if line.paid_fen < 0:
            raise OrderRefused("discounts exceed the subtotal", pointer=f"/lines/{place}")


def _refunds_check(facts: OrderFacts) -> None:
    if len({refund.external_id for refund in facts.refunds}) < len(facts.refunds):
        raise OrderRefused("two refunds have the same external_id", pointer="/refunds")
    for place, refund in enumerate(facts.refunds):
        if not 0 < len(refund.external_id) <= _LONGEST_ID or not refund.amounts:
            raise OrderRefused(
                "a refund needs an external_id and lines", pointer=f"/refunds/{place}"
            )
        if any(not 0 < amount <= _MOST for amount in refund.amounts.values()):
            raise OrderRefused("refunded amounts are positive", pointer=f"/refunds/{place}/lines")


def lines_settled(facts: OrderFacts) -> list[LineFacts]:
    """The message's lines with their share of the order's discount in it (N-4)."""
    if not facts.order_discount_fen:
        return list(facts.lines)
    shares = split_largest_remainder(
        facts.order_discount_fen, [line.subtotal_fen for line in facts.lines]
    )
    return [
        replace(line, discount_fen=line.discount_fen + share)
        for line, share in zip(facts.lines, shares, strict=True)
    ]


def state_merge(state: OrderState, facts: OrderFacts) -> OrderState:
    """The order after one more message. Commutative and idempotent; contradictions are refused."""
    lines = dict(state.lines)
    for line in lines_settled(facts):
        if lines.setdefault(line.external_id, line) != line:
            raise FactsChanged("this line came before with other content", line=line.external_id)
    refunds = dict(state.refunds)
    for refund in facts.refunds:
        known = refunds.setdefault(refund.external_id, refund)
        if known.amounts != refund.amounts:
            raise FactsChanged(
                "this refund came before with other content", refund=refund.external_id
            )
        if refund.occurred_at < known.occurred_at:
            refunds[refund.external_id] = refund
    times = Times(
        placed_at=_earliest(state.times.placed_at, facts.placed_at),
        paid_at=_earliest(state.times.paid_at, facts.paid_at),
        completed_at=_earliest(state.times.completed_at, facts.completed_at),
        cancelled_at=_earliest(state.times.cancelled_at, facts.cancelled_at),
    )
    merged = OrderState(
        times=times,
        shipping_fen=max(state.shipping_fen, facts.shipping_fen),
        lines=lines,
        refunds=refunds,
    )
    for line in lines.values():
        if merged.refunded(line.external_id) > line.paid_fen:
            raise RefundExceedsPaid(
                "refunds exceed what was paid for a line", line=line.external_id
            )
    if times.paid_at is not None and lines:
        _no_stray_refunds(
            merged, [told for told in facts.refunds if told.external_id not in state.refunds]
        )
    return merged


def _no_stray_refunds(state: OrderState, told: Sequence[RefundFacts]) -> None:
    # Until an order is paid its lines may still be on their way; afterwards a refund must name one. One that
    # came before is not the payment's fault: it takes nothing back as long as its line does not come.
    for refund in told:
        unknown = refund.amounts.keys() - state.lines.keys()
        if unknown:
            raise RefundExceedsPaid(
                "a refund names a line that this order does not have", line=min(unknown)
            )


def _earliest(known: datetime | None, told: datetime | None) -> datetime | None:
    if known is None or told is None:
        return known or told
    return min(known, told)


def order_amounts(state: OrderState) -> OrderAmounts:
    """What the facts come to."""
    paid = sum(line.paid_fen for line in state.lines.values())
    refunded = sum(state.refunded(line_id) for line_id in state.lines)
    counts = state.times.paid_at is not None and state.times.cancelled_at is None
    net = paid - refunded if counts else 0
    times = state.times
    known = [at for at in (times.paid_at, times.completed_at, times.cancelled_at) if at is not None]
    known += [refund.occurred_at for refund in state.refunds.values()]
    return OrderAmounts(
        paid_fen=paid,
        refunded_fen=refunded,
        net_fen=net,
        is_valid=net > 0,
        occurred_at=times.placed_at or min(known),
    )
