"""Orders become points through the real order service, the ledger and the clock."""

from __future__ import annotations

import pytest

from points.lots.models import Lot
from points.lots.services import (
    due_settle,
    members_settle,
    night_settle,
    points_grant,
    points_spend,
)
from points.orders.services import orders_settle
from scrm.core import clock
from scrm.ledger.models import Transfer
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.tenants.services import tenant_create, tenant_settings_update
from tests.points.shop import account, day, member_id, picture, prove, system, tell


def test_an_order_is_pending_from_paid_and_counts_after_the_waiting_days(tenant: Tenant) -> None:
    with clock.frozen(day(1)):
        tell(1, lines=(9_999, 5_001), placed_at=0, paid_at=0.1)
        assert account() == (150, 0, 0, 0)
        tell(1, completed_at=0.5)
    lot = Lot.objects.get()
    assert lot.available_at == clock.local_midnight(
        clock.local_date(day(7.5), tenant.timezone), tenant.timezone
    )
    with clock.frozen(day(9)):
        assert due_settle() == {"members": 1}
        assert account() == (0, 150, 0, 0)
        assert due_settle() == {"members": 0}
    prove()


def test_ec_5_a_refund_that_arrives_before_the_payment_is_applied_with_it(tenant: Tenant) -> None:
    with clock.frozen(day(5)):
        tell(1, placed_at=0, refund=("r1", 2, {"0": 4000}))
        assert Lot.objects.count() == 0
        tell(1, lines=(10_000,), paid_at=1)
    assert account() == (60, 0, 0, 0)
    prove()


def test_ec_6_a_payment_told_twice_earns_once(tenant: Tenant) -> None:
    with clock.frozen(day(1)):
        for _again in range(3):
            order = tell(1, lines=(10_000,), paid_at=0)
        orders_settle([order.pk])
    assert account() == (100, 0, 0, 0)
    assert Transfer.objects.count() == 1


def test_ec_16_an_order_of_nothing_leaves_no_trace(tenant: Tenant) -> None:
    with clock.frozen(day(1)):
        tell(1, lines=(0,), paid_at=0)
    assert Lot.objects.count() == 0
    assert Transfer.objects.count() == 0


def test_ec_104_completed_then_paid_then_placed_ends_like_the_usual_order(tenant: Tenant) -> None:
    with clock.frozen(day(20)):
        tell(1, completed_at=3)
        tell(1, paid_at=1, lines=(10_000,))
        tell(1, placed_at=0)
    assert account() == (0, 100, 0, 0)
    prove()


def test_ec_2_three_partial_refunds_net_to_exactly_nothing(tenant: Tenant) -> None:
    with clock.frozen(day(20)):
        tell(1, lines=(333, 333, 334), placed_at=0, paid_at=0, completed_at=1)
        for n in range(3):
            tell(1, refund=(f"r{n}", 10 + n, {str(n): (333, 333, 334)[n]}))
            prove()
    assert account() == (0, 0, 0, 0)
    assert system() == {"issued": -10, "redeemed": 0, "expired": 0, "reversed": 10, "adjusted": 0}


def test_ec_1_and_ec_15_a_refund_after_spending_is_debt_until_new_points_count(
    tenant: Tenant,
) -> None:
    with clock.frozen(day(10)):
        tell(1, lines=(10_000,), placed_at=0, paid_at=0, completed_at=0)
        points_spend(member_id=member_id(), points=80, reference="gift")
    with clock.frozen(day(11)):
        tell(1, refund=("r1", 11, {"0": 10_000}))
        assert account() == (0, 0, 0, 80)
        tell(2, lines=(20_000,), placed_at=11, paid_at=11)
        assert account() == (200, 0, 0, 80)
        prove()
    with clock.frozen(day(30)):
        tell(2, completed_at=12)
        assert account() == (0, 120, 0, 0)
    prove()


def test_worked_example_7_through_the_ledger(tenant: Tenant) -> None:
    with clock.frozen(day(10)):
        tell(1, lines=(10_000,), placed_at=0, paid_at=0, completed_at=0)
        points_spend(member_id=member_id(), points=80, reference="gift")
        points_grant(member_id=member_id(), points=50, reference="task-1")
        tell(1, refund=("r1", 10, {"0": 10_000}))
        assert account() == (0, 0, 0, 30)
        points_grant(member_id=member_id(), points=50, reference="task-2")
    assert account() == (0, 20, 0, 0)
    prove()


def test_the_rate_is_the_one_of_the_day_of_payment(tenant: Tenant) -> None:
    with clock.frozen(day(5)):
        tell(1, lines=(10_000,), paid_at=0)
        tenant_settings_update(tenant_id=tenant.pk, values={"points.rate_per_yuan": "2.5"})
        with tenant_scope(Tenant.objects.get(pk=tenant.pk)):
            tell(1, refund=("r1", 2, {"0": 5000}))
            tell(2, lines=(10_000,), paid_at=1)
    assert account() == (50 + 250, 0, 0, 0)


def test_a_shortfall_may_be_taken_from_the_cash_instead(tenant: Tenant) -> None:
    tenant_settings_update(tenant_id=tenant.pk, values={"points.refund_shortfall": "offset_cash"})
    with tenant_scope(Tenant.objects.get(pk=tenant.pk)), clock.frozen(day(10)):
        tell(1, lines=(10_000,), placed_at=0, paid_at=0, completed_at=0)
        points_spend(member_id=member_id(), points=80, reference="gift")
        tell(1, refund=("r1", 10, {"0": 10_000}))
        assert account() == (0, 0, 0, 0)
        assert system()["reversed"] == 100
        prove()


def test_ec_24_expiry_may_run_twice_or_three_days_late(tenant: Tenant) -> None:
    with clock.frozen(day(10)):
        tell(1, lines=(10_000,), placed_at=0, paid_at=0, completed_at=0)
    lapses = Lot.objects.get().expires_at
    assert lapses is not None
    with clock.frozen(lapses):
        before = picture(("A1",))
        yesterday = clock.local_date(day(372), tenant.timezone)
        for _again in range(2):
            night_settle(yesterday)
        on_time = picture(("A1",))
    assert before.accounts["A1"][:2] == (0, 100)
    assert on_time.accounts["A1"][:2] == (0, 0)
    with clock.frozen(day(376)):
        members_settle([member_id()])
        assert picture(("A1",)) == on_time
    prove()


def test_ec_105_two_tenants_live_in_their_own_days(tenant: Tenant) -> None:
    west = tenant_create(slug="points-west", name="West", timezone="America/Los_Angeles")
    for brand in (tenant, west):
        with tenant_scope(brand), clock.frozen(day(1)):
            tell(1, lines=(10_000,), placed_at=0, paid_at=0, completed_at=0.2)
    # Midnight of the 8th of March has come in Shanghai; in Los Angeles it is still the 7th.
    with clock.frozen(
        clock.local_midnight(clock.local_date(day(7), "Asia/Shanghai"), "Asia/Shanghai")
    ):
        for brand in (tenant, west):
            with tenant_scope(brand):
                due_settle()
        with tenant_scope(tenant):
            assert account() == (0, 100, 0, 0)
        with tenant_scope(west):
            assert account() == (100, 0, 0, 0)


@pytest.mark.parametrize("size", [1, 40])
def test_statements_do_not_grow_with_the_batch(
    tenant: Tenant, size: int, django_assert_max_num_queries: object
) -> None:
    from members.identity.rules import Claim
    from members.orders.facts import LineFacts, OrderFacts
    from members.orders.services import orders_apply

    with clock.frozen(day(20)):
        outcomes = orders_apply(
            [
                OrderFacts(
                    channel="shop", external_id=str(n), claims=(Claim(type="business_account", value=f"B{n}"),),
                    placed_at=day(0), paid_at=day(0), completed_at=day(1),
                    lines=(LineFacts(external_id="0", subtotal_fen=1000),),
                )
                for n in range(size)
            ]
        )  # fmt: skip
        # One each for merged accounts, erased members, tier benefits and the marks of segment sets.
        with django_assert_max_num_queries(27):  # type: ignore[operator]
            orders_settle([outcome.order_id for outcome in outcomes if outcome.order_id])
    prove()
