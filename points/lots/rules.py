"""A member's points as a function of facts and an instant; no history of messages enters.

Facts are lots (what was granted, when it counts, what is to be taken back) and spends. They are
played in business-time order, so lateness, order and repetition of messages cannot matter (N-41).
What comes out are totals of flows; a flow is an amount moved between two accounts (``points/lots/flows.py``), and
the difference to what was posted before is what the ledger still has to hear.

Members who were merged play apart until the merge (N-40): a spend or a refund of before sees only its own
account's lots, and at the merge what one owes is paid by what the other has. So no merge rewrites history, and
a split is the same play without the join.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

_FOREVER = datetime.max.replace(tzinfo=UTC)


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
    origin: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendFacts:
    """Points set aside at an instant; captured or voided later, once. ``sink`` is where they end."""

    key: str
    at: datetime
    points: int
    captured_at: datetime | None = None
    voided_at: datetime | None = None
    sink: str = "capture"
    origin: int = 0


class JoinFacts(NamedTuple):
    """At that instant the account ``origin`` went into another; ``origin`` of lots and spends names accounts."""

    at: datetime
    origin: int
    into: int


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
    def spend_order(self) -> tuple[datetime, datetime, datetime, str, int]:
        """N-8, ending on facts instead of keys, which depend on who came first."""
        facts = self.facts
        return (
            facts.expires_at or _FOREVER,
            facts.available_at or _FOREVER,
            facts.issued_at,
            facts.key,
            facts.origin,
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


# Of things at the same instant: what lapses has lapsed, two are one, what counts counts, spends were allowed, then
# take back.
_EXPIRE, _JOIN, _ISSUE, _ACTIVATE, _HOLD, _END, _CUT = range(7)


def standing_of(
    lots: Iterable[LotFacts],
    spends: Iterable[SpendFacts],
    *,
    at: datetime,
    offsets_cash: bool = False,
    joins: Sequence[JoinFacts] = (),
) -> Standing:
    """Play the facts up to ``at``. Only the clock-driven moves (available, expired) wait for it."""
    standing = Standing(
        lots=[LotResult(facts) for facts in lots], spends=[SpendResult(facts) for facts in spends]
    )
    play = _Play(standing, offsets_cash=offsets_cash, joins=joins)
    events = [*_events(standing, at), *((join.at, _JOIN, "", join, 0) for join in joins)]
    for when, what, _key, subject, points in sorted(events, key=_event_order):
        play.step(what, subject, points, when)
    standing.debt = play.debt
    standing.next_due_at = _next_due(standing.lots, at)
    return standing


_Event = tuple[datetime, int, str, LotResult | SpendResult | JoinFacts, int]


def _event_order(event: _Event) -> tuple[datetime, int, str, int]:
    when, what, key, subject, _points = event
    return (
        when,
        what,
        key,
        subject.origin if isinstance(subject, JoinFacts) else subject.facts.origin,
    )


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


@dataclass(slots=True)
class _Purse:
    """What pays for one another: the lots of one account, or of several that are one by now."""

    in_order: list[LotResult]
    debt: int = 0


class _Play:
    """One pass over the facts of one person."""

    def __init__(
        self, standing: Standing, *, offsets_cash: bool, joins: Sequence[JoinFacts]
    ) -> None:
        self.standing = standing
        self.offsets_cash = offsets_cash
        lots = sorted(standing.lots, key=lambda lot: lot.spend_order)
        # Who joins later has a purse of their own until then; everybody else shares one from the start.
        apart = {join.origin for join in joins}
        self.shared = _Purse([lot for lot in lots if lot.facts.origin not in apart])
        self.purses = {
            origin: _Purse([lot for lot in lots if lot.facts.origin == origin]) for origin in apart
        }

    @property
    def debt(self) -> int:
        purses = {id(purse): purse for purse in (self.shared, *self.purses.values())}
        return sum(purse.debt for purse in purses.values())

    def step(
        self, what: int, subject: LotResult | SpendResult | JoinFacts, points: int, at: datetime
    ) -> None:
        if isinstance(subject, JoinFacts):
            self._join(subject, at)
            return
        purse = self.purses.get(subject.facts.origin, self.shared)
        if isinstance(subject, SpendResult):
            (self._hold if what == _HOLD else self._end)(purse, subject, at)
        elif what == _ISSUE:
            subject.pending = subject.facts.points
            subject.move(subject.facts.door, subject.pending, at)
        elif what == _ACTIVATE:
            self._activate(purse, subject, at)
        elif what == _EXPIRE:
            self._expire(subject, at)
        else:
            self._cut(purse, subject, points, at)

    def _join(self, join: JoinFacts, at: datetime) -> None:
        """Two purses become one; what one owes is paid by what the other has (N-40)."""
        ours = self.purses[join.origin]
        into = self.purses.get(join.into, self.shared)
        into.in_order = sorted([*into.in_order, *ours.in_order], key=lambda lot: lot.spend_order)
        into.debt += ours.debt
        ours.debt = 0
        for origin, purse in self.purses.items():
            if purse is ours:
                self.purses[origin] = into
        for lot in into.in_order:
            if not into.debt:
                return
            self._pay(into, lot, at)

    def _activate(self, purse: _Purse, lot: LotResult, at: datetime) -> None:
        if not lot.pending:
            return  # taken back before it counted
        lot.is_activated = True
        lot.free, lot.pending = lot.pending, 0
        if lot.facts.door == "earn":
            lot.move("activate", lot.free, at)
        self._pay(purse, lot, at)
        if lot.facts.expires_at is not None and lot.facts.expires_at <= at:
            self._expire(lot, at)  # so late that it had lapsed before it counted

    def _pay(self, purse: _Purse, lot: LotResult, at: datetime) -> None:
        """N-10: points that become available pay debt first."""
        paid = min(purse.debt, lot.free)
        lot.free -= paid
        purse.debt -= paid
        lot.move("pay", paid, at)

    def _expire(self, lot: LotResult, at: datetime) -> None:
        lot.move("expire", lot.free, at)
        lot.free = 0

    def _cut(self, purse: _Purse, lot: LotResult, points: int, at: datetime) -> None:
        """N-9: the order's own pending lot, its own available one, others by N-8, then debt."""
        taken = min(points, lot.pending)
        lot.pending -= taken
        lot.move("cut_pending", taken, at)
        points -= taken
        for other in (lot, *purse.in_order):
            taken = min(points, other.free)
            other.free -= taken
            other.move("cut", taken, at)
            points -= taken
        if points and self.offsets_cash:
            self.standing.offset += points
            lot.move("offset", points, at)
        elif points:
            purse.debt += points
            lot.move("debt", points, at)

    def _hold(self, purse: _Purse, spend: SpendResult, at: datetime) -> None:
        wanted = spend.facts.points
        for lot in purse.in_order:
            taken = min(wanted, lot.free)
            if taken:
                lot.free -= taken
                lot.held += taken
                lot.move("hold", taken, at)
                spend.parts.append((lot, taken))
                wanted -= taken
        if wanted:
            # Only facts that came after the spend can leave it uncovered.
            purse.debt += wanted
            spend.short = wanted
            spend.flows["hold_debt"] += wanted
            spend.moved_at["hold_debt"] = at

    def _end(self, purse: _Purse, spend: SpendResult, at: datetime) -> None:
        sink = spend.facts.sink
        is_void = spend.facts.captured_at is None
        for lot, points in spend.parts:
            lot.held -= points
            if not is_void:
                lot.move(sink, points, at)
                continue
            lot.move("hold", -points, at)
            lot.free += points
            self._pay(purse, lot, at)
            if lot.facts.expires_at is not None and lot.facts.expires_at <= at:
                self._expire(lot, at)
        if spend.short and is_void:
            self._forgive(purse, spend.short, at)
            spend.flows["hold_debt"] = 0
        elif spend.short:
            spend.flows[sink] += spend.short
            spend.moved_at[sink] = at

    def _forgive(self, purse: _Purse, points: int, at: datetime) -> None:
        """A debt falls away; what lots have paid of it by now goes back to them, the last first."""
        left = min(points, purse.debt)
        purse.debt -= left
        left = points - left
        for lot in reversed(purse.in_order):
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
