from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from analytics.overview.models import DailyStats, DirtyDay
from analytics.overview.rules import Period
from analytics.overview.selectors import days_listed, overview_get, period_get
from analytics.overview.services import days_settle, overview_night
from members.orders.models import Order
from members.orders.services import orders_apply
from scrm.core import clock
from scrm.events.models import OutboxEvent
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.analytics.overview.books import assert_exact, kept, settle
from tests.factories.members import START, order, order_facts, phone_of, refund
from tests.support.api import tenant

pytestmark = pytest.mark.db
DAY = timedelta(days=1)


def stats(day: date, channel: str = "") -> DailyStats:
    return DailyStats.objects.get(local_date=day, channel=channel)


def test_a_day_counts_what_was_paid_on_it(brand: Tenant) -> None:
    order(phone=phone_of(1), paid_fen=10_000)
    order(phone=phone_of(1), paid_fen=5_000)
    order(phone=phone_of(2), paid_fen=1_000, channel="jd")
    settle()
    row = stats(START.date())
    assert (row.gmv_fen, row.orders, row.buyers, row.new_members) == (16_000, 3, 2, 2)
    assert (row.first_buyers, row.returned) == (2, [])
    assert (stats(START.date(), "jd").gmv_fen, stats(START.date(), "tmall").orders) == (1_000, 2)
    assert_exact()


def test_a_late_refund_changes_the_day_of_payment(brand: Tenant) -> None:
    told = order_facts(phone=phone_of(1), paid_fen=10_000)
    orders_apply([told])
    settle()
    later = order_facts(
        external_id=told.external_id, phone=phone_of(1), placed_at=None, paid_at=None,
        at=START, refunds=(refund("r1", 4_000, at=START + 20 * DAY),), lines=(), completed_at=START + DAY,
    )  # fmt: skip
    orders_apply([later])
    assert DirtyDay.objects.count() == 0, "a fact marks days only once it is heard"
    settle()
    assert (stats(START.date()).gmv_fen, stats(START.date()).refunded_fen) == (10_000, 4_000)
    assert_exact()


def test_orders_without_cash_and_cancelled_ones_do_not_count(brand: Tenant) -> None:
    gift = order(phone=phone_of(1), paid_fen=0)
    kept_one = order_facts(phone=phone_of(2), paid_fen=700)
    orders_apply([kept_one])
    settle()
    assert gift.paid_date == START.date()
    assert stats(START.date()).orders == 1
    orders_apply([
        order_facts(external_id=kept_one.external_id, phone=phone_of(2), paid_fen=700, cancelled_at=START + DAY)
    ])  # fmt: skip
    settle()
    assert (stats(START.date()).orders, stats(START.date()).gmv_fen) == (0, 0)
    assert_exact()


def test_an_earlier_payment_day_empties_the_later_one(brand: Tenant) -> None:
    told = order_facts(phone=phone_of(1))
    orders_apply([told, order_facts(phone=phone_of(1), at=START + 5 * DAY)])
    settle()
    assert stats(START.date() + 5 * DAY).returned == [0, 0, 0, 0, 1]
    earlier = order_facts(
        external_id=told.external_id, phone=phone_of(1), at=START - 3 * DAY, lines=told.lines
    )
    assert orders_apply([earlier])[0].error is None
    assert OutboxEvent.objects.filter(payload__has_key="left").count() == 1
    settle()
    assert stats(START.date()).orders == 0
    assert stats(START.date() + 5 * DAY).returned == [0] * 7 + [1]
    assert_exact()


@pytest.mark.parametrize("seed", range(4))
def test_any_interleaving_of_facts_ends_in_the_same_exact_days(brand: Tenant, seed: int) -> None:
    dice = random.Random(seed)
    facts = []
    for number in range(40):
        at = START + dice.randrange(0, 60 * 24) * timedelta(hours=1)
        base = order_facts(
            external_id=f"o{number}", phone=phone_of(dice.randrange(8)), at=at,
            channel=dice.choice(["tmall", "jd"]), paid_fen=dice.choice([0, 500, 900]),
        )  # fmt: skip
        facts.append(base)
        told = {
            "external_id": base.external_id,
            "phone": base.claims[0].value,
            "channel": base.channel,
        }
        if dice.random() < 0.3:
            facts.append(order_facts(**told, at=at - dice.randrange(9) * DAY, lines=base.lines))
        if dice.random() < 0.3 and base.lines[0].subtotal_fen:
            facts.append(order_facts(**told, at=at, lines=base.lines, refunds=(
                refund("r", dice.choice([100, 500]), at=at + 3 * DAY),)))  # fmt: skip
        if dice.random() < 0.15:
            facts.append(order_facts(**told, at=at, lines=base.lines, cancelled_at=at + DAY))
    dice.shuffle(facts)
    while facts:
        size = dice.randrange(1, 9)
        orders_apply(facts[:size])
        facts = facts[size:]
        if dice.random() < 0.5:
            settle()
    settle()
    assert_exact()
    before = kept()
    overview_night(START.date() + 90 * DAY)
    assert kept() == before, "the night finds nothing to mend"


def test_the_night_builds_everything_for_a_brand_that_had_no_figures(brand: Tenant) -> None:
    for number in range(5):
        order(phone=phone_of(number), at=START - number * 100 * DAY)
    OutboxEvent.objects.all().delete()
    overview_night(START.date() + 500 * DAY)
    assert_exact()
    DailyStats.objects.filter(local_date=START.date()).delete()
    overview_night(START.date() + 500 * DAY)
    assert_exact()


def test_two_zones_put_one_instant_on_their_own_days(db: None) -> None:
    at = datetime(2026, 3, 1, 2, 30, tzinfo=UTC)
    days = {}
    for zone in ("Asia/Shanghai", "America/Los_Angeles"):
        made = tenant(timezone=zone)
        with tenant_scope(made):
            order(phone=phone_of(1), at=at)
            settle()
            row = DailyStats.objects.get(channel="")
            days[zone] = row.local_date
            assert (row.orders, row.new_members) == (1, 1)
            with clock.frozen(at):
                assert period_get(days=1).last == row.local_date
                assert overview_get(period_get(days=1)).current.gmv_fen == 10_000
    assert days == {"Asia/Shanghai": date(2026, 3, 1), "America/Los_Angeles": date(2026, 2, 28)}


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25)], ids=["short", "long"]
)
def test_a_day_on_which_clocks_change_holds_all_its_hours(db: None, day: date, hours: int) -> None:
    made = tenant(timezone="America/Los_Angeles")
    with tenant_scope(made):
        start = clock.local_midnight(day, made.timezone)
        for hour in range(-1, hours + 1):
            order(phone=phone_of(hour + 1), at=start + timedelta(hours=hour, minutes=30))
        settle()
        assert (stats(day).orders, stats(day).new_members) == (hours, hours)
        assert_exact()


def test_settling_takes_the_latest_days_first_and_no_longer_than_told(brand: Tenant) -> None:
    from analytics.overview import services
    from analytics.overview.marks import days_mark

    days_mark([date(2026, 1, 1) + number * DAY for number in range(100)])
    assert days_settle(seconds=0) == services._BATCH
    assert max(DirtyDay.objects.values_list("local_date", flat=True)) == date(2026, 2, 9)
    assert days_settle(seconds=5) == 40


def test_many_orders_mark_their_days_in_one_statement(
    brand: Tenant, django_assert_num_queries: object
) -> None:
    from analytics.overview.marks import days_mark_orders

    orders_apply([order_facts(phone=phone_of(n), at=START + n * DAY) for n in range(50)])
    keys = list(Order.objects.values_list("pk", flat=True))
    with django_assert_num_queries(1):  # type: ignore[operator]
        days_mark_orders(keys)
    assert DirtyDay.objects.count() == 50


def test_a_buyer_counts_once_in_a_period_however_often_they_buy(brand: Tenant) -> None:
    for offset in (0, 0, 1, 4, 40):
        order(phone=phone_of(1), at=START + offset * DAY)
    order(phone=phone_of(2), at=START + 4 * DAY)
    settle()
    first = START.date()
    for length, buyers in ((1, 1), (4, 1), (5, 2), (41, 2)):
        listed = days_listed(Period(first=first, last=first + (length - 1) * DAY))
        assert sum(day.fresh_buyers for day in listed) == buyers
    assert (
        sum(
            day.fresh_buyers for day in days_listed(Period(first=first + DAY, last=first + 3 * DAY))
        )
        == 1
    )
