"""The night of RFM against PostgreSQL: edges of the window, late facts, swaps, two tenants."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from analytics.rfm import services
from analytics.rfm.models import RfmMove, RfmRun, RfmScore
from analytics.rfm.services import rfm_score
from members.orders.models import MemberRollup, Order
from members.orders.rollups import rollups_age
from members.people.models import Member
from members.segments.selectors import segment_count
from scrm.core import clock
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.tenants.services import tenant_create, tenant_settings_update
from tests.analytics.sales import AS_OF, TODAY, Sale, noon, sell


def night(as_of: date = AS_OF, *, ages: bool = True) -> RfmRun:
    with clock.frozen(noon(TODAY)):
        if ages:
            rollups_age(as_of)
        rfm_score(as_of)
    return RfmRun.objects.get(as_of=as_of)


def codes() -> dict[int, str]:
    return dict(RfmScore.objects.values_list("member_id", "code"))


def random_sales(seed: int, count: int) -> list[Sale]:
    dice = random.Random(seed)
    return [
        Sale(
            buyer=f"B{dice.randrange(30)}", age=dice.randrange(420), fen=dice.randrange(1, 60_000),
            refund=dice.choice([0, 0, 0, 1]), number=f"s{seed}-{n}",
        )
        for n in range(count)
    ]  # fmt: skip


def naive(as_of: date, mode: str) -> dict[int, str]:
    """One member at a time, straight from N-26."""
    start = as_of - timedelta(days=365)
    found: dict[int, list[Order]] = {}
    for order in Order.objects.all():
        if order.paid_date is not None and start < order.paid_date <= as_of and order.net_fen > 0:
            found.setdefault(order.member_id, []).append(order)
    figures = {
        member: (
            (as_of - max(order.paid_date for order in orders if order.paid_date)).days,
            len(orders),
            sum(order.net_fen for order in orders),
        )
        for member, orders in found.items()
    }
    if mode == "quintile":
        n = len(figures)
        return {
            member: "".join(
                str(
                    1
                    + 5
                    * sum(
                        1
                        for other in figures.values()
                        if (other[k] > mine[k] if k == 0 else other[k] < mine[k])
                    )
                    // n
                )
                for k in range(3)
            )
            for member, mine in figures.items()
        }
    cuts = ((30, 60, 120, 240), (2, 3, 5, 8), (10_000, 20_000, 50_000, 100_000))
    return {
        member: f"{5 - sum(days > b for b in cuts[0])}{1 + sum(n >= b for b in cuts[1])}{1 + sum(fen >= b for b in cuts[2])}"
        for member, (days, n, fen) in figures.items()
    }


@pytest.mark.parametrize("mode", ["threshold", "quintile"])
def test_both_modes_agree_with_one_member_at_a_time(tenant: Tenant, mode: str) -> None:
    sell(random_sales(1, 120))
    tenant_settings_update(tenant_id=tenant.pk, values={"rfm.mode": mode})
    with tenant_scope(Tenant.objects.get(pk=tenant.pk)):
        run = night()
        assert run.source == "rollup"
        assert codes() == naive(AS_OF, mode)
        late = AS_OF - timedelta(days=40)
        assert night(late, ages=False).source == "orders"
        assert codes() == naive(late, mode)


def test_ec_95_the_window_holds_365_days(tenant: Tenant) -> None:
    sell([Sale(buyer="in", age=364, fen=100), Sale(buyer="out", age=365, fen=100)])
    assert night().scored == 1
    assert night(AS_OF, ages=False).scored == 1


def test_ec_93_a_fully_refunded_last_order_does_not_count(tenant: Tenant) -> None:
    sell([Sale(buyer="A", age=100, fen=5000), Sale(buyer="A", age=1, fen=5000, refund=5000)])
    night()
    assert list(codes().values()) == ["311"]


def test_ec_91_late_facts_are_scored_by_running_the_day_again(tenant: Tenant) -> None:
    sell([Sale(buyer="A", age=100, fen=5000), Sale(buyer="B", age=10, fen=5000)])
    first = night()
    late = AS_OF + timedelta(days=2)
    with clock.frozen(noon(late)):
        rollups_age(late)
        rfm_score(late)
    sell([Sale(buyer="A", age=3, fen=20_000)])
    again = night(ages=False)
    assert (again.pk, again.scored, again.source) == (first.pk, 2, "orders")
    assert codes()[Member.objects.get(rollup__net_fen=25_000).pk] == "523"
    assert RfmRun.objects.get(is_current=True).as_of == AS_OF


def test_only_changed_members_are_written_and_logged(tenant: Tenant) -> None:
    sell(
        [
            Sale(buyer="A", age=30, fen=5000),
            Sale(buyer="B", age=10, fen=5000),
            Sale(buyer="C", age=364, fen=1),
        ]
    )
    assert night().changed == 3
    assert RfmMove.objects.count() == 0
    before = dict(RfmScore.objects.values_list("member_id", "updated_at"))
    run = night(AS_OF + timedelta(days=1))
    told = {
        move.before: (move.after, len(move.members)) for move in RfmMove.objects.filter(run=run)
    }
    assert told == {"511": ("411", 1), "111": ("", 1)}
    moved = RfmScore.objects.get(code="411")
    assert (moved.before, moved.since) == ("511", AS_OF + timedelta(days=1))
    assert run.changed == 2
    kept = RfmScore.objects.get(code="511")
    assert kept.updated_at == before[kept.member_id]
    assert night(AS_OF + timedelta(days=1)).changed == 0


def test_a_new_high_cut_moves_segments_of_unchanged_codes(tenant: Tenant) -> None:
    sell([Sale(buyer="A", age=1, fen=20_000)])
    night()
    assert RfmScore.objects.get().segment == "important_develop"
    tenant_settings_update(tenant_id=tenant.pk, values={"rfm.high_cut": 4})
    with tenant_scope(Tenant.objects.get(pk=tenant.pk)):
        night()
    assert RfmScore.objects.get().segment == "general_develop"


def test_every_cell_of_the_run_opens_exactly_its_members(tenant: Tenant) -> None:
    sell(random_sales(2, 100))
    run = night()
    assert (
        sum(members for members, _net in run.cells.values())
        == run.scored
        == MemberRollup.objects.filter(window_orders__gt=0).count()
    )
    for code, (members, _net) in run.cells.items():
        rule = {
            "all": [
                {"field": f"rfm.{k}", "op": "eq", "value": int(digit)}
                for k, digit in zip("rfm", code, strict=True)
            ]
        }
        assert segment_count(rule) == members
    by_segment = segment_count(
        {"all": [{"field": "rfm.segment", "op": "in", "value": ["important_value"]}]}
    )
    assert by_segment == RfmScore.objects.filter(segment="important_value").count()


def test_a_tenant_without_orders_has_an_empty_run(tenant: Tenant) -> None:
    run = night()
    assert (run.scored, run.changed, run.cells) == (0, 0, {})


def test_ec_105_two_tenants_score_apart(tenant: Tenant) -> None:
    other = tenant_create(slug="analytics-west", name="West", timezone="America/Los_Angeles")
    for brand, buyers in ((tenant, ("A", "B")), (other, ("A",))):
        with tenant_scope(brand):
            sell([Sale(buyer=buyer, age=5, fen=100) for buyer in buyers])
            assert night().scored == len(buyers)
    assert RfmScore.objects.count() == 2


def test_a_following_night_ends_like_one_that_compares_everybody(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_OVERLAP", timedelta(0))  # nobody writes while these nights read
    sell(random_sales(8, 120))
    first = AS_OF - timedelta(days=5)  # a Tuesday
    compared = 0
    for step in range(5):
        night_of = first + timedelta(days=step)
        with clock.frozen(noon(TODAY)):
            rollups_age(night_of)
            rfm_score(night_of)
        assert codes() == naive(night_of, "threshold"), step
        assert sum(tally[0] for tally in RfmRun.objects.get(as_of=night_of).cells.values()) == len(
            codes()
        )
        compared += RfmRun.objects.get(as_of=night_of).changed
        sell([Sale(buyer=f"B{step}", age=4 - step, fen=9_000, number=f"late-{step}")])
    assert compared > 0
