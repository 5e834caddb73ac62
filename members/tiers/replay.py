"""Play a person's facts through the ladder: spells, entry gifts and what there is to say (N-15 to N-17).

The same facts give the same outcome in whatever order and however late they became known (N-41). At one
instant the clock comes first, then locks, growth, reversals, a new ladder, and last a merge.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

from members.tiers.outcome import ACTIVE, ENDED, GRACE, LOCKED, Gift, Notice, Outcome, Spell
from members.tiers.rules import (
    GIFT_DAYS,
    Facts,
    Growth,
    Lock,
    Rung,
    Version,
    days_after,
    days_between,
    window_start,
)
from scrm.core import clock

_BORN, _LOCK, _RISE, _FALL, _LADDER, _JOIN = range(6)
_window_start = lru_cache(maxsize=4096)(window_start)


def play(facts: Facts, versions: Sequence[Version], as_of: datetime, zone: str) -> Outcome:
    """The outcome of the facts up to an instant; later facts are left out."""
    game = _Game(facts=facts, zone=zone)
    game.run(_events(facts, versions), as_of)
    metric = game.metric(as_of) if game.version is not None else 0
    return Outcome(
        spells=game.spells, gifts=game.gifts, notices=game.notices, metric=metric, due_at=game.due()
    )


_Event = tuple[datetime, int, Any]


def _events(facts: Facts, versions: Sequence[Version]) -> list[_Event]:
    found: list[_Event] = [(facts.joined_at, _BORN, None)]
    found += [(version.at, _LADDER, version) for version in versions]
    found += _happened(facts)
    for at, other in facts.joined:
        found.append((at, _JOIN, (other, _events(other, versions))))
        # What is said later of the one who went in happens to the one who stayed.
        found += [event for event in _happened_all(other) if event[0] > at]
    return sorted(found, key=lambda event: event[:2])


def _happened(facts: Facts) -> Iterator[_Event]:
    for entry in facts.growth:
        yield entry.occurred_at, _RISE if entry.amount > 0 else _FALL, entry
    for lock in facts.locks:
        yield lock.from_at, _LOCK, lock


def _happened_all(facts: Facts) -> Iterator[_Event]:
    yield from _happened(facts)
    for _at, other in facts.joined:
        yield from _happened_all(other)


@dataclass(slots=True, kw_only=True)
class _Game:
    """The state while the events are played one instant after the other."""

    facts: Facts
    zone: str
    version: Version | None = None
    known: list[Growth] = field(default_factory=list)
    spells: list[Spell] = field(default_factory=list)
    gifts: list[Gift] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    lock: Lock | None = None
    used: set[tuple[str, datetime]] = field(default_factory=set)
    # Growth inside the window, oldest first, and its sum; the window only moves forward.
    inside: list[tuple[datetime, int]] = field(default_factory=list)
    total: int = 0

    def run(self, events: Sequence[_Event], as_of: datetime) -> None:
        self.used |= self.facts.used
        for (at, kind), group in groupby(events, key=lambda event: event[:2]):
            if at > as_of:
                break
            self.advance(at)
            self.take(at, kind, [event[2] for event in group])
        self.advance(as_of)

    def take(self, at: datetime, kind: int, found: list[Any]) -> None:
        if kind in {_RISE, _FALL}:
            before = self.metric(at) if kind == _FALL and self.version is not None else 0
            self.count(found)
            if self.version is not None:
                self.born(at)
                self.rise(at) if kind == _RISE else self.fall(at, before)
        elif kind == _LADDER:
            for version in found:
                self.activate(at, version)
        elif kind == _LOCK:
            self.locked(at, found[-1])
        elif kind == _JOIN:
            for other, events in found:
                self.join(at, other, events)
        else:
            self.born(at)

    # -- counting ------------------------------------------------------------------------------------

    def count(self, entries: Iterable[Growth]) -> None:
        for entry in entries:
            self.known.append(entry)
            heapq.heappush(self.inside, (entry.effective_at, entry.amount))
            self.total += entry.amount

    def metric(self, at: datetime) -> int:
        """Growth that counts now; ``at`` never goes back under one version."""
        start = self.start(at)
        while self.inside and self.inside[0][0] < start:
            self.total -= heapq.heappop(self.inside)[1]
        return self.total

    def metric_back_then(self, at: datetime) -> int:
        """The same for an instant that has passed, with the reversals that are known by now."""
        start = self.start(at)
        return sum(
            entry.amount
            for entry in self.known
            if start <= entry.effective_at <= at and (entry.occurred_at <= at or entry.amount < 0)
        )

    def start(self, at: datetime) -> datetime:
        day = clock.local_date(at, self.zone)
        return _window_start(day, self.ladder.rules, self.zone)

    def kept(self, spell: Spell, until: datetime, *, inclusive: bool) -> bool:
        """Whether growth after the spell's start keeps it; ``until`` itself counts in grace alone (EC-33)."""
        found = 0
        for entry in self.known:
            at = entry.effective_at
            if spell.counts_from < at and (at < until or (inclusive and at == until)):
                found += entry.amount if entry.occurred_at <= until or entry.amount < 0 else 0
        return found >= self.ladder.keep(self.rung(spell.code))

    # -- the clock -----------------------------------------------------------------------------------

    @property
    def ladder(self) -> Version:
        assert self.version is not None  # noqa: S101 - nothing is asked before there is a ladder
        return self.version

    @property
    def spell(self) -> Spell:
        return self.spells[-1]

    def rung(self, code: str) -> Rung:
        found = self.ladder.rung(code)
        return found if found is not None else self.ladder.rungs[0]

    def due(self) -> datetime | None:
        if not self.spells:
            return None
        if self.spell.state == LOCKED:
            return self.lock.until if self.lock is not None else None
        return self.spell.grace_until if self.spell.state == GRACE else self.spell.valid_until

    def advance(self, until: datetime) -> None:
        """Everything the clock alone brings about up to an instant, at its own date (EC-36)."""
        while (due := self.due()) is not None and due <= until:
            if self.spell.state == LOCKED:
                self.unlocked(due)
            elif self.spell.state == GRACE:
                self.grace_end(due)
            elif self.kept(self.spell, due, inclusive=False):
                self.renew(due, prior=self.spell)
            else:
                self.grace(due, due)

    def grace(self, at: datetime, since: datetime) -> None:
        self.spell.state = GRACE
        self.spell.grace_until = days_after(since, self.ladder.rules.grace_days, self.zone)
        self.say("grace_started", at, self.spell.code, self.spell.code)

    def grace_end(self, at: datetime) -> None:
        mine = self.rung(self.spell.code)
        if self.ladder.rules.downgrade == "one_down":
            rung = self.ladder.rungs[max(0, self.ladder.rungs.index(mine) - 1)]
        else:
            rung = self.ladder.qualified(self.metric_back_then(at))
        if rung.rank >= mine.rank:  # what still qualifies is not taken
            self.renew(at, prior=None, cause="kept")
            return
        self.say("downgraded", at, mine.code, rung.code)
        self.open(rung, at, cause="downgraded")

    # -- spells --------------------------------------------------------------------------------------

    def born(self, at: datetime) -> None:
        if self.version is not None and not self.spells:
            self.open(self.ladder.rungs[0], at, cause="joined")

    def open(self, rung: Rung, at: datetime, *, cause: str) -> Spell:
        """End the spell there is and begin one; a spell of no length leaves no trace."""
        if self.spells:
            if self.spell.started_at == at:
                self.spells.pop()
            else:
                self.spell.ended_at, self.spell.state = at, ENDED
        valid = days_after(at, self.ladder.rules.valid_days, self.zone) if rung.rank else None
        self.spells.append(
            Spell(code=rung.code, started_at=at, counts_from=at, cause=cause, valid_until=valid)
        )
        return self.spell

    def renew(self, at: datetime, *, prior: Spell | None, cause: str = "renewed") -> None:
        code = self.spell.code
        self.open(self.rung(code), at, cause=cause).prior = prior
        self.say("renewed", at, code, code)

    def say(self, kind: str, at: datetime, before: str, after: str) -> None:
        self.notices.append(Notice(kind=kind, at=at, before=before, after=after))

    def rise(self, at: datetime) -> None:
        if self.spell.state == LOCKED or self.climb(at):
            return
        if self.spell.state == GRACE and self.kept(self.spell, at, inclusive=True):
            self.renew(at, prior=self.spell)

    def climb(self, at: datetime) -> bool:
        """Up to the highest tier that the growth reaches, with a gift for every tier passed (EC-32)."""
        mine = self.rung(self.spell.code)
        rung = self.ladder.qualified(self.metric(at))
        if rung.rank <= mine.rank:
            return False
        self.say("upgraded", at, mine.code, rung.code)
        self.open(rung, at, cause="upgraded")
        for passed in self.ladder.rungs:
            if mine.rank < passed.rank <= rung.rank and self.is_gift_due(passed.code, at):
                self.gifts.append(Gift(code=passed.code, at=at))
        return True

    def is_gift_due(self, code: str, at: datetime) -> bool:
        if (code, at) in self.used:
            return True
        had = [gift.at for gift in self.gifts if gift.code == code and gift.voided_at is None]
        had += [used_at for used, used_at in self.used if used == code]
        return all(abs(days_between(before, at, self.zone)) >= GIFT_DAYS for before in had)

    # -- reversals -----------------------------------------------------------------------------------

    def fall(self, at: datetime, before: int) -> None:
        if self.spell.state == LOCKED:
            return
        recheck = self.ladder.rules.recheck_days
        prior = self.spell.prior
        if prior is not None and days_between(self.spell.started_at, at, self.zone) <= recheck:
            self.recheck_renewal(prior, at)
        mine, now = self.rung(self.spell.code), self.metric(at)
        is_fresh = days_between(self.spell.started_at, at, self.zone) <= recheck
        if before >= mine.threshold > now and is_fresh and self.spell.state != LOCKED:
            self.take_back(at, mine, self.ladder.qualified(now))

    def take_back(self, at: datetime, mine: Rung, rung: Rung) -> None:
        """The tier was not earned after all (N-17): unused gifts of the lost tiers go with it."""
        self.say("downgraded", at, mine.code, rung.code)
        self.open(rung, at, cause="refunded")
        lost = {one.code for one in self.ladder.rungs if rung.rank < one.rank <= mine.rank}
        for gift in self.gifts:
            if gift.code not in lost or gift.voided_at is not None:
                continue
            if (gift.code, gift.at) in self.used:
                gift.lost_used_at = gift.lost_used_at or at
            else:
                gift.voided_at = at

    def recheck_renewal(self, prior: Spell, at: datetime) -> None:
        """Undo a renewal whose growth is gone; what else was earned in grace may carry it (EC-35)."""
        renewed = self.spell
        is_in_grace = prior.grace_until is not None
        if self.kept(prior, renewed.started_at, inclusive=is_in_grace):
            return
        self.spells.pop()
        self.say("renewal_undone", at, prior.code, prior.code)
        if self.spells[-1:] != [prior]:  # the renewed spell had no length of its own
            self.spells.append(prior)
        prior.ended_at, prior.state = None, GRACE
        assert prior.valid_until is not None  # noqa: S101 - only what ends is renewed
        if prior.grace_until is None:
            prior.grace_until = days_after(
                prior.valid_until, self.ladder.rules.grace_days, self.zone
            )
        for moment in self._earned_in(prior.valid_until, min(prior.grace_until, at)):
            if self.kept(prior, moment, inclusive=True):
                self.renew(moment, prior=prior)
                break
        self.advance(at)
        self.climb(at)

    def _earned_in(self, start: datetime, end: datetime) -> list[datetime]:
        """Moments of growth in a stretch of time that has passed."""
        return sorted(
            {
                entry.occurred_at
                for entry in self.known
                if entry.amount > 0 and start <= entry.occurred_at < end
            }
        )

    # -- locks, ladders, merges ----------------------------------------------------------------------

    def locked(self, at: datetime, lock: Lock) -> None:
        rung = self.version.rung(lock.code) if self.version is not None else None
        if rung is None or lock.until <= at:
            return
        self.born(at)
        before = self.spell.code
        if before != rung.code:
            self.open(rung, at, cause="locked")
        self.spell.state, self.spell.grace_until, self.lock = LOCKED, None, lock
        self.spell.prior = None
        self.say("locked", at, before, rung.code)

    def unlocked(self, at: datetime) -> None:
        """What would have been decided at valid_until is decided when the lock ends (EC-37)."""
        self.lock, self.spell.state = None, ACTIVE
        self.say("unlocked", at, self.spell.code, self.spell.code)
        valid_until = self.spell.valid_until
        if valid_until is not None and valid_until <= at:
            if self.kept(self.spell, valid_until, inclusive=False):
                self.renew(at, prior=None)
            else:
                self.grace(at, at)
        self.climb(at)

    def activate(self, at: datetime, version: Version) -> None:
        """Edited thresholds lift at once and take nothing at once (EC-39)."""
        old, self.version = self.version, version
        self.inside = [(entry.effective_at, entry.amount) for entry in self.known]
        heapq.heapify(self.inside)
        self.total = sum(amount for _at, amount in self.inside)
        if not self.spells:
            if at < self.facts.joined_at and not self.known:
                return
            self.born(at)
        if old is not None and version.rung(self.spell.code) is None:
            self.moved(at, old, version)
        if self.spell.state != LOCKED:
            self.climb(at)

    def moved(self, at: datetime, old: Version, version: Version) -> None:
        """A tier that is gone leaves its members on the highest one that asks for no more."""
        gone, spell, lock = old.rung(self.spell.code), self.spell, self.lock
        rung = version.qualified(gone.threshold if gone is not None else 0)
        opened = self.open(rung, at, cause="ladder")
        if rung.rank and spell.valid_until is not None:
            opened.valid_until = max(spell.valid_until, at)
        if lock is not None:
            opened.state, self.lock = LOCKED, lock

    def join(self, at: datetime, facts: Facts, events: Sequence[_Event]) -> None:
        """Two become one (N-40): the higher tier goes on, gifts of both count, growth adds up."""
        other = _Game(facts=facts, zone=self.zone)
        other.run(events, at)
        self.count(other.known)
        self.gifts += other.gifts
        self.used |= other.used
        if self.version is None or not other.spells:
            return
        self.born(at)
        if self.spell.state != LOCKED and self._stands_above(other.spell):
            opened = self.open(self.rung(other.spell.code), at, cause="merged")
            self.spells[-1] = replace(
                other.spell, started_at=opened.started_at, cause="merged", prior=None
            )
            self.lock = other.lock
        if self.spell.state != LOCKED:
            self.climb(at)

    def _stands_above(self, other: Spell) -> bool:
        mine, theirs = self.rung(self.spell.code).rank, self.rung(other.code).rank
        if theirs != mine or other.valid_until is None or self.spell.valid_until is None:
            return theirs > mine
        return other.valid_until > self.spell.valid_until
