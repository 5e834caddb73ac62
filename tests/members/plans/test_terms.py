"""M-11: terms by N-7, one after the other; refunds to the fen; the tier is another matter (EC-41)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.benefits.errors import NotEligible
from members.benefits.services import benefit_create
from members.identity.merging import member_merge, member_split
from members.plans.errors import PlanHeld
from members.plans.models import PaidMembership, PaidPlan
from members.plans.rules import Sold, last_day, refund_due, term_first, term_next
from members.plans.selectors import figures_read, plan_standings
from members.plans.services import (
    plan_buy,
    plan_close,
    plan_create,
    plan_refund,
    plan_renew,
    plan_update,
    plans_expire,
)
from members.segments.services import segment_create
from members.tiers.selectors import multipliers_at
from scrm.core import clock
from scrm.core.errors import InvalidTransition, InvalidValue
from scrm.tenants.models import Tenant
from tests.members.tiers.shop import bought, ladder_make, member_of, standing
from tests.members.tiers.story import ZONE, day


def _at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T12:00:00+08:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("bought_on", "months", "last"),
    [
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2025-08-31", 6, "2026-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2025-12-15", 1, "2026-01-15"),
    ],
)
def test_a_term_ends_after_its_last_valid_day_and_months_are_clamped(
    bought_on: str, months: int, last: str
) -> None:
    term = term_first(_at(bought_on), months, ZONE)
    assert last_day(term.until, ZONE) == date.fromisoformat(last)
    assert term.until == clock.local_midnight(date.fromisoformat(last) + timedelta(days=1), ZONE)


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC)),
    st.lists(st.integers(1, 36), min_size=1, max_size=6),
    st.sampled_from(["Asia/Shanghai", "America/Los_Angeles"]),
)
def test_renewing_lasts_as_long_as_buying_all_months_at_once(
    at: datetime, parts: list[int], zone: str
) -> None:
    term = term_first(at, parts[0], zone)
    for added in parts[1:]:
        following = term_next(
            term.until, anchor=term.anchor, months=term.months, added=added, zone=zone
        )
        assert following.from_at == term.until < following.until
        term = following
    assert term.until == term_first(at, sum(parts), zone).until


def test_refunds_to_the_fen() -> None:
    term = term_first(_at("2026-01-01"), 1, ZONE)  # to 1 February: 32 days
    sold = Sold(
        price_fen=10_000, bought_at=term.from_at, from_at=term.from_at, until=term.until,
        refund_days=7, is_pro_rata=True,
    )  # fmt: skip
    assert refund_due(sold, _at("2026-01-07"), ZONE) == 10_000
    assert refund_due(sold, _at("2026-01-08"), ZONE) == 7500  # 24 of 32 days are left
    assert refund_due(sold, _at("2026-01-11"), ZONE) == 6563  # 6562.5, half up
    assert refund_due(sold, _at("2026-02-01"), ZONE) == 0
    late = replace(sold, is_pro_rata=False)
    assert refund_due(late, _at("2026-01-07"), ZONE) == 10_000
    assert refund_due(late, _at("2026-01-08"), ZONE) is None
    later = replace(sold, from_at=_at("2026-03-01"))
    assert refund_due(later, _at("2026-02-20"), ZONE) == 10_000


@pytest.fixture
def plan(brand: Tenant) -> PaidPlan:
    return plan_create(name="年卡", price_fen=19_900, term_months=12, renew_days=30)


def test_a_plan_is_bought_once_per_reference_and_not_twice_at_a_time(plan: PaidPlan) -> None:
    bought(1, 0, 10)
    told = {"member": member_of().public_id, "plan": plan.public_id}
    with clock.frozen(day(1)):
        term, is_new = plan_buy(**told, reference="pay-1")
        again, is_second = plan_buy(**told, reference="pay-1")
        assert (term.pk, is_new, is_second) == (again.pk, True, False)
        with pytest.raises(PlanHeld):
            plan_buy(**told, reference="pay-2")
        # Not before 30 days to the end.
        with pytest.raises(InvalidTransition):
            plan_renew(public_id=term.public_id, reference="pay-2")
    with clock.frozen(day(350)):
        following, _new = plan_renew(public_id=term.public_id, reference="pay-2")
        assert (following.from_at, following.renewed_from_id) == (term.until, term.pk)
        with pytest.raises(InvalidTransition):
            plan_renew(public_id=term.public_id, reference="pay-3")
        with pytest.raises(InvalidTransition, match="最后一期"):
            plan_refund(public_id=term.public_id, reason="")
        assert plan_refund(public_id=following.public_id, reason="").refunded_fen == 19_900
    bought(2, 0, 10, buyer="B2")
    with pytest.raises(InvalidValue):
        plan_buy(member=member_of("B2").public_id, plan=plan.public_id, reference="pay-1")


def test_ec_41_a_paid_plan_ends_and_the_tier_stays(plan: PaidPlan) -> None:
    ladder_make()
    with clock.frozen(day(1)):
        bought(1, 0, 120)
        member = member_of()
        term, _new = plan_buy(member=member.public_id, plan=plan.public_id, reference="p")
        before = standing()
        assert plan_standings([member.pk])[member.pk][0].until == term.until
    with clock.frozen(term.until - timedelta(seconds=1)):
        assert plans_expire(clock.now().date()) == {"terms": 0}
    with clock.frozen(term.until):
        assert plan_standings([member.pk]) == {}, "at its end, whether the night has run or not"
        assert plans_expire(clock.now().date()) == {"terms": 1}
        assert PaidMembership.objects.get().state == "expired"
        assert standing() == before
        with pytest.raises(InvalidTransition):
            plan_renew(public_id=term.public_id, reference="p2")
        assert plan_buy(member=member.public_id, plan=plan.public_id, reference="p2")[1]


def test_a_closed_plan_is_not_sold_and_one_for_a_segment_only_to_its_members(
    plan: PaidPlan,
) -> None:
    bought(1, 0, 10)
    told = {"member": member_of().public_id, "plan": plan.public_id}
    segment = segment_create(
        name="大客户", rule={"all": [{"field": "orders.count", "op": "gte", "value": 5}]}
    )
    plan_update(public_id=plan.public_id, segment=segment.public_id)
    with pytest.raises(NotEligible):
        plan_buy(**told, reference="p")
    plan_update(public_id=plan.public_id, segment="")
    plan_close(public_id=plan.public_id)
    with pytest.raises(InvalidTransition):
        plan_buy(**told, reference="p")
    plan_close(public_id=plan.public_id, is_closed=False)
    assert plan_buy(**told, reference="p")[1]


def test_n_5_a_plan_adds_its_multiplier_to_the_tier_s_while_it_is_held(brand: Tenant) -> None:
    ladder_make()
    benefit_create(code="double", name="双倍积分", kind="multiplier", value=20_000)
    plan = plan_create(name="月卡", price_fen=1, term_months=1, benefits={"double": 20_000})
    with clock.frozen(day(2)):
        bought(1, 0, 600)
        member = member_of()
        plan_buy(member=member.public_id, plan=plan.public_id, reference="p")
    with clock.frozen(day(3)):
        asked = [(member.pk, at) for at in (day(1), day(2), day(40))]
        tier = 12_000
        assert multipliers_at(asked) == [tier, tier + 10_000, tier]


def test_terms_of_two_who_become_one_line_up_and_part_again(plan: PaidPlan) -> None:
    bought(1, 0, 10, buyer="A1")
    bought(2, 0, 10, buyer="B2")
    source, target = member_of("B2"), member_of("A1")
    for person, reference, n in ((target, "a", 1), (source, "b", 11)):
        with clock.frozen(day(n)):
            plan_buy(member=person.public_id, plan=plan.public_id, reference=reference)
    dates = list(
        PaidMembership.objects.order_by("pk").values(
            "member_id", "from_at", "until", "anchor", "months"
        )
    )
    with clock.frozen(day(20)):
        merge = member_merge(source=source.public_id, target=target.public_id, reason="同一人")
        first, second = PaidMembership.objects.order_by("from_at")
        assert {first.member_id, second.member_id} == {target.pk}
        assert second.from_at == first.until
        assert second.until - second.from_at == dates[1]["until"] - dates[1]["from_at"]
        member_split(merge=merge.public_id, reason="不是")
    rows = PaidMembership.objects.order_by("pk")
    assert list(rows.values("member_id", "from_at", "until", "anchor", "months")) == dates


def test_figures_count_sales_renewals_refunds_and_who_bought_again(plan: PaidPlan) -> None:
    for number in (1, 2):
        bought(number, 0, 10, buyer="A1")
    bought(3, 0, 10, buyer="B2")
    with clock.frozen(day(1)):
        one, _new = plan_buy(member=member_of("A1").public_id, plan=plan.public_id, reference="a")
        two, _new = plan_buy(member=member_of("B2").public_id, plan=plan.public_id, reference="b")
        found = figures_read()
        assert (found.members, found.sold, found.sold_fen) == (2, 2, 39_800)
        assert (found.renewal_bp, found.repurchase_bp) == (None, 5000)
        plan_refund(public_id=two.public_id, reason="")
        found = figures_read(plan)
        assert (found.members, found.refunded, found.refunded_fen) == (1, 1, 19_900)
    with clock.frozen(day(360)):
        plan_renew(public_id=one.public_id, reference="c")
    with clock.frozen(one.until + timedelta(days=1)):
        assert figures_read().renewal_bp == 10_000
