"""EC-45 for growth and tiers: facts keep their dates, the higher tier goes on, a split gives all back."""

from __future__ import annotations

from members.identity.merging import member_merge, member_split
from members.tiers.models import MemberTier, TierGiftGrant, TierSpell
from scrm.core import clock
from scrm.tenants.models import Tenant
from tests.members.tiers.shop import bought, ladder_make, member_of, prove, standing, tell
from tests.members.tiers.story import day


def test_ec_45_growth_adds_up_the_higher_tier_goes_on_and_gifts_are_not_repeated(
    brand: Tenant,
) -> None:
    ladder_make()
    with clock.frozen(day(10)):
        bought(1, 1, 150, buyer="A1")
        bought(2, 2, 400, buyer="B2")
        source, target = member_of("B2"), member_of("A1")
        before = _picture()
    with clock.frozen(day(20)):
        merge = member_merge(source=source.public_id, target=target.public_id, reason="同一人")
        assert standing("A1") == ("gold", "active", 550)
        assert not MemberTier.objects.filter(member=source).exists()
        prove()
        tiers = list(TierGiftGrant.objects.values_list("tier__code", flat=True))
        assert sorted(tiers) == ["gold", "silver", "silver"]  # both had their silver before
        # A refund after the merge is a fact of the source's order.
        tell(2, refund=("r", 15, {"0": 100}), buyer="B2")
        assert standing("A1") == ("silver", "active", 450)
        prove()
        member_split(merge=merge.public_id, reason="不是同一人")
        assert standing("A1") == ("silver", "active", 150)
        assert standing("B2") == ("silver", "active", 300)
        prove()
    assert _picture()[0] == before[0]


def _picture() -> tuple[object, ...]:
    return (
        list(
            TierGiftGrant.objects.filter(state="granted")
            .order_by("at")
            .values_list("member_id", "tier__code", "at")
        ),
        list(TierSpell.objects.order_by("started_at").values_list("member_id", "tier__code")),
    )
