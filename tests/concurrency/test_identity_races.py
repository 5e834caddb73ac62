"""Many at once claim the same identifier, or write the same order: one member, one order, exact sums."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections, transaction

from members.identity import services
from members.identity.models import Identity
from members.identity.rules import Claim
from members.identity.services import identity_resolve
from members.orders import rollups
from members.orders.models import MemberRollup, Order, Refund
from members.orders.services import order_apply
from members.people.models import Member
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.factories.members import START, order_facts, refund
from tests.support.api import tenant

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
THREADS = 6


def at_once(
    brand: Tenant, act: Callable[[int], Any], *, count: int = THREADS
) -> list[BaseException]:
    """Run ``act`` in that many threads that start together; returns what they raised."""
    gate, faults = threading.Barrier(count), []

    def body(number: int) -> None:
        try:
            with tenant_scope(brand):
                gate.wait(10)
                act(number)
        except BaseException as fault:  # noqa: BLE001 - shown by the test
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=body, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return faults


def test_one_member_whoever_comes_first() -> None:
    brand = tenant()
    for turn in range(5):
        phone = f"1390000000{turn}"

        def act(number: int, phone: str = phone) -> None:
            claims = [Claim("phone", phone), Claim("business_account", f"{phone}-{number % 2}")]
            identity_resolve(claims=claims, source="x", occurred_at=START)

        assert at_once(brand, act) == []
    with tenant_scope(brand):
        assert Member.objects.count() == 5
        assert MemberRollup.objects.count() == 5
        assert Identity.objects.count() == 15


def test_the_control_sees_the_race_when_lost_races_are_ignored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without looking again after a lost insert, several members are made for one phone."""
    brand = tenant()
    looked = threading.Barrier(THREADS)
    honest = services.holders_of

    def together(keys: Any) -> Any:
        found = honest(keys)
        looked.wait(10)
        return found

    real_insert = services.rows_insert

    def careless(model: Any, columns: Any, rows: Any, **options: Any) -> Any:
        written = real_insert(model, columns, rows, **options)
        if model is not Identity:
            return written
        return list(Identity.objects.values_list("type", "scope", "value_hash", "id"))

    monkeypatch.setattr(services, "holders_of", together)
    monkeypatch.setattr(services, "rows_insert", careless)
    claims = [Claim("phone", "13800000001")]
    faults = at_once(
        brand, lambda _number: identity_resolve(claims=claims, source="x", occurred_at=START)
    )
    assert faults == []
    with tenant_scope(brand):
        assert Member.objects.count() > 1, "the harness must be able to see the race"
        assert Identity.objects.count() == 1


def test_one_order_and_one_refund_however_often_it_is_told_at_once() -> None:
    brand = tenant()
    facts = order_facts(external_id="a", paid_fen=1000, refunds=(refund("r", 400),))
    assert at_once(brand, lambda _number: order_apply(facts)) == []
    with tenant_scope(brand):
        assert Order.objects.count() == Refund.objects.count() == Member.objects.count() == 1
        assert MemberRollup.objects.get().net_fen == 600


def orders_at_once(brand: Tenant) -> MemberRollup:
    with tenant_scope(brand):
        order_apply(order_facts(external_id="first", paid_fen=100))

    def act(number: int) -> None:
        with transaction.atomic():
            order_apply(order_facts(external_id=f"o{number}", paid_fen=100))

    assert at_once(brand, act) == []
    with tenant_scope(brand):
        assert Order.objects.count() == THREADS + 1
        return MemberRollup.objects.get()


def test_sums_are_exact_when_orders_of_one_member_arrive_at_once() -> None:
    sums = orders_at_once(tenant())
    assert (sums.orders_count, sums.net_fen) == (THREADS + 1, 100 * (THREADS + 1))


def test_the_control_loses_orders_without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recompute without the row lock, all at the same moment: somebody's order is missing from the sum."""
    both = threading.Barrier(THREADS)
    honest = rollups._refresh

    def careless(member_ids: Any, **options: Any) -> None:
        if threading.current_thread() is threading.main_thread():
            honest(member_ids, **options)
            return
        monkeypatch.setattr(rollups, "_LOCK", "SELECT %(tenant)s, %(members)s::bigint[]")
        both.wait(10)
        with connection.cursor():
            honest(member_ids, **options)

    monkeypatch.setattr(rollups, "_refresh", careless)
    sums = orders_at_once(tenant())
    assert sums.orders_count < THREADS + 1, "the harness must be able to see the race"
