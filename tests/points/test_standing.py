"""Lots and spends played against the clock (N-7 to N-12): pure, in any order of facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from points.lots.rules import LotFacts, LotState, SpendFacts, Standing, lot_state, standing_of

START = datetime(2025, 1, 1, tzinfo=UTC)


def day(n: float) -> datetime:
    return START + timedelta(days=n)


def lot(
    key: str, points: int, *, since: float = 0, until: float | None = None, **more: object
) -> LotFacts:
    found = LotFacts(
        key=key,
        issued_at=day(since),
        points=points,
        available_at=day(since),
        expires_at=None if until is None else day(until),
    )
    return replace(found, **more)  # type: ignore[arg-type]


def figures(standing: Standing) -> tuple[int, int, int, int]:
    return standing.pending, standing.available, standing.held, standing.debt


def test_worked_example_6_hold_void_and_capture() -> None:
    lots, hold = [lot("a", 40)], SpendFacts(key="h", at=day(1), points=30)
    assert figures(standing_of(lots, [hold], at=day(2))) == (0, 10, 30, 0)
    assert figures(standing_of(lots, [replace(hold, voided_at=day(1.5))], at=day(2))) == (
        0,
        40,
        0,
        0,
    )
    assert figures(standing_of(lots, [replace(hold, captured_at=day(1.5))], at=day(2))) == (
        0,
        10,
        0,
        0,
    )


def test_worked_example_7_clawback_then_a_task() -> None:
    own = lot("own", 100, cuts=((day(3), 100),))
    spend = SpendFacts(key="s", at=day(1), points=80, captured_at=day(1))
    other = lot("other", 50, since=2)
    assert figures(standing_of([own, other], [spend], at=day(4))) == (0, 0, 0, 30)
    task = lot("task", 50, since=5, door="grant")
    assert figures(standing_of([own, other, task], [spend], at=day(6))) == (0, 20, 0, 0)


def test_ec_1_a_refund_after_spending_becomes_debt() -> None:
    lots = [lot("a", 100, cuts=((day(2), 100),))]
    spend = SpendFacts(key="s", at=day(1), points=60, captured_at=day(1))
    assert figures(standing_of(lots, [spend], at=day(3))) == (0, 0, 0, 60)
    offset = standing_of(lots, [spend], at=day(3), offsets_cash=True)
    assert (figures(offset), offset.offset) == ((0, 0, 0, 0), 60)


def test_ec_4_a_refund_of_pending_points_makes_no_debt() -> None:
    lots = [lot("a", 100, available_at=day(9), cuts=((day(1), 70),))]
    assert figures(standing_of(lots, [], at=day(2))) == (30, 0, 0, 0)


def test_ec_15_debt_is_paid_by_available_points_not_by_pending_ones() -> None:
    lots = [
        lot("a", 50, cuts=((day(2), 50),)),
        lot("b", 80, since=3, available_at=day(9)),
    ]
    spend = SpendFacts(key="s", at=day(1), points=50, captured_at=day(1))
    assert figures(standing_of(lots, [spend], at=day(8.9))) == (80, 0, 0, 50)
    assert figures(standing_of(lots, [spend], at=day(9))) == (0, 30, 0, 0)


def test_a_lot_counts_from_available_at_and_not_at_expires_at() -> None:
    lots = [lot("a", 10, available_at=day(1), until=2)]
    assert [
        figures(standing_of(lots, [], at=at))[:2] for at in (day(0.9), day(1), day(1.9), day(2))
    ] == [
        (10, 0),
        (0, 10),
        (0, 10),
        (0, 0),
    ]


def test_what_lapses_first_is_spent_first() -> None:
    lots = [lot("never", 10), lot("late", 10, until=20), lot("soon", 10, until=10)]
    spend = SpendFacts(key="s", at=day(1), points=15, captured_at=day(1))
    left = {row.facts.key: row.remaining for row in standing_of(lots, [spend], at=day(2)).lots}
    assert left == {"soon": 0, "late": 5, "never": 10}


def test_ec_10_held_points_do_not_lapse_and_the_rest_does() -> None:
    lots, hold = [lot("a", 40, until=2)], SpendFacts(key="h", at=day(1), points=30)
    assert figures(standing_of(lots, [hold], at=day(3))) == (0, 0, 30, 0)
    done = standing_of(lots, [replace(hold, captured_at=day(2.5))], at=day(3))
    assert (figures(done), done.lots[0].flows["expire"]) == ((0, 0, 0, 0), 10)


def test_states_of_a_lot() -> None:
    spend = SpendFacts(key="s", at=day(1), points=10, captured_at=day(1))
    cases = [
        (lot("a", 10, available_at=None), [], LotState.PENDING),
        (lot("a", 10), [], LotState.AVAILABLE),
        (lot("a", 10), [spend], LotState.DEPLETED),
        (lot("a", 10, until=2), [], LotState.EXPIRED),
        (lot("a", 10, available_at=None, cuts=((day(1), 10),)), [], LotState.CANCELLED),
        (lot("a", 10, cuts=((day(1), 10),)), [], LotState.REVERSED),
    ]
    for facts, spends, state in cases:
        assert lot_state(standing_of([facts], spends, at=day(5)).lots[0]) is state


days = st.integers(0, 40).map(day)


@st.composite
def lots_strategy(draw: st.DrawFn) -> list[LotFacts]:
    found = []
    for n in range(draw(st.integers(1, 5))):
        issued = draw(st.integers(0, 20))
        wait = draw(st.integers(0, 10))
        points = draw(st.integers(1, 50))
        cut = draw(st.integers(0, points))
        found.append(
            LotFacts(
                key=f"lot{n}",
                issued_at=day(issued),
                points=points,
                available_at=draw(st.one_of(st.none(), st.just(day(issued + wait)))),
                expires_at=None,
                cuts=((draw(days), cut),) if cut else (),
                door=draw(st.sampled_from(["earn", "grant"])),
            )
        )
    return [
        replace(row, expires_at=row.available_at + timedelta(days=8)) if row.available_at else row
        for row in found
    ]


@st.composite
def spends_strategy(draw: st.DrawFn) -> list[SpendFacts]:
    return [
        SpendFacts(
            key=f"spend{n}",
            at=draw(days),
            points=draw(st.integers(1, 30)),
            captured_at=draw(st.one_of(st.none(), days)),
        )
        for n in range(draw(st.integers(0, 3)))
    ]


@given(
    lots=lots_strategy(),
    spends=spends_strategy(),
    voided=st.integers(0, 40),
    at=days,
    data=st.data(),
)
def test_any_order_of_facts_gives_the_same_standing_and_no_account_is_negative(
    lots: list[LotFacts], spends: list[SpendFacts], voided: int, at: datetime, data: st.DataObject
) -> None:
    spends = [row if row.captured_at else replace(row, voided_at=day(voided)) for row in spends]
    first = standing_of(lots, spends, at=at)
    again = standing_of(data.draw(st.permutations(lots)), data.draw(st.permutations(spends)), at=at)
    told = {row.facts.key: (row.remaining, row.held, row.flows) for row in first.lots}
    assert told == {row.facts.key: (row.remaining, row.held, row.flows) for row in again.lots}
    assert figures(first) == figures(again)
    assert min(figures(first)) >= 0
    assert not (first.available and first.debt)
    for row in first.lots:
        assert 0 <= row.remaining + row.held <= row.facts.points
        assert min(row.flows.values(), default=0) >= 0
    owed = sum(row.flows["debt"] - row.flows["pay"] for row in first.lots)
    assert first.debt == owed + sum(row.flows["hold_debt"] for row in first.spends)


@given(lots=lots_strategy(), at=days)
def test_a_full_cut_takes_exactly_what_was_given(lots: list[LotFacts], at: datetime) -> None:
    lots = [replace(row, cuts=((day(30), row.points),)) for row in lots]
    found = standing_of(lots, [], at=max(at, day(30)))
    taken = sum(
        row.flows["cut"] + row.flows["cut_pending"] + row.flows["debt"] for row in found.lots
    )
    assert taken == sum(row.points for row in lots)
