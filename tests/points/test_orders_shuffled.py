"""N-41 for points: messages in any order, repeated, at any pace end in the same balances and lots."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scrm.core import clock
from scrm.tenants.context import tenant_scope
from scrm.tenants.services import tenant_create
from tests.points.shop import Picture, day, picture, prove, tell

BUYERS = ("A1", "A2")
_slugs = itertools.count(1)
Message = dict[str, Any]


@st.composite
def order_messages(draw: st.DrawFn, number: int) -> list[Message]:
    """Everything a channel will ever say about one order."""
    lines = tuple(draw(st.lists(st.integers(1, 40_000), min_size=1, max_size=3)))
    buyer = draw(st.sampled_from(BUYERS))
    paid = draw(st.integers(0, 200))
    said: list[Message] = [{"placed_at": paid - 0.5}, {"paid_at": paid, "lines": lines}]
    if draw(st.booleans()):
        said.append({"completed_at": paid + draw(st.integers(0, 5))})
    left = list(lines)
    for n in range(draw(st.integers(0, 3))):
        line = draw(st.integers(0, len(lines) - 1))
        fen = draw(st.sampled_from([left[line], left[line] // 3]))
        if fen:
            left[line] -= fen
            said.append({"refund": (f"r{n}", paid + draw(st.integers(0, 400)), {str(line): fen})})
    if draw(st.integers(0, 9)) == 0:
        said.append({"cancelled_at": paid + 1})
    return [{"number": number, "buyer": buyer, **message} for message in said]


@st.composite
def stories(draw: st.DrawFn) -> list[Message]:
    orders = [draw(order_messages(n)) for n in range(draw(st.integers(1, 3)))]
    return list(itertools.chain.from_iterable(orders))


def play(messages: list[Message], *, ends: float, is_proved: bool) -> Picture:
    with (
        tenant_scope(tenant_create(slug=f"shuffle-{next(_slugs)}", name="洗牌")),
        clock.frozen(day(ends)),
    ):
        for message in messages:
            tell(**message)
            if is_proved:
                prove()
        told = {message["buyer"] for message in messages}
        return picture(tuple(buyer for buyer in BUYERS if buyer in told))


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(story=stories(), ends=st.integers(601, 900), data=st.data())
def test_shuffled_and_repeated_messages_end_the_same(
    db: None, story: list[Message], ends: int, data: st.DataObject
) -> None:
    repeated = story + data.draw(st.lists(st.sampled_from(story), max_size=4))
    first = play(story, ends=ends, is_proved=True)
    again = play(data.draw(st.permutations(repeated)), ends=ends, is_proved=True)
    assert again == first


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(story=stories(), late=st.integers(601, 900))
def test_told_as_it_happens_or_all_at_the_end_is_the_same(
    db: None, story: list[Message], late: int
) -> None:
    from points.lots.services import due_settle

    at_the_end = play(story, ends=late, is_proved=False)
    with tenant_scope(tenant_create(slug=f"shuffle-{next(_slugs)}", name="洗牌")):
        for moment, message in sorted(
            ((_moment(message), message) for message in story), key=lambda x: x[0]
        ):
            with clock.frozen(day(moment)):
                due_settle()
                tell(**message)
                prove()
        with clock.frozen(day(late)):
            due_settle()
            told = {message["buyer"] for message in story}
            assert picture(tuple(buyer for buyer in BUYERS if buyer in told)) == at_the_end


def _moment(message: Message) -> float:
    if "refund" in message:
        return float(message["refund"][1])
    return float(next(value for key, value in message.items() if key.endswith("_at")))
