"""What an order earns (N-3 to N-5) and what of it is to be taken back (N-9): pure, exact, integer.

Rates and multipliers are whole ten-thousandths, money is fen; there is one floor, at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from members.orders.earning import LineFacts, OrderFacts
from points.lots.expiry import expires_at
from points.lots.rules import LotFacts
from scrm.core import clock

UNIT = 10_000
_FEN = 100
_RATE = re.compile(r"(\d{1,4})(?:\.(\d{1,4}))?")
_HIGHEST_RATE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a rule adds: a multiplier (in ten-thousandths) or a fixed bonus, if the order is eligible."""

    kind: Literal["multiplier", "bonus"]
    group: str
    value: int
    priority: int = 100
    id: int = 0
    min_eligible_fen: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The rules as they stood when the order was paid (N-5): kept with the lot for later refunds."""

    rate: int = UNIT
    tier: int = UNIT
    pending_days: int = 7
    expiry: str = "months 12"
    effects: tuple[Effect, ...] = ()


def rate_parse(value: object) -> int:
    """Ten-thousandths of a point per yuan from 1, "1" or "0.5"; ValueError otherwise."""
    match = None if isinstance(value, bool) else _RATE.fullmatch(str(value))
    if match is None or not isinstance(value, int | str):
        raise ValueError(value)
    return int(match[1]) * UNIT + int((match[2] or "").ljust(4, "0"))


def is_rate(value: object) -> bool:
    """Whether a setting's value is a rate."""
    try:
        return rate_parse(value) <= _HIGHEST_RATE * UNIT
    except ValueError:
        return False


def _best(effects: Iterable[Effect]) -> list[Effect]:
    """One per group: the largest, then the lower priority number, then the lower id (N-5)."""
    best: dict[str, Effect] = {}
    for effect in sorted(effects, key=lambda e: (-e.value, e.priority, e.id)):
        best.setdefault(effect.group, effect)
    return list(best.values())


def order_points(eligible_fen: int, terms: Terms) -> int:
    """N-3: floor(yuan x rate x M) plus the best fixed bonus of each group. Nothing for nothing."""
    if eligible_fen <= 0:
        return 0
    if not terms.effects:
        return eligible_fen * terms.rate * terms.tier // (_FEN * UNIT * UNIT)
    met = [effect for effect in terms.effects if eligible_fen >= effect.min_eligible_fen]
    multiplier = terms.tier + sum(
        effect.value - UNIT for effect in _best(e for e in met if e.kind == "multiplier")
    )
    bonus = sum(effect.value for effect in _best(e for e in met if e.kind == "bonus"))
    return eligible_fen * terms.rate * multiplier // (_FEN * UNIT * UNIT) + bonus


def order_lot(facts: OrderFacts, terms: Terms, zone: str) -> LotFacts | None:
    """The lot that an order's facts amount to; None while it earns nothing."""
    paid_at = facts.paid_at
    if paid_at is None or (facts.cancelled_at is not None and facts.cancelled_at <= paid_at):
        return None
    points = order_points(_eligible(facts.lines, {}), terms)
    if points == 0:
        return None
    available_at = lapses_at = None
    if facts.completed_at is not None:
        available_at = available_from(facts.completed_at, terms.pending_days, zone)
        lapses_at = expires_at(terms.expiry, clock.local_date(available_at, zone), zone)
    return LotFacts(
        key=f"order:{facts.source_id}",
        issued_at=paid_at,
        points=points,
        available_at=available_at,
        expires_at=lapses_at,
        cuts=_cuts(facts, points, terms),
    )


def available_from(completed_at: datetime, pending_days: int, zone: str) -> datetime:
    """N-6: local midnight of the completed day + n; with no waiting, the moment of completion."""
    if pending_days == 0:
        return completed_at
    day = clock.local_date(completed_at, zone) + timedelta(days=pending_days)
    return clock.local_midnight(day, zone)


def _eligible(lines: Sequence[LineFacts], refunded: dict[int, int]) -> int:
    """N-4: cash on lines that may earn, less what was given back."""
    return sum(
        max(0, line.paid_fen - refunded.get(index, 0))
        for index, line in enumerate(lines)
        if not line.is_excluded
    )


def _cuts(facts: OrderFacts, points: int, terms: Terms) -> tuple[tuple[datetime, int], ...]:
    """What each refund, and a cancellation, takes back: the fall of the target at its instant."""
    if not facts.refunds and facts.cancelled_at is None:
        return ()
    refunded: dict[int, int] = {}
    target, cuts = points, []
    for refund in sorted(facts.refunds, key=lambda r: (r.at, r.key)):
        if facts.cancelled_at is not None and refund.at >= facts.cancelled_at:
            break
        for index, fen in refund.amounts:
            refunded[index] = refunded.get(index, 0) + fen
        remaining = order_points(_eligible(facts.lines, refunded), terms)
        if remaining < target:
            cuts.append((refund.at, target - remaining))
            target = remaining
    if facts.cancelled_at is not None and target:
        cuts.append((facts.cancelled_at, target))
    return tuple(cuts)
