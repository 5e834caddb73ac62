"""Points of two members become one account and two again (N-40, EC-45)."""

from __future__ import annotations

from typing import Any

import pytest

from members.identity.histories import split_preview, split_warnings
from members.identity.merging import MergeBlocked, member_merge, member_split, merge_preview
from members.identity.models import MemberMerge
from members.people.models import Member
from points.accounts.selectors import (
    account_get,
    accounts_listed,
    statement_get,
    transactions_listed,
)
from points.lots.models import Lot, PointsAccount
from points.lots.services import (
    PointsReferenceReused,
    expiring_refresh,
    members_settle,
    points_capture,
    points_grant,
    points_hold,
    points_spend,
    points_void,
)
from points.lots.store import expiring_write
from points.orders.services import orders_settle
from scrm.core import clock
from scrm.core.clock import frozen
from scrm.tenants.models import Tenant
from tests.points.shop import account, day, member_id, prove, tell


def person(name: str) -> Member:
    return Member.objects.get(pk=member_id(name))


def merged(source: Member, target: Member) -> MemberMerge:
    return member_merge(source=source.public_id, target=target.public_id, reason="同一个人")


def apart(merge: MemberMerge) -> None:
    member_split(merge=merge.public_id, reason="两个人")
    for start in Lot.objects.exclude(order=None).values_list("order_id", flat=True):
        assert start is not None
        orders_settle([start])


def stored(*members: Member) -> list[tuple[int, ...]]:
    """(pending, available, held, debt) of each."""
    rows = {row.member_id: row for row in PointsAccount.objects.all()}
    return [
        (row.pending, row.available, row.held, row.debt)
        for row in (rows.get(each.pk, PointsAccount()) for each in members)
    ]


def lots_of(member: Member) -> list[tuple[Any, ...]]:
    """Everything of a member's lots that a merge must not change for good."""
    return sorted(
        (lot.source_type, lot.source_id, lot.qty, lot.remaining, lot.held, lot.state, lot.flows, str(lot.facts),
         lot.issued_at, lot.available_at, lot.expires_at)
        for lot in Lot.objects.filter(member=member)
    )  # fmt: skip


def nothing_to_settle(*members: Member) -> None:
    """What was joined or parted by adding up is what the facts say."""
    prove()
    before = stored(*members), [lots_of(each) for each in Member.objects.order_by("pk")]
    members_settle([each.pk for each in members])
    assert (stored(*members), [lots_of(each) for each in Member.objects.order_by("pk")]) == before


def two_buyers() -> tuple[Member, Member]:
    """A owes 80 points, B has 100 that count and 50 that wait."""
    with frozen(day(20)):
        tell(1, buyer="A", lines=(10000,), placed_at=0, paid_at=0, completed_at=1)
        tell(2, buyer="B", lines=(10000,), placed_at=0, paid_at=0, completed_at=2)
        members_settle([member_id("A"), member_id("B")])
        points_spend(member_id=member_id("A"), points=80, reference="gift", at=day(19))
        tell(
            1,
            buyer="A",
            lines=(10000,),
            placed_at=0,
            paid_at=0,
            completed_at=1,
            refund=("r", 19.5, {"0": 10000}),
        )
        tell(3, buyer="B", lines=(5000,), placed_at=18, paid_at=18)
    return person("A"), person("B")


def test_ec_45_a_merge_with_points_and_debt_nets_it_and_a_split_gives_both_back(
    tenant: Tenant,
) -> None:
    a, b = two_buyers()
    assert stored(a, b) == [(0, 0, 0, 80), (50, 100, 0, 0)]
    before = lots_of(a), lots_of(b)
    with frozen(day(20)):
        effects = {
            str(e.label): (e.source, e.target, e.after)
            for e in merge_preview(source=a.public_id, target=b.public_id).effects
        }
        assert effects["可用积分"] == ("0", "100", "20")
        assert effects["欠积分"] == ("80", "0", "0")
        done = merged(a, b)
        assert stored(a, b) == [(0, 0, 0, 0), (50, 20, 0, 0)]
        assert [line.rows for line in split_preview(done) if str(line.label) == "积分批次"] == [1]
        nothing_to_settle(b)
        paid = Lot.objects.get(source_id="shop/2")
        assert (paid.flows["pay"], paid.remaining) == (80, 20)
        assert paid.expires_at == next(row[-1] for row in before[1] if row[1] == "shop/2")
        assert account_get(a.public_id).available == 20
        assert [row.member_id for row in accounts_listed()] == [b.pk]
    with frozen(day(21)):
        apart(done)
        assert stored(a, b) == [(0, 0, 0, 80), (50, 100, 0, 0)]
        assert (lots_of(a), lots_of(b)) == before
        nothing_to_settle(a, b)


def test_a_debt_of_the_one_who_stays_is_paid_in_the_order_of_n_8(tenant: Tenant) -> None:
    b, a = two_buyers()
    with frozen(day(20)):
        points_grant(member_id=a.pk, points=30, reference="later", at=day(19))
        done = merged(a, b)
        assert stored(a, b) == [(0, 0, 0, 0), (50, 50, 0, 0)]
        first = Lot.objects.get(source_id="shop/2")  # lapses first
        assert (first.flows["pay"], Lot.objects.get(source_id="later").remaining) == (80, 30)
        nothing_to_settle(b)
        again = merged(a, b)
        assert again.pk == done.pk
        assert stored(b) == [(50, 50, 0, 0)]


def test_more_debt_than_points_stays_debt(tenant: Tenant) -> None:
    a, b = two_buyers()
    with frozen(day(20)):
        points_spend(member_id=b.pk, points=70, reference="gift-b", at=day(19.9))
        done = merged(a, b)
        assert stored(b) == [(50, 0, 0, 50)]
        nothing_to_settle(b)
        apart(done)
        assert stored(a, b) == [(0, 0, 0, 80), (50, 30, 0, 0)]
        nothing_to_settle(a, b)


def test_points_join_split_and_join_again(tenant: Tenant) -> None:
    a, b = two_buyers()
    with frozen(day(20)):
        for _turn in range(2):
            done = merged(a, b)
            assert stored(b) == [(50, 20, 0, 0)]
            apart(done)
            assert stored(a, b) == [(0, 0, 0, 80), (50, 100, 0, 0)]
        prove()


def grants(tenant: Tenant) -> tuple[Member, Member]:
    for name in ("A", "B"):
        tell(name, buyer=name, lines=(100,), placed_at=0)
        points_grant(member_id=member_id(name), points=100, reference=f"g-{name}", at=day(1))
    return person("A"), person("B")


def test_what_was_spent_together_stays_with_the_target_in_a_split(tenant: Tenant) -> None:
    with frozen(day(5)):
        a, b = grants(tenant)
        before = lots_of(a)
        done = merged(a, b)
    with frozen(day(6)):
        points_spend(member_id=a.pk, points=150, reference="big")
        assert stored(a, b) == [(0, 0, 0, 0), (0, 50, 0, 0)]
        assert split_warnings(done) == ["合并后用掉的积分算在保留方：拆分后保留方欠 50 积分"]
    with frozen(day(7)):
        apart(done)
        assert stored(a, b) == [(0, 100, 0, 0), (0, 0, 0, 50)]
        assert lots_of(a) == before
        nothing_to_settle(a, b)
    with frozen(day(8)):
        merged(a, b)
        assert stored(b) == [(0, 50, 0, 0)]
        nothing_to_settle(b)


def test_what_lapsed_before_the_merge_does_not_come_back(tenant: Tenant) -> None:
    """An old spend of one is not taken from the other's points of that time."""
    with frozen(day(5)):
        a, b = grants(tenant)
        points_spend(member_id=a.pk, points=60, reference="s")
    with frozen(day(400)):
        members_settle([a.pk, b.pk])
        assert stored(a, b) == [(0, 0, 0, 0), (0, 0, 0, 0)]
        points_grant(member_id=b.pk, points=7, reference="new")
    with frozen(day(401)):
        done = merged(a, b)
        assert stored(b) == [(0, 7, 0, 0)]
        nothing_to_settle(b)
        apart(done)
        assert stored(a, b) == [(0, 0, 0, 0), (0, 7, 0, 0)]


def test_a_late_refund_of_before_the_merge_falls_on_its_own_lot(tenant: Tenant) -> None:
    with frozen(day(20)):
        tell(1, buyer="A", lines=(10000,), placed_at=0, paid_at=0, completed_at=1)
        tell(2, buyer="B", lines=(10000,), placed_at=0, paid_at=0, completed_at=1)
        a, b = person("A"), person("B")
        done = merged(a, b)
    with frozen(day(21)):
        told = {"placed_at": 0, "paid_at": 0, "completed_at": 1}
        tell(1, buyer="A", lines=(10000,), refund=("r", 10, {"0": 4000}), **told)
        assert stored(b) == [(0, 160, 0, 0)]
        assert Lot.objects.get(source_id="shop/1").remaining == 60
        nothing_to_settle(b)
    with frozen(day(22)):
        apart(done)
        assert stored(a, b) == [(0, 60, 0, 0), (0, 100, 0, 0)]
        nothing_to_settle(a, b)


def test_an_order_the_sources_own_account_brought_since_goes_back_with_its_points(
    tenant: Tenant,
) -> None:
    with frozen(day(5)):
        a, b = grants(tenant)
        done = merged(a, b)
        assert split_warnings(done) == []
        tell(9, buyer="A", lines=(3000,), placed_at=3, paid_at=3)
        assert stored(b) == [(30, 200, 0, 0)]
        apart(done)
        assert stored(a, b) == [(30, 100, 0, 0), (0, 100, 0, 0)]
        nothing_to_settle(a, b)


def test_an_open_hold_blocks_the_source_and_goes_on_for_the_target(tenant: Tenant) -> None:
    with frozen(day(5)):
        a, b = grants(tenant)
        hold = points_hold(member_id=b.pk, points=30, reference="h")
        with pytest.raises(MergeBlocked):
            merged(b, a)
        done = merged(a, b)
        assert stored(b) == [(0, 170, 30, 0)]
        points_void(spend_id=hold.public_id)
        assert stored(b) == [(0, 200, 0, 0)]
        other = points_hold(member_id=b.pk, points=150, reference="h2")
        points_capture(spend_id=other.public_id)
        nothing_to_settle(b)
        apart(done)
        assert stored(a, b) == [(0, 100, 0, 0), (0, 0, 0, 50)]
        nothing_to_settle(a, b)


def test_a_chain_of_merges_comes_apart_from_the_end(tenant: Tenant) -> None:
    with frozen(day(5)):
        a, b = grants(tenant)
        tell("C", buyer="C", lines=(100,), placed_at=0)
        c = person("C")
        inner = merged(a, b)
        outer = merged(b, c)
        assert stored(a, b, c) == [(0, 0, 0, 0), (0, 0, 0, 0), (0, 200, 0, 0)]
        points_spend(member_id=b.pk, points=120, reference="s")
        nothing_to_settle(c)
        apart(outer)
        assert stored(b, c) == [(0, 200, 0, 0), (0, 0, 0, 120)]
        apart(inner)
        assert stored(a, b, c) == [(0, 100, 0, 0), (0, 100, 0, 0), (0, 0, 0, 120)]
        nothing_to_settle(a, b, c)


def test_the_same_reference_gives_once_whoever_of_the_two_is_named(tenant: Tenant) -> None:
    with frozen(day(5)):
        a, b = grants(tenant)
        points_grant(member_id=a.pk, points=5, reference="birthday", source_type="birthday")
        points_grant(member_id=b.pk, points=5, reference="birthday", source_type="birthday")
        points_spend(member_id=a.pk, points=5, reference="s")
        merged(a, b)
        points_grant(member_id=b.pk, points=100, reference="g-A")
        points_grant(member_id=a.pk, points=5, reference="birthday", source_type="birthday")
        points_spend(member_id=b.pk, points=5, reference="s")
        with pytest.raises(PointsReferenceReused):
            points_grant(member_id=b.pk, points=99, reference="g-A")
        assert stored(b) == [(0, 205, 0, 0)]


def test_the_statement_tells_of_the_whole_person(tenant: Tenant) -> None:
    with frozen(day(5)):
        a, b = grants(tenant)
        done = merged(a, b)
        assert sorted((e.flow, e.points) for e in statement_get(b.pk)) == [
            ("grant", 100),
            ("grant", 100),
        ]
        assert transactions_listed(member=a.public_id).count() == 2
        apart(done)
        told = [(e.flow, e.points) for e in statement_get(a.pk)]
        assert sorted(told) == [("grant", 100), ("merge", -100), ("split", 100)]
        assert all(entry.label for entry in statement_get(a.pk))
        assert transactions_listed(member=a.public_id).count() == 1


def test_what_lapses_soon_is_counted_for_who_stayed(tenant: Tenant) -> None:
    with frozen(day(5)):
        a, b = grants(tenant)
        done = merged(a, b)
    with frozen(day(350)):
        assert expiring_refresh(clock.local_date(clock.now(), tenant.timezone)) == 1
        rows = dict(PointsAccount.objects.values_list("member_id", "expiring_30d"))
        assert rows == {a.pk: 0, b.pk: 200}
        apart(done)
        rows = dict(PointsAccount.objects.values_list("member_id", "expiring_30d"))
        assert rows == {a.pk: 100, b.pk: 100}
        assert expiring_write(day(5)) != []


def test_a_member_who_never_had_points_takes_part_without_an_account(tenant: Tenant) -> None:
    with frozen(day(5)):
        tell("A", buyer="A", lines=(100,), placed_at=0)
        tell("B", buyer="B", lines=(100,), placed_at=0)
        a, b = person("A"), person("B")
        PointsAccount.objects.all().delete()
        done = merged(a, b)
        points_grant(member_id=a.pk, points=10, reference="g")
        apart(done)
        assert stored(a, b) == [(0, 0, 0, 0), (0, 10, 0, 0)]
        assert account("B") == (0, 10, 0, 0)
        prove()
