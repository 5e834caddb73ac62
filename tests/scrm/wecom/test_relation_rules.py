"""Friendships from events in any order, repeated, and from WeCom's list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from scrm.wecom.contacts.rules import Bond, Rank, bond_after, bond_seen, change_name
from scrm.wecom.models import RelationState

T0 = datetime(2026, 3, 1, tzinfo=UTC)
EVENTS = [Rank.HALF, Rank.ADDED, Rank.DELETED_BY_CUSTOMER, Rank.DELETED_BY_STAFF]
facts = st.lists(
    st.tuples(st.sampled_from(EVENTS), st.integers(0, 5).map(lambda s: T0 + timedelta(seconds=s))),
    min_size=1,
    max_size=6,
)


def at(second: int) -> datetime:
    return T0 + timedelta(seconds=second)


def run(told: list[tuple[Rank, datetime]], bond: Bond | None = None) -> Bond | None:
    for rank, moment in told:
        bond = bond_after(bond, rank=rank, at=moment)
    return bond


@given(told=facts, data=st.data())
@settings(max_examples=400, deadline=None)
def test_order_and_repetition_do_not_matter(
    told: list[tuple[Rank, datetime]], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(told + told))
    assert run(shuffled) == run(told)


def test_half_then_whole_is_one_friendship() -> None:
    bond = run([(Rank.HALF, at(1)), (Rank.ADDED, at(2))])
    assert bond is not None
    assert (bond.state, bond.deleted_by) == (RelationState.ACTIVE, "")


def test_a_late_add_does_not_bring_back_a_friendship_that_ended() -> None:
    bond = run([(Rank.DELETED_BY_CUSTOMER, at(5)), (Rank.ADDED, at(1))])
    assert bond is not None
    assert (bond.state, bond.deleted_at, bond.added_at) == (RelationState.DELETED, at(5), at(1))


def test_the_list_does_not_undo_a_customers_deletion_but_shows_a_later_friendship() -> None:
    ended = run([(Rank.ADDED, at(1)), (Rank.DELETED_BY_CUSTOMER, at(5))])
    assert bond_seen(ended, createtime=at(1)) == ended
    assert bond_seen(ended, createtime=at(6)).state == RelationState.ACTIVE


def test_what_the_list_lost_and_shows_again_is_back() -> None:
    lost = bond_after(run([(Rank.ADDED, at(1))]), rank=Rank.NOT_SEEN, at=at(9))
    assert lost.deleted_by == "sync"
    assert bond_seen(lost, createtime=at(1)).state == RelationState.ACTIVE


def test_an_event_that_the_list_anticipated_is_still_told_once() -> None:
    seen = bond_seen(None, createtime=at(3))
    added = bond_after(seen, rank=Rank.ADDED, at=at(2))
    assert change_name(None, seen) == "synced"
    assert change_name(seen, added) == "added"
    assert change_name(added, bond_after(added, rank=Rank.ADDED, at=at(2))) == ""
    assert change_name(added, bond_seen(added, createtime=at(3))) == ""
