"""Two members become one and come apart again (N-40); the edge cases of identity by their numbers."""

from __future__ import annotations

from typing import Any

import pytest

from communities.outreach.models import Push, PushRecipient
from members.identity.merging import (
    MergeBlocked,
    MergeSelf,
    SplitBlocked,
    joins_of,
    member_merge,
    member_split,
    members_join,
    merge_finish,
    merge_preview,
    merges_resume,
)
from members.identity.models import (
    ConflictState,
    Identity,
    IdentityConflict,
    MemberMerge,
    MergeMove,
    MergeState,
)
from members.identity.moving import identity_give
from members.identity.rules import Claim
from members.identity.selectors import member_find
from members.identity.services import identity_resolve
from members.identity.stranding import undeclared
from members.orders.models import MemberRollup, Order
from members.people.models import Member, MemberStatus, SourceTouch
from members.people.rules import Profile
from members.people.selectors import living_ids, member_get, person_ids
from members.people.services import member_touch
from members.tags.models import MemberTag
from members.tags.services import member_tag_add
from points.lots.services import points_grant, points_hold
from scrm.core.errors import InvalidTransition
from scrm.events.models import AuditLog, OutboxEvent
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.factories.members import START, order
from tests.support.api import tenant

PHONE, UNION = Claim("phone", "13800000001"), Claim("unionid", "union-1")
COOKIE = Claim("cookie", "cookie-1")


def account(name: str, **profile: Any) -> Member:
    return identity_resolve(
        claims=[Claim("business_account", name)],
        source="tmall",
        occurred_at=START,
        profile=Profile(**profile),
    )


def merged(source: Member, target: Member) -> MemberMerge:
    return member_merge(source=source.public_id, target=target.public_id, reason="同一个人")


def bought(name: str, number: str) -> Order:
    return order(claims=(Claim("business_account", name),), external_id=number)


def standing() -> dict[str, Any]:
    """Every row of every table that belongs to a member, but for bookkeeping of when it was written."""
    drop = {"updated_at", "id"}
    tables = (Member, Identity, Order, MemberRollup, MemberTag, SourceTouch)
    found: dict[str, Any] = {}
    for model in tables:
        rows = model.objects.order_by("pk").values()
        found[model.__name__] = [
            {name: value for name, value in row.items() if name not in drop} for row in rows
        ]
    found["Order ids"] = sorted(Order.objects.values_list("id", "member_id"))
    found["MemberTag ids"] = sorted(MemberTag.objects.values_list("id", "member_id"))
    return {key: sorted(map(str, value)) for key, value in found.items()}


# -- merge ------------------------------------------------------------------------------------------
def test_everything_the_source_had_is_the_targets(brand: Tenant) -> None:
    old = account("a", display_name="周杰伦", city="台北")
    kept = account("b", city="上海")
    first, second = bought("a", "1"), bought("b", "2")
    member_tag_add([old.pk, kept.pk], ["粉丝"], "operator")
    member_tag_add([old.pk], ["铁粉"], "operator")
    done = merged(old, kept)
    assert done.state == MergeState.DONE
    assert set(Order.objects.values_list("member_id", flat=True)) == {kept.pk}
    kept.refresh_from_db()
    assert (kept.display_name, kept.city) == ("周杰伦", "上海"), "its own word stays"
    rollup = MemberRollup.objects.get(member=kept)
    assert (rollup.orders_count, rollup.net_fen) == (2, first.net_fen + second.net_fen)
    assert MemberRollup.objects.get(member=old).orders_count == 0
    worn = MemberTag.objects.filter(member=kept).values_list("tag__name", flat=True)
    assert sorted(worn) == ["粉丝", "铁粉"]
    assert not MemberTag.objects.filter(member=old).exists()
    assert member_get(old.public_id) == kept
    told = OutboxEvent.objects.get(type="member.merged").payload
    assert told == {"source_id": old.pk, "target_id": kept.pk, "merge_id": done.pk}
    assert OutboxEvent.objects.filter(type="member.settled").count() == 1
    row = AuditLog.objects.get(action="members.merged")
    assert row.object_id == done.public_id
    assert row.after["reason"] == "同一个人"


def test_split_is_the_inverse_of_merge(brand: Tenant) -> None:
    old = account("a", display_name="周杰伦", gender="male")
    kept = account("b")
    for name, number in (("a", "1"), ("a", "2"), ("b", "3")):
        bought(name, number)
    member_tag_add([old.pk], ["粉丝", "铁粉"], "operator")
    member_tag_add([kept.pk], ["粉丝"], "wecom")
    member_touch(member_id=old.pk, source="store", at=START)
    before = standing()
    done = merged(old, kept)
    assert standing() != before
    back = member_split(merge=done.public_id, reason="是两个人")
    assert back.state == MergeState.REVERTED
    assert standing() == before
    assert not MergeMove.objects.exists()
    assert member_split(merge=done.public_id, reason="again").pk == done.pk
    assert AuditLog.objects.filter(action="members.split").count() == 1
    doubt = IdentityConflict.objects.get()
    assert doubt.state == ConflictState.APART, "the same message does not ask again"


def test_what_came_since_goes_with_the_identifier_that_brought_it(brand: Tenant) -> None:
    old, kept = account("a"), account("b")
    done = merged(old, kept)
    through_old, through_kept = bought("a", "late-a"), bought("b", "late-b")
    assert through_old.member_id == through_kept.member_id == kept.pk
    member_split(merge=done.public_id, reason="")
    through_old.refresh_from_db()
    through_kept.refresh_from_db()
    assert (through_old.member_id, through_kept.member_id) == (old.pk, kept.pk)
    assert MemberRollup.objects.get(member=old).orders_count == 1


def test_a_preview_tells_the_figures_and_writes_nothing(brand: Tenant) -> None:
    old, kept = account("a"), account("b")
    bought("a", "1")
    before = standing()
    seen = merge_preview(source=old.public_id, target=kept.public_id)
    orders = next(line for line in seen.effects if str(line.label) == "订单")
    assert (orders.source, orders.target, orders.after) == ("1", "0", "1")
    assert seen.blockers == []
    assert standing() == before


def test_a_table_nobody_answers_for_blocks(brand: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    from members.identity import participants

    old, kept = account("a"), account("b")
    member_tag_add([old.pk], ["粉丝"], "operator")
    less = {key: each for key, each in participants.PARTICIPANTS.items() if key != "tags"}
    monkeypatch.setattr(participants, "PARTICIPANTS", less)
    with pytest.raises(MergeBlocked) as refused:
        merged(old, kept)
    assert "members.membertag" in str(refused.value)


def test_a_merge_whose_worker_died_is_finished_by_the_sweep(brand: Tenant) -> None:
    old, kept = account("a"), account("b")
    bought("a", "1")
    begun = members_join(source_id=old.pk, target_id=kept.pk, reason="", cause="manual")
    assert Order.objects.get().member_id == old.pk, "the rows have not moved yet"
    late = bought("a", "2")
    assert late.member_id == kept.pk
    assert bought("a", "1").pk != late.pk, "a second message about the waiting order is taken"
    assert merges_resume() == 1
    assert set(Order.objects.values_list("member_id", flat=True)) == {kept.pk}
    assert MemberRollup.objects.get(member=kept).orders_count == 2
    assert merge_finish(begun.pk).state == MergeState.DONE
    assert merges_resume() == 0


def test_living_and_persons_and_joins(brand: Tenant) -> None:
    a, b, c = account("a"), account("b"), account("c")
    merged(a, b)
    merged(b, c)
    assert living_ids([a.pk, b.pk, c.pk]) == {a.pk: c.pk, b.pk: c.pk, c.pk: c.pk}
    assert living_ids([a.pk], lock=True) == {a.pk: c.pk}
    assert person_ids([c.pk]) == {c.pk: (a.pk, b.pk, c.pk)}
    joins = joins_of([c.pk])[c.pk]
    assert [(join.origin_id, join.into_id) for join in joins] == [(a.pk, b.pk), (b.pk, c.pk)]


def test_a_known_member_does_not_go_into_an_anonymous_one(brand: Tenant) -> None:
    visitor = identity_resolve(claims=[COOKIE], source="app", occurred_at=START)
    known = account("a")
    with pytest.raises(MergeBlocked):
        merged(known, visitor)


def test_doubts_about_the_source_are_about_the_target_and_back(brand: Tenant) -> None:
    a, b, c = account("a"), account("b"), account("c")
    claims = [Claim("business_account", "a"), Claim("business_account", "c")]
    identity_resolve(claims=claims, source="x", occurred_at=START)
    doubt = IdentityConflict.objects.get()
    pair = {doubt.kept_id, doubt.other_id}
    assert pair == {a.pk, c.pk}
    done = merged(a, b)
    doubt.refresh_from_db()
    assert {doubt.kept_id, doubt.other_id} == {b.pk, c.pk}
    member_split(merge=done.public_id, reason="")
    doubt.refresh_from_db()
    assert {doubt.kept_id, doubt.other_id} == pair
    assert doubt.state == ConflictState.OPEN


# -- the numbered edge cases --------------------------------------------------------------------------
def test_ec_43_one_unionid_two_openids_is_one_member(brand: Tenant) -> None:
    first = identity_resolve(
        claims=[Claim("openid", "o1", "app-a"), UNION], source="x", occurred_at=START
    )
    second = identity_resolve(
        claims=[Claim("openid", "o2", "app-b"), UNION], source="x", occurred_at=START
    )
    assert first == second
    assert Identity.objects.filter(member=first, type="openid").count() == 2


def test_ec_44_a_cookie_two_people_used_merges_nobody(brand: Tenant) -> None:
    first = identity_resolve(claims=[COOKIE, PHONE], source="x", occurred_at=START)
    other = Claim("phone", "13800000002")
    second = identity_resolve(claims=[other], source="x", occurred_at=START)
    assert identity_resolve(claims=[COOKIE, other], source="x", occurred_at=START) == second
    assert first != second
    assert not MemberMerge.objects.exists()


def test_ec_48_a_chain_resolves_to_its_end_and_comes_apart_from_there(brand: Tenant) -> None:
    a, b, c = account("a"), account("b"), account("c")
    bought("a", "1")
    inner, outer = merged(a, b), merged(b, c)
    assert member_get(a.public_id) == c
    assert Order.objects.get().member_id == c.pk
    with pytest.raises(SplitBlocked):
        member_split(merge=inner.public_id, reason="")
    member_split(merge=outer.public_id, reason="")
    assert Order.objects.get().member_id == b.pk
    member_split(merge=inner.public_id, reason="")
    assert Order.objects.get().member_id == a.pk


def test_ec_49_merging_again_changes_nothing_and_merging_into_itself_is_refused(
    brand: Tenant,
) -> None:
    a, b, c = account("a"), account("b"), account("c")
    done = merged(a, b)
    assert merged(a, b).pk == done.pk
    assert MemberMerge.objects.count() == 1
    with pytest.raises(MergeSelf):
        merged(b, b)
    with pytest.raises(MergeSelf):
        merged(b, a)  # which is b by now
    with pytest.raises(InvalidTransition):
        merged(a, c)


def test_ec_50_an_open_hold_of_the_source_blocks(brand: Tenant) -> None:
    a, b = account("a"), account("b")
    points_grant(member_id=a.pk, points=100, reference="g")
    points_hold(member_id=a.pk, points=10, reference="h")
    with pytest.raises(MergeBlocked):
        merged(a, b)
    a.refresh_from_db()
    assert a.status == MemberStatus.ACTIVE
    assert not MemberMerge.objects.exists()


def test_ec_51_a_late_fact_about_the_source_lands_on_the_target(brand: Tenant) -> None:
    a, b = account("a"), account("b")
    bought("a", "1")
    merged(a, b)
    assert bought("a", "2").member_id == b.pk
    member_tag_add([a.pk], ["迟到"], "operator")
    member_touch(member_id=a.pk, source="store", at=START)
    assert MemberTag.objects.get().member_id == b.pk
    assert set(SourceTouch.objects.values_list("member_id", flat=True)) == {b.pk}


def test_ec_52_a_phone_given_to_somebody_else_stays_there_after_a_split(brand: Tenant) -> None:
    a = identity_resolve(claims=[PHONE], source="x", occurred_at=START)
    before = order(claims=(PHONE,))
    b, c = account("b"), account("c")
    done = merged(a, b)
    identity_give(member_public_id=c.public_id, claim=PHONE, reason="换号")
    member_split(merge=done.public_id, reason="")
    assert member_find(PHONE) == c
    before.refresh_from_db()
    assert before.member_id == a.pk, "history stays"


def test_ec_53_one_phone_in_two_brands_is_two_members(brand: Tenant) -> None:
    here = identity_resolve(claims=[PHONE], source="x", occurred_at=START)
    with tenant_scope(tenant()):
        there = identity_resolve(claims=[PHONE], source="x", occurred_at=START)
        assert there.pk != here.pk
        assert Identity.objects.count() == 1


def test_every_table_of_members_is_answered_for() -> None:
    """A new table with a key to a member says what becomes of it in a merge, or such merges stop."""
    assert undeclared() == []


def test_a_stitch_that_is_blocked_leaves_a_doubt(brand: Tenant) -> None:
    visitor = identity_resolve(claims=[COOKIE], source="app", occurred_at=START)
    points_grant(member_id=visitor.pk, points=5, reference="g")
    points_hold(member_id=visitor.pk, points=5, reference="h")
    known = identity_resolve(claims=[PHONE], source="x", occurred_at=START)
    assert identity_resolve(claims=[COOKIE, PHONE], source="x", occurred_at=START) == known
    visitor.refresh_from_db()
    assert visitor.status == MemberStatus.ANONYMOUS
    doubt = IdentityConflict.objects.get()
    assert {doubt.kept_id, doubt.other_id} == {known.pk, visitor.pk}


def test_pushes_follow_and_nobody_is_written_to_twice(brand: Tenant) -> None:
    old, kept = account("a"), account("b")
    both, only = (
        Push.objects.create(name=name, text="x", created_by="x") for name in ("both", "only")
    )
    PushRecipient.objects.create(push=both, member=old)
    PushRecipient.objects.create(push=both, member=kept)
    PushRecipient.objects.create(push=only, member=old)
    merged(old, kept)
    rows = PushRecipient.objects.order_by("pk").values_list("member_id", "state", "reason")
    assert list(rows) == [
        (old.pk, "suppressed", "duplicate"),
        (kept.pk, "queued", ""),
        (kept.pk, "queued", ""),
    ]
