"""Whose identifiers these are: weak and strong ones, doubts, brands, merges."""

from __future__ import annotations

import pytest
from django.db import connection

from members.identity.models import Identity, IdentityConflict, MemberMerge, MergeCause
from members.identity.moving import IdentityTaken, identity_give
from members.identity.rules import Claim
from members.identity.selectors import member_find
from members.identity.services import Arrival, identity_resolve, identity_resolve_many
from members.orders.models import MemberRollup
from members.people.models import Member, MemberStatus
from members.people.selectors import member_get
from scrm.core.errors import InvalidValue, NotFound
from scrm.events.models import AuditLog, OutboxEvent
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.factories.members import START, order
from tests.support.api import tenant

PHONE, UNION = Claim("phone", "13800000001"), Claim("unionid", "union-1")
COOKIE = Claim("cookie", "cookie-1")


def resolve(*claims: Claim) -> Member:
    return identity_resolve(claims=claims, source="tmall", occurred_at=START)


def test_any_known_identifier_finds_the_member_and_brings_the_others(brand: Tenant) -> None:
    who = resolve(PHONE)
    assert resolve(PHONE, UNION) == who
    assert resolve(UNION) == who
    assert member_find(UNION) == who
    assert Member.objects.count() == MemberRollup.objects.count() == 1


def test_the_same_phone_however_written(brand: Tenant) -> None:
    who = resolve(PHONE)
    for text in ("+86 138 0000 0001", "138-0000-0001", "8613800000001"):
        assert resolve(Claim("phone", text)) == who


def test_a_phone_is_stored_hashed_and_encrypted_only(brand: Tenant) -> None:
    who = resolve(PHONE)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i::text || m::text FROM members_identity i JOIN members_member m ON m.id = i.member_id"
            " WHERE i.tenant_id = %s",
            [brand.pk],
        )
        row = cursor.fetchone()[0]
    assert "13800000001" not in row
    assert "138****0001" in row
    assert who.phone_tail == "0001"


def test_the_hash_of_a_phone_differs_between_brands(brand: Tenant) -> None:
    resolve(PHONE)
    ours = Identity.objects.get().value_hash
    with tenant_scope(tenant()):
        resolve(PHONE)
        assert Identity.objects.get().value_hash != ours


def test_the_same_openid_of_two_apps_is_two_identifiers(brand: Tenant) -> None:
    """EC-43"""
    first = resolve(Claim("openid", "o1", "app-a"), UNION)
    assert resolve(Claim("openid", "o2", "app-b"), UNION) == first
    assert resolve(Claim("openid", "o1", "app-b")) != first
    with pytest.raises(InvalidValue):
        resolve(Claim("openid", "o1"))


def test_two_known_members_are_never_merged_silently(brand: Tenant) -> None:
    by_phone, by_union = resolve(PHONE), resolve(UNION)
    assert resolve(PHONE, UNION) == by_union, "the stronger identifier decides"
    assert resolve(PHONE, UNION) == by_union
    doubt = IdentityConflict.objects.get()
    assert (doubt.kept_id, doubt.other_id, doubt.types) == (by_union.pk, by_phone.pk, ["phone"])
    assert member_find(PHONE) == by_phone
    assert OutboxEvent.objects.filter(type="identity.conflict_found").count() == 1


def test_an_anonymous_visitor_becomes_the_known_member_once(brand: Tenant) -> None:
    visitor, known = resolve(COOKIE), resolve(PHONE)
    assert visitor.status == MemberStatus.ANONYMOUS
    assert resolve(COOKIE, PHONE) == known
    visitor.refresh_from_db()
    assert (visitor.status, visitor.merged_into_id) == (MemberStatus.MERGED, known.pk)
    assert resolve(COOKIE) == known
    assert member_get(visitor.public_id) == known


def test_an_anonymous_visitor_who_gives_a_phone_is_registered(brand: Tenant) -> None:
    visitor = resolve(COOKIE)
    assert resolve(COOKIE, PHONE) == visitor
    visitor.refresh_from_db()
    assert visitor.status == MemberStatus.ACTIVE
    assert visitor.phone_tail == "0001"


def test_a_shared_device_merges_nobody(brand: Tenant) -> None:
    """EC-44"""
    first = resolve(COOKIE, PHONE)
    other = resolve(Claim("phone", "13800000002"))
    assert resolve(COOKIE, Claim("phone", "13800000002")) == other
    assert member_find(COOKIE) == first
    assert IdentityConflict.objects.count() == 0


def test_the_orders_of_an_anonymous_visitor_come_along(brand: Tenant) -> None:
    bought = order(claims=(COOKIE,))
    known = resolve(PHONE)
    assert resolve(COOKIE, PHONE) == known
    visitor = Member.objects.get(pk=bought.member_id)
    bought.refresh_from_db()
    assert (visitor.status, bought.member_id) == (MemberStatus.MERGED, known.pk)
    assert MemberRollup.objects.get(member=known).orders_count == 1
    assert MemberMerge.objects.get().cause == MergeCause.STITCH


def test_a_batch_is_resolved_as_if_one_came_after_the_other(brand: Tenant) -> None:
    batches = [
        (PHONE,),
        (UNION,),
        (PHONE, Claim("email", "A@b.cn")),
        (Claim("email", "a@B.cn"),),
        (UNION, PHONE),
    ]
    arrivals = [Arrival(claims=claims, source="x", occurred_at=START) for claims in batches]
    together = identity_resolve_many(arrivals)
    with tenant_scope(tenant()):
        alone = [identity_resolve_many([arrival])[0] for arrival in arrivals]
    shape = [together.index(key) for key in together]
    assert shape == [alone.index(key) for key in alone] == [0, 1, 0, 0, 1]


@pytest.mark.parametrize(
    "claim",
    [
        Claim("phone", "12"),
        Claim("phone", "1380000000x"),
        Claim("email", "nobody"),
        Claim("email", "@"),
        Claim("shoe", "43"),
        Claim("unionid", " "),
        Claim("unionid", "x" * 129),
        Claim("unionid", "a\x00b"),
    ],
)
def test_what_is_no_identifier_is_refused(brand: Tenant, claim: Claim) -> None:
    with pytest.raises(InvalidValue):
        resolve(claim)
    assert Member.objects.count() == 0


def test_another_brands_member_is_not_there(brand: Tenant) -> None:
    who = resolve(PHONE)
    with tenant_scope(tenant()):
        assert member_find(PHONE) is None
        with pytest.raises(NotFound):
            member_get(who.public_id)


def test_a_phone_that_moved_to_another_person_takes_a_reason_and_leaves_history(
    brand: Tenant,
) -> None:
    """EC-52"""
    former, heir = order(claims=(PHONE, UNION)).member, resolve(Claim("business_account", "b"))
    with pytest.raises(IdentityTaken):
        identity_give(member_public_id=heir.public_id, claim=PHONE)
    identity_give(member_public_id=heir.public_id, claim=PHONE, reason="换号")
    former.refresh_from_db()
    heir.refresh_from_db()
    assert (former.phone_tail, heir.phone_tail) == ("", "0001")
    assert resolve(PHONE) == heir
    assert former.orders.count() == 1
    assert heir.orders.count() == 0
    trace = AuditLog.objects.get(action="members.identity_moved")
    assert trace.before == {"holder": former.public_id, "type": "phone"}
    assert identity_give(member_public_id=heir.public_id, claim=PHONE) == heir, (
        "said again, nothing changes"
    )
    assert identity_give(member_public_id=heir.public_id, claim=Claim("email", "a@b.cn")) == heir
    assert AuditLog.objects.filter(action="members.identity_moved").count() == 1
