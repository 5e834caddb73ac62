"""EC-32, EC-39, N-17: gifts of tiers as grants that members use."""

from __future__ import annotations

from members.benefits.models import BenefitGrant, Place
from members.benefits.services import benefit_create, grant_use, offers_put
from members.identity.merging import member_merge, member_split
from members.tiers.jobs import ladder_apply
from members.tiers.models import TierGiftGrant
from scrm.core import clock
from scrm.events.jobs.runner import job_claim
from scrm.tenants.models import Tenant
from tests.members.tiers.shop import bought, ladder_make, member_of, tell
from tests.members.tiers.story import day


def _offers(at: float = -10) -> None:
    benefit_create(code="pack", name="礼包", kind="gift_pack", value=9900)
    benefit_create(code="card", name="券", kind="coupon", value=2000)
    with clock.frozen(day(at)):
        offers_put(Place.GIFT, {"silver": {"card": 2000}, "gold": {"card": 5000, "pack": 9900}})


def _grants(buyer: str = "A1") -> list[tuple[str, int, str]]:
    rows = BenefitGrant.objects.filter(member=member_of(buyer)).order_by("benefit__code", "value")
    return [
        (
            row.benefit.code,
            row.value,
            "used" if row.used_at else "void" if row.voided_at else "live",
        )
        for row in rows.select_related("benefit")
    ]


def test_ec_32_two_tiers_at_once_give_the_gifts_of_both_once(brand: Tenant) -> None:
    ladder_make()
    _offers()
    with clock.frozen(day(1)):
        bought(1, 0, 600)
        both = [("card", 2000, "live"), ("card", 5000, "live"), ("pack", 9900, "live")]
        assert _grants() == both
        bought(2, 1, 600)
        assert _grants() == both


def test_what_was_reached_before_a_gift_was_offered_brings_none(brand: Tenant) -> None:
    ladder_make()
    _offers(at=5)
    with clock.frozen(day(6)):
        bought(1, 0, 600)
        assert TierGiftGrant.objects.count() == 2
        assert _grants() == []


def test_n_17_unused_gifts_of_lost_tiers_are_voided_used_ones_stay_and_are_noted(
    brand: Tenant,
) -> None:
    ladder_make()
    _offers()
    with clock.frozen(day(1)):
        bought(1, 0, 600)
        grant_use(public_id=BenefitGrant.objects.get(benefit__code="pack").public_id)
    with clock.frozen(day(3)):
        tell(1, refund=("r1", 2, {"0": 600}))
        # The gold gift had two parts: the one that was used stays.
        assert _grants() == [("card", 2000, "void"), ("card", 5000, "void"), ("pack", 9900, "used")]
        noted = TierGiftGrant.objects.exclude(review_note="").get()
        assert (noted.tier.code, noted.state) == ("gold", "used")
    with clock.frozen(day(5)):
        bought(2, 4, 600)
        # A used gift counts for 365 days, a voided one does not.
        live = [row for row in _grants() if row[2] == "live"]
        assert live == [("card", 2000, "live")]


def test_ec_39_a_lower_threshold_lifts_at_once_and_gives_the_gift(brand: Tenant) -> None:
    ladder_make()
    _offers()
    with clock.frozen(day(1)):
        bought(1, 0, 120)
        assert _grants() == [("card", 2000, "live")]
    with clock.frozen(day(2)):
        ladder_make(gold=110)
        while claimed := job_claim():
            ladder_apply(claimed)
        assert _grants() == [("card", 2000, "live"), ("card", 5000, "live"), ("pack", 9900, "live")]


def test_grants_follow_a_merge_and_go_back_with_a_split(brand: Tenant) -> None:
    ladder_make()
    _offers()
    with clock.frozen(day(1)):
        bought(1, 0, 120, buyer="A1")
        bought(2, 0, 120, buyer="B2")
        source, target = member_of("B2"), member_of("A1")
    with clock.frozen(day(2)):
        merge = member_merge(source=source.public_id, target=target.public_id, reason="同一人")
        assert len(_grants("A1")) == 2
        member_split(merge=merge.public_id, reason="不是")
        assert (len(_grants("A1")), len(_grants("B2"))) == (1, 1)
