"""Who brought whom: a forest, also while members merge and split (I-10, N-40, EC-46, EC-47)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from distribution.referral.models import Binding, BindingEnd
from distribution.referral.selectors import above, inviters_of
from distribution.referral.services import (
    BindingProtected,
    ReferralCycle,
    SelfReferral,
    binding_open,
)
from members.identity.merging import MergeSelf, SplitBlocked, member_merge, member_split
from members.identity.models import MemberMerge, MergeState
from members.people.models import Member
from members.people.selectors import living_ids
from scrm.core.errors import InvalidTransition
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.factories.members import member
from tests.support.api import tenant


@pytest.fixture
def brand(db: None) -> Iterator[Tenant]:
    made = tenant()
    with tenant_scope(made):
        yield made


def people(count: int) -> list[Member]:
    return [member() for _number in range(count)]


def bound(invited: Member, inviter: Member) -> Binding:
    return binding_open(member_id=invited.pk, inviter_id=inviter.pk, source="test")


def merged(source: Member, target: Member) -> MemberMerge:
    return member_merge(source=source.public_id, target=target.public_id, reason="同一个人")


def edges() -> dict[tuple[int, int], str]:
    rows = Binding.objects.values_list("member_id", "inviter_id", "reason")
    return {(invited, inviter): reason for invited, inviter, reason in rows}


def test_one_inviter_and_no_ring(brand: Tenant) -> None:
    a, b, c, d = people(4)
    first = bound(b, a)
    assert bound(b, a).pk == first.pk
    bound(c, b)
    with pytest.raises(SelfReferral):
        bound(a, a)
    with pytest.raises(ReferralCycle):
        bound(a, c)
    with pytest.raises(BindingProtected):
        bound(b, d)
    assert inviters_of([a.pk, b.pk, c.pk]) == {b.pk: a.pk, c.pk: b.pk}
    with pytest.raises(IntegrityError), transaction.atomic():
        Binding.objects.create(member=b, inviter=d, bound_at=first.bound_at)


def test_ec_46_an_inviter_who_is_the_invitee_loops_no_more(brand: Tenant) -> None:
    inviter, invitee = people(2)
    bound(invitee, inviter)
    before = edges()
    done = merged(inviter, invitee)
    assert edges() == {(invitee.pk, inviter.pk): BindingEnd.MERGE_SELFLOOP}
    assert Binding.objects.get().ended_at == done.merged_at
    member_split(merge=done.public_id, reason="")
    assert edges() == before
    back = merged(invitee, inviter)
    assert edges() == {(invitee.pk, inviter.pk): BindingEnd.MERGE_SELFLOOP}
    member_split(merge=back.public_id, reason="")
    assert edges() == before


def test_ec_47_a_merge_that_would_close_a_ring_ends_one_edge(brand: Tenant) -> None:
    """a brought b, b brought c: c and a are one person, so nobody may have brought them by way of b."""
    a, b, c = people(3)
    bound(b, a)
    bound(c, b)
    before = edges()
    down = merged(a, c)
    assert edges() == {(b.pk, a.pk): BindingEnd.MERGE_CYCLE, (c.pk, b.pk): ""}
    member_split(merge=down.public_id, reason="")
    assert edges() == before
    up = merged(c, a)
    assert edges() == {(b.pk, a.pk): "", (c.pk, b.pk): BindingEnd.MERGE_CYCLE}
    member_split(merge=up.public_id, reason="")
    assert edges() == before


def test_the_targets_inviter_stays_and_the_sources_people_come_along(brand: Tenant) -> None:
    source, target, ours, theirs, fan = people(5)
    bound(source, ours)
    bound(target, theirs)
    bound(fan, source)
    before = edges()
    done = merged(source, target)
    assert edges() == {
        (source.pk, ours.pk): BindingEnd.MERGE_KEPT,
        (target.pk, theirs.pk): "",
        (fan.pk, target.pk): "",
    }
    with pytest.raises(ReferralCycle):
        bound(theirs, fan)
    member_split(merge=done.public_id, reason="")
    assert edges() == before


def test_a_target_without_an_inviter_takes_the_sources(brand: Tenant) -> None:
    source, target, inviter, late = people(4)
    bound(source, inviter)
    before = edges()
    done = merged(source, target)
    assert edges() == {(target.pk, inviter.pk): ""}
    with pytest.raises(BindingProtected):
        bound(source, late)
    bound(late, source)
    member_split(merge=done.public_id, reason="")
    assert edges() == {**before, (late.pk, target.pk): ""}, "what came since stays"


def test_an_edge_that_would_close_a_ring_by_now_stays_ended(brand: Tenant) -> None:
    a, b, c = people(3)
    bound(b, a)
    done = merged(a, c)
    second = merged(b, c)
    assert edges() == {(b.pk, c.pk): BindingEnd.MERGE_SELFLOOP}
    member_split(merge=second.public_id, reason="")
    member_split(merge=done.public_id, reason="")
    assert edges() == {(b.pk, a.pk): ""}
    again = merged(a, b)
    bound(c, b)
    member_split(merge=again.public_id, reason="")
    assert edges() == {(b.pk, a.pk): "", (c.pk, b.pk): ""}


_PEOPLE = st.integers(0, 4)
_DEEDS = st.lists(
    st.tuples(st.sampled_from(["bind", "bind", "merge", "split"]), _PEOPLE, _PEOPLE), max_size=14
)


@pytest.mark.django_db
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(deeds=_DEEDS)
def test_the_edges_are_a_forest_whatever_happens(deeds: list[tuple[str, int, int]]) -> None:
    with transaction.atomic():
        with tenant_scope(tenant()):
            everybody = people(5)
            for deed, one, two in deeds:
                _do(deed, everybody[one], everybody[two])
                _is_forest()
        transaction.set_rollback(True)


def _do(deed: str, one: Member, two: Member) -> None:
    try:
        if deed == "bind":
            bound(one, two)
        elif deed == "merge":
            merged(one, two)
        else:
            for merge in MemberMerge.objects.filter(source=one, state=MergeState.DONE):
                member_split(merge=merge.public_id, reason="")
    except (
        SelfReferral,
        ReferralCycle,
        BindingProtected,
        MergeSelf,
        SplitBlocked,
        InvalidTransition,
    ):
        pass


def _is_forest() -> None:
    rows = list(Binding.objects.filter(ended_at=None).values_list("member_id", "inviter_id"))
    keys = {key for row in rows for key in row}
    living = living_ids(keys)
    assert {living[key] for key in keys} == keys, "open edges join living members"
    for invited, inviter in rows:
        assert invited not in above(inviter)
