"""The replay against a slow twin that looks at every midnight, and against itself in any order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from members.growth.rules import entries_of
from members.orders.earning import LineFacts, OrderFacts, RefundFacts
from members.tiers.replay import play
from members.tiers.rules import Facts, Growth, Lock, Rules, Version
from scrm.core import clock
from tests.members.tiers.story import RUNGS, ZONE, day

AMOUNTS = st.sampled_from([30, 70, 100, 260, 400, 500, 1000])


@dataclass
class Twin:
    """A member as a person with a calendar would keep it: no heap, no shortcuts, one tier at a time."""

    rules: Rules
    code: int = 0
    started: datetime | None = None
    ends: datetime | None = None
    grace: datetime | None = None

    def metric(self, growth: list[Growth], at: datetime) -> int:
        today = clock.local_date(at, ZONE)
        return sum(
            each.amount
            for each in growth
            if each.occurred_at <= at
            and (today - clock.local_date(each.effective_at, ZONE)).days < self.rules.window_days
        )

    def kept(self, growth: list[Growth], until: datetime) -> int:
        assert self.started is not None
        return sum(each.amount for each in growth if self.started < each.effective_at < until)

    def enter(self, rank: int, at: datetime) -> None:
        self.code, self.started, self.grace = rank, at, None
        days = timedelta(days=self.rules.valid_days)
        last = clock.local_date(at, ZONE) + days
        self.ends = clock.local_midnight(last, ZONE) if rank else None

    def midnight(self, growth: list[Growth], at: datetime) -> None:
        if self.grace is not None and at >= self.grace:
            self.enter(self.code - 1, self.grace)
        if self.ends is not None and self.grace is None and at >= self.ends:
            if self.kept(growth, self.ends) >= RUNGS[self.code].threshold:
                self.enter(self.code, self.ends)
            else:
                last = clock.local_date(self.ends, ZONE) + timedelta(days=self.rules.grace_days)
                self.grace = clock.local_midnight(last, ZONE)

    def bought(self, growth: list[Growth], at: datetime) -> None:
        reached = max(rung.rank for rung in RUNGS if rung.threshold <= self.metric(growth, at))
        if reached > self.code:
            self.enter(reached, at)
        elif self.grace is not None:
            later = at + timedelta(microseconds=1)
            if self.kept(growth, later) >= RUNGS[self.code].threshold:
                self.enter(self.code, at)


def twin(growth: list[Growth], rules: Rules, until: int) -> Twin:
    found = Twin(rules=rules)
    for number in range(until + 1):
        at = day(number)
        local = clock.local_midnight(clock.local_date(at, ZONE), ZONE)
        known = [each for each in growth if each.occurred_at < at]
        found.midnight(known, local)
        today = [each for each in growth if each.occurred_at == at]
        if today:
            found.bought(known + today, at)
    return found


@settings(max_examples=60, deadline=None)
@given(
    bought=st.lists(st.tuples(st.integers(0, 900), AMOUNTS), max_size=12),
    valid=st.sampled_from([90, 365]),
    grace=st.sampled_from([1, 30]),
)
def test_the_replay_ends_where_a_slow_twin_ends(
    bought: list[tuple[int, int]], valid: int, grace: int
) -> None:
    growth = [
        Growth(amount=amount, effective_at=day(n), occurred_at=day(n)) for n, amount in bought
    ]
    rules = Rules(valid_days=valid, grace_days=grace)
    version = Version(at=day(-1), rungs=RUNGS, rules=rules)
    end = play(Facts(joined_at=day(-1), growth=growth), [version], day(1000), ZONE)
    slow, spell = twin(growth, rules, 1000), end.spells[-1]
    assert (RUNGS[slow.code].code, slow.ends, slow.grace) == (
        spell.code, spell.valid_until, spell.grace_until,
    )  # fmt: skip
    assert slow.metric(growth, day(1000)) == end.metric


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    growth = []
    for n, amount in draw(st.lists(st.tuples(st.integers(0, 700), AMOUNTS), max_size=8)):
        growth.append(Growth(amount=amount, effective_at=day(n), occurred_at=day(n)))
        if draw(st.booleans()):
            back = draw(st.integers(1, amount))
            at = day(n + draw(st.integers(0, 90)))
            growth.append(Growth(amount=-back, effective_at=day(n), occurred_at=at))
    locks = [
        Lock(
            code=draw(st.sampled_from(["silver", "gold"])),
            from_at=day(start),
            until=day(start + 40),
        )
        for start in draw(st.lists(st.integers(0, 12), max_size=2, unique=True).map(sorted))
        if start % 6 == 0
    ]
    return Facts(joined_at=day(-1), growth=growth, locks=locks)


@settings(max_examples=80, deadline=None)
@given(told=facts(), other=facts(), data=st.data())
def test_the_order_of_facts_and_the_moments_of_looking_change_nothing(
    told: Facts, other: Facts, data: st.DataObject
) -> None:
    versions = [
        Version(at=day(-1), rungs=RUNGS, rules=Rules()),
        Version(at=day(300), rungs=RUNGS, rules=Rules(valid_days=100, downgrade="to_qualified")),
    ]

    def put(growth: Any, locks: Any, joined: Any) -> Any:
        person = Facts(joined_at=day(-1), growth=growth, locks=locks, joined=joined)
        return play(person, versions, day(1200), ZONE)

    joined = [(day(500), other)]
    first = put(told.growth, told.locks, joined)
    shuffled = data.draw(st.permutations(list(told.growth)))
    turned = Facts(
        joined_at=other.joined_at, growth=list(reversed(list(other.growth))), locks=other.locks
    )
    assert put(shuffled, list(reversed(list(told.locks))), [(day(500), turned)]) == first
    # One spell is open, the others follow each other without gap, and rungs exist.
    spells = list(first.spells)
    assert [spell.ended_at is None for spell in spells] == [False] * (len(spells) - 1) + [True]
    for before, after in pairwise(spells):
        assert before.ended_at == after.started_at
    assert {spell.code for spell in spells} <= {rung.code for rung in RUNGS}


@settings(max_examples=80, deadline=None)
@given(
    paid=st.lists(st.integers(0, 5_000), min_size=1, max_size=3),
    refunds=st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 2), st.integers(1, 4_000)), max_size=4
    ),
    cancelled=st.none() | st.integers(0, 9),
)
def test_an_orders_growth_is_never_negative_and_ends_at_the_floor_of_what_remains(
    paid: list[int], refunds: list[tuple[int, int, int]], cancelled: int | None
) -> None:
    left = list(paid)
    told = []
    for number, (n, line, fen) in enumerate(sorted(refunds)):
        if line < len(left) and left[line]:
            back = min(fen, left[line])
            left[line] -= back
            told.append(RefundFacts(at=day(n), key=f"r{number}", amounts=((line, back),)))
    order = OrderFacts(
        order_id=1,
        member_id=1,
        source_id="shop/1",
        paid_at=day(2),
        completed_at=day(4),
        cancelled_at=None if cancelled is None else day(cancelled),
        lines=[LineFacts(paid_fen=fen) for fen in paid],
        refunds=told,
    )
    entries = sorted(entries_of(order), key=lambda entry: entry.occurred_at)
    running = 0
    for entry in entries:
        running += entry.amount
        assert running >= 0
        assert entry.effective_at == day(4) <= entry.occurred_at
    assert running == (0 if cancelled is not None else sum(left) // 100)
