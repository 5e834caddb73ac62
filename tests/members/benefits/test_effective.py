"""M-10: the best of each benefit over tier, plan, layer and grants; M-13: layers reach down, exact ones do not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from members.benefits.eligibility import eligible, eligible_check
from members.benefits.errors import BenefitInUse, NotEligible
from members.benefits.models import Place
from members.benefits.rules import Effective, best
from members.benefits.selectors import benefits_effective, gained_between
from members.benefits.services import (
    benefit_archive,
    benefit_create,
    benefit_grant,
    grant_use,
    grant_void,
    offers_put,
)
from members.layers.services import layers_refresh
from members.people.models import Member
from members.plans.services import plan_buy, plan_create, plan_refund
from members.tiers.models import TierSpell
from scrm.core import clock
from scrm.core.errors import InvalidTransition, InvalidValue
from scrm.tenants.models import Tenant
from tests.members.tiers.shop import bought, ladder_make, member_of, standing
from tests.members.tiers.story import day


def _has(member: Member) -> dict[str, tuple[int, str]]:
    found = benefits_effective([member.pk])[member.pk]
    return {each.code: (each.value, each.source) for each in found}


def test_the_best_value_wins_whatever_gives_it_and_of_equals_what_lasts_longer(
    brand: Tenant,
) -> None:
    ladder_make()
    benefit_create(code="returns", name="无理由退货", kind="no_reason_return", value=7)
    benefit_create(code="ship", name="包邮", kind="free_shipping", value=9900)
    offers_put(Place.TIER, {"silver": {"returns": 7, "ship": 9900}, "gold": {"returns": 30}})
    with clock.frozen(day(1)):
        bought(1, 0, 120)
        member = member_of()
        assert _has(member) == {"returns": (7, "tier"), "ship": (9900, "tier")}
        # Less is better of an amount that is asked for, more of days.
        plan = plan_create(
            name="年卡", price_fen=9900, term_months=1, benefits={"ship": 0, "returns": 5}
        )
        term, _new = plan_buy(member=member.public_id, plan=plan.public_id, reference="p1")
        assert _has(member) == {"returns": (7, "tier"), "ship": (0, "plan")}
        benefit_grant(member=member.public_id, benefit="ship", source_id="g1", value=0)
        assert _has(member)["ship"] == (0, "grant"), "one without an end lasts longer"
        plan_refund(public_id=term.public_id, reason="不要了")
        grant_use(public_id=benefits_effective([member.pk])[member.pk][1].grant)
        assert _has(member) == {"returns": (7, "tier"), "ship": (9900, "tier")}


def test_best_is_a_maximum_whatever_the_order() -> None:
    def made(value: int, source: str, days: int | None) -> Effective:
        until = None if days is None else day(days)
        return Effective(
            code="a", name="a", kind="no_reason_return", group="service", value=value,
            source=source, until=until,
        )  # fmt: skip

    told = [made(7, "tier", 5), made(7, "plan", 9), made(3, "grant", None), made(7, "layer", 9)]
    for turn in range(len(told)):
        assert best([*told[turn:], *told[:turn]]) == (made(7, "plan", 9),)


def test_a_layer_has_what_is_offered_to_it_and_below_unless_a_benefit_is_exact(
    brand: Tenant,
) -> None:
    bought(1, 0, 10)
    member = member_of()
    benefit_create(code="coupon", name="券", kind="coupon", value=500)
    benefit_create(code="tasting", name="试吃", kind="event_seat", value=1, is_exact_layer=True)
    offers_put(Place.LAYER, {"1": {"coupon": 500, "tasting": 1}, "3": {"coupon": 800}})
    assert _has(member) == {}
    Member.objects.filter(pk=member.pk).update(first_source="official_account")
    assert layers_refresh([member.pk]) == [member.pk]
    assert _has(member) == {"coupon": (500, "layer"), "tasting": (1, "layer")}
    Member.objects.filter(pk=member.pk).update(is_wecom_friend=True)
    layers_refresh()
    assert _has(member) == {"coupon": (800, "layer")}
    assert layers_refresh() == []
    Member.objects.filter(pk=member.pk).update(is_wecom_friend=False, first_source="tmall")
    Member.objects.filter(pk=member.pk).update(latest_source="tmall")
    assert layers_refresh([member.pk]) == [member.pk]
    assert _has(member) == {}


def test_benefits_stay_full_in_grace(brand: Tenant) -> None:
    ladder_make()
    benefit_create(code="returns", name="退货", kind="no_reason_return", value=7)
    offers_put(Place.TIER, {"silver": {"returns": 7}})
    with clock.frozen(day(1)):
        bought(1, 0, 120)
    with clock.frozen(day(370)):
        from members.tiers.services import tiers_settle

        member = member_of()
        tiers_settle([member.pk])
        assert standing()[1] == "grace"
        (one,) = benefits_effective([member.pk])[member.pk]
        assert one.until == TierSpell.objects.get(ended_at=None).grace_until


def test_what_the_next_tier_brings_is_new_or_better(brand: Tenant) -> None:
    for code, kind in (("a", "no_reason_return"), ("b", "free_shipping"), ("c", "service_line")):
        benefit_create(
            code=code, name=code, kind=kind, value=0 if kind != "no_reason_return" else 1
        )
    offers_put(Place.TIER, {"silver": {"a": 7, "b": 5000}, "gold": {"a": 7, "b": 0, "c": 0}})
    gained = [(each.code, each.before, each.after) for each in gained_between("silver", "gold")]
    assert gained == [("b", 5000, 0), ("c", None, 0)]


def test_a_grant_is_given_once_used_once_and_not_taken_back_once_used(brand: Tenant) -> None:
    bought(1, 0, 10)
    member = member_of()
    benefit_create(code="pack", name="礼包", kind="gift_pack", value=19900)
    told = {"member": member.public_id, "benefit": "pack", "source_id": "T-1"}
    grant, is_new = benefit_grant(**told)
    again, is_second = benefit_grant(**told)
    assert (grant.pk, is_new, is_second) == (again.pk, True, False)
    assert _has(member) == {"pack": (19900, "grant")}
    used = grant_use(public_id=grant.public_id)
    assert grant_use(public_id=grant.public_id).used_at == used.used_at
    assert _has(member) == {}
    with pytest.raises(InvalidTransition):
        grant_void(public_id=grant.public_id, reason="错发")
    late, _new = benefit_grant(**{**told, "source_id": "T-2"}, until=clock.now() + timedelta(1))
    grant_void(public_id=late.public_id, reason="错发")
    with pytest.raises(InvalidTransition):
        grant_use(public_id=late.public_id)
    with pytest.raises(InvalidValue):
        benefit_grant(**{**told, "benefit": "nothing"})


def test_an_offered_benefit_is_not_archived_and_one_is_not_offered_where_its_kind_has_no_place(
    brand: Tenant,
) -> None:
    pack = benefit_create(name="礼包", kind="gift_pack", value=100)
    times = benefit_create(name="双倍", kind="multiplier", value=20_000)
    offers_put(Place.GIFT, {"silver": {"gift_pack": 100}})
    with pytest.raises(BenefitInUse):
        benefit_archive(public_id=pack.public_id)
    with pytest.raises(InvalidValue):
        offers_put(Place.TIER, {"silver": {times.code: 20_000}})
    offers_put(Place.GIFT, {"silver": {}})
    assert benefit_archive(public_id=pack.public_id).archived_at is not None


def test_eligible_is_what_the_segment_rule_says(brand: Tenant) -> None:
    ladder_make()
    with clock.frozen(day(1)):
        bought(1, 0, 120, buyer="A1")
        bought(2, 0, 10, buyer="B2")
        one, two = member_of("A1"), member_of("B2")
        rule: dict[str, object] = {
            "all": [{"field": "tier.code", "op": "in", "value": ["silver", "gold"]}]
        }
        assert eligible([one.pk, two.pk], rule) == {one.pk}
        eligible_check(one.pk, rule)
        with pytest.raises(NotEligible):
            eligible_check(two.pk, rule)
