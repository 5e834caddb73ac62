"""Orders taken in: one by one and in batches."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from members.identity.rules import Claim
from members.orders.errors import FromTheFuture, MemberRequired, RefundExceedsPaid
from members.orders.facts import LineFacts
from members.orders.models import MemberRollup, Order, OrderLine, Refund, RefundLine
from members.orders.services import order_apply, orders_apply
from members.people.models import Member
from scrm.events.models import OutboxEvent
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.factories.members import START, order, order_facts, refund
from tests.support.api import tenant


def rollup(found: Order) -> MemberRollup:
    return MemberRollup.objects.get(member_id=found.member_id)


def test_a_paid_order_makes_its_member_and_counts(brand: Tenant) -> None:
    found = order(paid_fen=10_000)
    assert found.member.phone_masked == "138****0001"
    assert (found.net_fen, found.is_valid, str(found.paid_date)) == (10_000, True, "2026-01-15")
    mine = rollup(found)
    assert (mine.orders_count, mine.net_fen, mine.last_paid_at) == (1, 10_000, START)


def test_the_day_of_payment_is_the_brands(db: None) -> None:
    with tenant_scope(tenant(timezone="America/New_York")):
        assert str(order(at=START.replace(hour=3)).paid_date) == "2026-01-14"


def test_a_refund_before_the_payment_is_kept_and_applied_when_it_arrives(brand: Tenant) -> None:
    facts = order_facts(external_id="o1", paid_fen=1000)
    early = replace(facts, placed_at=None, paid_at=None, lines=(), refunds=(refund("r1", 400),))
    found = order_apply(early)
    assert (found.net_fen, found.refunded_fen, found.is_valid) == (0, 0, False)
    assert RefundLine.objects.get().line_id is None
    found = order_apply(facts)
    assert (found.net_fen, found.refunded_fen, found.is_valid) == (600, 400, True)
    assert RefundLine.objects.get().line_id == OrderLine.objects.get().pk
    assert rollup(found).net_fen == 600


def test_a_refund_that_names_a_wrong_line_does_not_keep_the_payment_out(brand: Tenant) -> None:
    paid = order_facts(external_id="o1", paid_fen=1000)
    stray = replace(
        paid, placed_at=None, paid_at=None, lines=(), refunds=(refund("r1", 400, line="9"),)
    )
    order_apply(stray)
    found = order_apply(paid)
    assert (found.net_fen, found.refunded_fen, found.is_valid) == (1000, 0, True)
    assert rollup(found).net_fen == 1000
    order_apply(stray)  # a repeat changes nothing
    late = replace(paid, lines=(LineFacts(external_id="9", subtotal_fen=500),))
    assert order_apply(late).net_fen == 1100, "its line came after all"
    other = replace(stray, refunds=(refund("r2", 1, line="8"),))
    with pytest.raises(RefundExceedsPaid):  # the control: told after the payment it is refused
        order_apply(other)


def test_the_same_message_twice_changes_nothing_and_says_nothing(brand: Tenant) -> None:
    facts = order_facts(external_id="o1", refunds=(refund("r1", 400),))
    order_apply(facts)
    before = OutboxEvent.objects.filter(type="order.changed").count()
    order_apply(facts)
    assert OutboxEvent.objects.filter(type="order.changed").count() == before == 1
    assert (Order.objects.count(), OrderLine.objects.count(), Refund.objects.count()) == (1, 1, 1)


def test_a_refused_refund_writes_nothing(brand: Tenant) -> None:
    found = order(external_id="o1", paid_fen=1000)
    events = OutboxEvent.objects.count()
    with pytest.raises(RefundExceedsPaid):
        order_apply(order_facts(external_id="o1", paid_fen=1000, refunds=(refund("r1", 1001),)))
    assert Refund.objects.count() == 0
    assert OutboxEvent.objects.count() == events
    found.refresh_from_db()
    assert found.net_fen == 1000


def test_a_refused_order_leaves_the_rest_of_its_batch_alone(brand: Tenant) -> None:
    good, late = order_facts(external_id="a"), order_facts(external_id="b", phone="13900000002")
    late = replace(late, paid_at=START.replace(year=2099))
    nobody = order_facts(external_id="c", claims=())
    outcomes = orders_apply([good, late, nobody])
    assert outcomes[0].error is None
    assert isinstance(outcomes[1].error, FromTheFuture)
    assert isinstance(outcomes[2].error, MemberRequired)
    assert Order.objects.count() == 1
    assert Member.objects.count() == 1, "a refused order makes no member"


def test_a_batch_is_told_once(brand: Tenant) -> None:
    batch = [
        order_facts(external_id=str(number), phone=f"1380000000{number}") for number in range(5)
    ]
    orders_apply([*batch, *batch])
    event = OutboxEvent.objects.get(type="order.changed")
    assert len(event.payload["order_ids"]) == 5
    assert len(event.payload["member_ids"]) == 5
    assert len(OutboxEvent.objects.get(type="member.created").payload["member_ids"]) == 5


def test_two_orders_of_one_new_person_in_one_batch_make_one_member(brand: Tenant) -> None:
    first, second = order_facts(external_id="a"), order_facts(external_id="b")
    second = replace(second, claims=(*second.claims, Claim("business_account", "U1")))
    third = replace(order_facts(external_id="c"), claims=(Claim("business_account", "U1"),))
    orders_apply([first, second, third])
    assert Member.objects.count() == 1
    assert MemberRollup.objects.get().orders_count == 3


def test_an_order_stays_with_its_member_and_brings_it_new_identifiers(brand: Tenant) -> None:
    found = order(external_id="a")
    again = replace(order_facts(external_id="a"), claims=(Claim("unionid", "union-1"),))
    assert order_apply(again).member_id == found.member_id
    assert Member.objects.count() == 1
    assert found.member.identities.count() == 2


def test_a_channels_order_number_is_its_own(brand: Tenant) -> None:
    order(external_id="a")
    order_apply(order_facts(external_id="a", channel="jd"))
    assert Order.objects.count() == 2


def test_the_same_phone_in_two_brands_is_two_members(brand: Tenant) -> None:
    first = order(external_id="a")
    with tenant_scope(tenant()):
        second = order(external_id="a")
        assert Order.objects.count() == Member.objects.count() == 1
    assert first.member.public_id != second.member.public_id
    assert Order.objects.count() == 1


def test_the_earliest_report_of_a_moment_stands(brand: Tenant) -> None:
    order(external_id="a", at=START)
    found = order_apply(order_facts(external_id="a", at=START - timedelta(days=1)))
    assert found.paid_at == START - timedelta(days=1)
    assert order_apply(order_facts(external_id="a", at=START)).paid_at == START - timedelta(days=1)
