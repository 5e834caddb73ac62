"""Several connections at one member's points."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from points.lots.books import soon_after
from points.lots.models import PointsAccount
from points.lots.services import InsufficientPoints, points_spend
from points.lots.store import expiring_write
from points.orders.services import orders_settle
from scrm.core import clock
from scrm.ledger.models import Transfer
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.tenants.services import tenant_create
from tests.points.shop import account, day, member_id, prove, tell

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def at_once(brand: Tenant, *acts: Callable[[], object]) -> list[object]:
    """Run the acts in threads of their own at the same time; what each returned or raised."""
    barrier, told = threading.Barrier(len(acts)), [None] * len(acts)

    def act(place: int) -> None:
        try:
            with tenant_scope(brand), clock.frozen(day(20)):
                barrier.wait()
                told[place] = acts[place]()  # type: ignore[call-overload]
        except Exception as error:  # noqa: BLE001 - told to the test
            told[place] = error  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


@pytest.fixture
def brand(transactional_db: None) -> Tenant:
    return tenant_create(slug="points-race", name="并发")


def test_two_spends_cannot_share_one_balance(brand: Tenant) -> None:
    with tenant_scope(brand), clock.frozen(day(19)):
        tell(1, lines=(10_000,), placed_at=0, paid_at=0, completed_at=0)
        buyer = member_id()

    def spend(reference: str) -> Callable[[], object]:
        return lambda: points_spend(member_id=buyer, points=60, reference=reference)

    told = at_once(brand, *(spend(f"s{n}") for n in range(4)))
    assert sum(isinstance(result, InsufficientPoints) for result in told) == 3
    with tenant_scope(brand):
        assert account() == (0, 40, 0, 0)
        prove()


def test_settling_the_same_orders_at_once_earns_once(brand: Tenant) -> None:
    with tenant_scope(brand), clock.frozen(day(19)):
        orders = [
            tell(n, buyer=f"A{n}", lines=(1000,), placed_at=0, paid_at=0).pk for n in range(6)
        ]
        before = Transfer.objects.count()
        for n in range(6):
            tell(n, buyer=f"A{n}", completed_at=1)
    told = at_once(
        brand,
        lambda: orders_settle(orders),
        lambda: orders_settle(orders[::-1]),
        lambda: orders_settle(orders[:3]),
    )
    assert [type(result) for result in told] == [list, list, list]
    with tenant_scope(brand):
        assert Transfer.objects.count() == before + 6
        prove()


def test_a_count_of_what_lapses_soon_leaves_a_newer_balance_alone(brand: Tenant) -> None:
    with tenant_scope(brand), clock.frozen(day(20)):  # the points count, and lapse in a year
        tell(1, lines=(10_000,), placed_at=0, paid_at=0, completed_at=0)
        buyer = member_id()
    told: list[object] = []

    def count() -> None:
        with tenant_scope(brand), clock.frozen(day(350)), transaction.atomic():
            told.append(expiring_write(soon_after(clock.now())))

    def counted() -> None:
        try:
            count()
        finally:
            connection.close()

    counting = threading.Thread(target=counted)
    with tenant_scope(brand), clock.frozen(day(350)):
        with transaction.atomic():
            points_spend(member_id=buyer, points=60, reference="s")
            counting.start()
            while not is_waited_for():
                assert counting.is_alive()
        counting.join()
        assert PointsAccount.objects.get(member_id=buyer).expiring_30d == 40
    assert told == [[]]
    with tenant_scope(brand):  # the control: undisturbed, the count finds the member
        PointsAccount.objects.update(expiring_30d=0)
    count()
    assert [row.points for row in told[1]] == [40]  # type: ignore[attr-defined]


def is_waited_for() -> bool:
    """Whether another connection waits for this one's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks"
            " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
        )
        return bool(cursor.fetchone()[0])
