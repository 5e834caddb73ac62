"""A member's points as a function of facts and an instant; no history of messages enters.

Facts are lots (what was granted, when it counts, what is to be taken back) and spends. They are
played in business-time order, so lateness, order and repetition of messages cannot matter (N-41).
What comes out are totals of flows; a flow is an amount moved between two accounts (``FLOWS``), and
the difference to what was posted before is what the ledger still has to hear.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

_FOREVER = datetime.max.replace(tzinfo=UTC)


class AccountKind(StrEnum):
    """The ledger accounts of the points unit; those of a member, then those of the system."""

    PENDING = "member_pending"
    AVAILABLE = "member_available"
    HELD = "member_held"
    DEBT = "member_debt"
    ISSUED = "issued"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    REVERSED = "reversed"
    ADJUSTED = "adjusted"


class Flow(NamedTuple):
    """From where to where; ``forward`` and ``backward`` are the stages in which it is posted.

    Within one settlement credits to an account are posted before its debits, so that no floor is
    met half way: sources, then into available, then out of it, then out of held and pending.
    """

    debit: AccountKind
    credit: AccountKind
    forward: int
    backward: int


A = AccountKind
FLOWS: dict[str, Flow] = {
    "earn": Flow(A.ISSUED, A.PENDING, 1, 4),
    "grant": Flow(A.ISSUED, A.AVAILABLE, 1, 3),
    "adjust": Flow(A.ADJUSTED, A.AVAILABLE, 1, 3),
    "activate": Flow(A.PENDING, A.AVAILABLE, 2, 3),
    "cut_pending": Flow(A.PENDING, A.REVERSED, 4, 1),
    "cut": Flow(A.AVAILABLE, A.REVERSED, 3, 2),
    "debt": Flow(A.DEBT, A.REVERSED, 3, 3),
    "offset": Flow(A.ADJUSTED, A.REVERSED, 3, 3),
    "pay": Flow(A.AVAILABLE, A.DEBT, 3, 2),
    "expire": Flow(A.AVAILABLE, A.EXPIRED, 3, 2),
    "hold": Flow(A.AVAILABLE, A.HELD, 3, 2),
    "capture": Flow(A.HELD, A.REDEEMED, 4, 1),
    "deduct": Flow(A.HELD, A.ADJUSTED, 4, 1),
    "hold_debt": Flow(A.DEBT, A.HELD, 3, 2),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LotFacts:
    """A grant. ``cuts`` are points to take back and when; ``door`` is how the points came in."""

    key: str
    issued_at: datetime
    points: int
    available_at: datetime | None = None
    expires_at: datetime | None = None
    cuts: tuple[tuple[datetime, int], ...] = ()
    door: str = "earn"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendFacts:
    """Points set aside at an instant; captured or voided later, once. ``sink`` is where they end."""

    key: str
    at: datetime
    points: int
    captured_at: datetime | None = None
    voided_at: datetime | None = None
    sink: str = "capture"


@dataclass(slots=True)
class LotResult:
    """What became of a lot: amounts standing in it and totals of its flows."""

    facts: LotFacts
    pending: int = 0
    free: int = 0
    held: int = 0
    is_activated: bool = False
    flows: Counter[str] = field(default_factory=Counter)
    moved_at: dict[str, datetime] = field(default_factory=dict)

    @property
    def remaining(self) -> int:
        """Points that stand in the lot and are not set aside."""
        return self.pending + self.free

    @property
    def spend_order(self) -> tuple[datetime, datetime, datetime, str]:
        """N-8, ending on facts instead of keys, which depend on who came first."""
        facts = self.facts
        return (
            facts.expires_at or _FOREVER,
            facts.available_at or _FOREVER,
            facts.issued_at,
            facts.key,
        )

    def move(self, flow: str, points: int, at: datetime) -> None:
        if points:
            self.flows[flow] += points
            self.moved_at[flow] = at


@dataclass(slots=True)
class SpendResult:
    """Which lots a spend took from, and what no lot could give."""

    facts: SpendFacts
    parts: list[tuple[LotResult, int]] = field(default_factory=list)
    short: int = 0
    flows: Counter[str] = field(default_factory=Counter)
    moved_at: dict[str, datetime] = field(default_factory=dict)


@dataclass(slots=True)
class Standing:
    """A member's points at an instant."""

    lots: list[LotResult]
    spends: list[SpendResult]
    debt: int = 0
    offset: int = 0
    next_due_at: datetime | None = None

    @property
    def pending(self) -> int:
        return sum(lot.pending for lot in self.lots)

    @property
    def available(self) -> int:
        return sum(lot.free for lot in self.lots)

    def lapsing_by(self, until: datetime) -> int:
        """Available points that lapse by then."""
        return sum(
            lot.free
            for lot in self.lots
            if lot.facts.expires_at is not None and lot.facts.expires_at <= until
        )

    @property
    def held(self) -> int:
        return sum(lot.held for lot in self.lots) + sum(
            spend.flows["hold_debt"] - spend.flows["capture"] - spend.flows["deduct"]
            for spend in self.spends
        )


# Of things at the same instant: what lapses has lapsed, what counts counts, spends were allowed, then take back.
_EXPIRE, _ISSUE, _ACTIVATE, _HOLD, _END, _CUT = range(6)


def standing_of(
    lots: Iterable[LotFacts],
    spends: Iterable[SpendFacts],
    *,
    at: datetime,
    offsets_cash: bool = False,
) -> Standing:
    """Play the facts up to ``at``. Only the clock-driven moves (available, expired) wait for it."""
    standing = Standing(
        lots=[LotResult(facts) for facts in lots], spends=[SpendResult(facts) for facts in spends]
    )
    play = _Play(standing, offsets_cash=offsets_cash)
    for when, what, _key, subject, points in sorted(_events(standing, at), key=lambda e: e[:3]):
        play.step(what, subject, points, when)
    standing.next_due_at = _next_due(standing.lots, at)
    return standing


_Event = tuple[datetime, int, str, LotResult | SpendResult, int]


def _events(standing: Standing, at: datetime) -> Iterable[_Event]:
    for lot in standing.lots:
        facts = lot.facts
        issued = facts.issued_at
        yield issued, _ISSUE, facts.key, lot, 0
        if facts.door != "earn":
            yield issued, _ACTIVATE, facts.key, lot, 0  # N-6: other sources count at once
        elif facts.available_at is not None and facts.available_at <= at:
            yield max(facts.available_at, issued), _ACTIVATE, facts.key, lot, 0
        if facts.expires_at is not None and facts.expires_at <= at:
            yield facts.expires_at, _EXPIRE, facts.key, lot, 0
        for cut_at, points in facts.cuts:
            yield max(cut_at, issued), _CUT, facts.key, lot, points
    for spend in standing.spends:
        asked = spend.facts
        yield asked.at, _HOLD, asked.key, spend, 0
        end = asked.captured_at or asked.voided_at
        if end is not None:
            yield max(end, asked.at), _END, asked.key, spend, 0


def _next_due(lots: Sequence[LotResult], at: datetime) -> datetime | None:
    due = [
        moment
        for lot in lots
        for moment in (
            lot.facts.available_at if lot.pending else None,
            lot.facts.expires_at if lot.free or lot.held else None,
        )
        if moment is not None and moment > at
    ]
    return min(due, default=None)


class _Play:
    """One pass over the facts of one member."""

    def __init__(self, standing: Standing, *, offsets_cash: bool) -> None:
        self.standing = standing
        self.offsets_cash = offsets_cash
        self.in_order = sorted(standing.lots, key=lambda lot: lot.spend_order)

    def step(self, what: int, subject: LotResult | SpendResult, points: int, at: datetime) -> None:
        if isinstance(subject, SpendResult):
            (self._hold if what == _HOLD else self._end)(subject, at)
        elif what == _ISSUE:
            subject.pending = subject.facts.points
            subject.move(subject.facts.door, subject.pending, at)
        elif what == _ACTIVATE:
            self._activate(subject, at)
        elif what == _EXPIRE:
            self._expire(subject, at)
        else:
            self._cut(subject, points, at)

    def _activate(self, lot: LotResult, at: datetime) -> None:
        if not lot.pending:
            return  # taken back before it counted
        lot.is_activated = True
        lot.free, lot.pending = lot.pending, 0
        if lot.facts.door == "earn":
            lot.move("activate", lot.free, at)
        self._pay(lot, at)
        if lot.facts.expires_at is not None and lot.facts.expires_at <= at:
            self._expire(lot, at)  # so late that it had lapsed before it counted

    def _pay(self, lot: LotResult, at: datetime) -> None:
        """N-10: points that become available pay debt first."""
        paid = min(self.standing.debt, lot.free)
        lot.free -= paid
        self.standing.debt -= paid
        lot.move("pay", paid, at)

    def _expire(self, lot: LotResult, at: datetime) -> None:
        lot.move("expire", lot.free, at)
        lot.free = 0

    def _cut(self, lot: LotResult, points: int, at: datetime) -> None:
        """N-9: the order's own pending lot, its own available one, others by N-8, then debt."""
        taken = min(points, lot.pending)
        lot.pending -= taken
        lot.move("cut_pending", taken, at)
        points -= taken
        for other in (lot, *self.in_order):
            taken = min(points, other.free)
            other.free -= taken
            other.move("cut", taken, at)
            points -= taken
        if points and self.offsets_cash:
            self.standing.offset += points
            lot.move("offset", points, at)
        elif points:
            self.standing.debt += points
            lot.move("debt", points, at)

    def _hold(self, spend: SpendResult, at: datetime) -> None:
        wanted = spend.facts.points
        for lot in self.in_order:
            taken = min(wanted, lot.free)
            if taken:
                lot.free -= taken
                lot.held += taken
                lot.move("hold", taken, at)
                spend.parts.append((lot, taken))
                wanted -= taken
        if wanted:
            # Only facts that came after the spend can leave it uncovered.
            self.standing.debt += wanted
            spend.short = wanted
            spend.flows["hold_debt"] += wanted
            spend.moved_at["hold_debt"] = at

    def _end(self, spend: SpendResult, at: datetime) -> None:
        sink = spend.facts.sink
        is_void = spend.facts.captured_at is None
        for lot, points in spend.parts:
            lot.held -= points
            if not is_void:
                lot.move(sink, points, at)
                continue
            lot.move("hold", -points, at)
            lot.free += points
            self._pay(lot, at)
            if lot.facts.expires_at is not None and lot.facts.expires_at <= at:
                self._expire(lot, at)
        if spend.short and is_void:
            self._forgive(spend.short, at)
            spend.flows["hold_debt"] = 0
        elif spend.short:
            spend.flows[sink] += spend.short
            spend.moved_at[sink] = at

    def _forgive(self, points: int, at: datetime) -> None:
        """A debt falls away; what lots have paid of it by now goes back to them, the last first."""
        left = min(points, self.standing.debt)
        self.standing.debt -= left
        left = points - left
        for lot in reversed(self.in_order):
            back = min(left, lot.flows["pay"])
            if not back:
                continue
            lot.move("pay", -back, at)
            lot.free += back
            left -= back
            if lot.facts.expires_at is not None and lot.facts.expires_at <= at:
                self._expire(lot, at)


class LotState(StrEnum):
    """States of a lot (domain.md D2)."""

    PENDING = "pending"
    AVAILABLE = "available"
    DEPLETED = "depleted"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REVERSED = "reversed"


def lot_state(lot: LotResult) -> LotState:
    """The state that the lot's amounts and flows amount to."""
    if not lot.is_activated:
        return LotState.PENDING if lot.pending else LotState.CANCELLED
    if lot.free or lot.held:
        return LotState.AVAILABLE
    if lot.flows["expire"]:
        return LotState.EXPIRED
    if lot.flows["pay"] or lot.flows["capture"] or lot.flows["deduct"]:
        return LotState.DEPLETED
    return LotState.REVERSED
