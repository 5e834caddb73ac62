"""Orders in, growth on the ledger, spells and gifts as rows; by hand, at night and in any order."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.growth.models import GrowthEntry
from members.growth.services import growth_grant, growth_settle
from members.tiers.errors import LadderRefused, TierLocked
from members.tiers.jobs import ladder_apply
from members.tiers.ladder import JOB, ladder_put
from members.tiers.models import LadderVersion, MemberTier, TierGiftGrant, TierSpell
from members.tiers.selectors import members_by_tier, multipliers_at, tier_of, tier_preview
from members.tiers.services import (
    gift_use,
    members_enter,
    tier_lock,
    tier_unlock,
    tiers_due,
    tiers_settle,
)
from scrm.core import clock
from scrm.core.errors import InvalidTransition, InvalidValue
from scrm.events.bus import SUBSCRIBERS
from scrm.events.jobs.runner import job_claim
from scrm.events.models import Job, OutboxEvent
from scrm.ledger.models import Account
from scrm.tenants.changing import Change, tenant_change_apply
from scrm.tenants.context import require_tenant_id, tenant_scope
from scrm.tenants.models import Tenant
from scrm.tenants.services import tenant_create
from tests.members.tiers.shop import (
    Picture,
    bought,
    ladder_make,
    member_of,
    picture,
    prove,
    standing,
    tell,
)
from tests.members.tiers.story import RUNGS, day, midnight

_slugs = itertools.count(1)


def test_growth_is_the_whole_yuan_of_completed_orders_and_stands_on_the_ledger(
    brand: Tenant,
) -> None:
    tell(1, lines=(120, 30), paid_at=1)
    assert not GrowthEntry.objects.exists()  # paid is not yet completed
    tell(1, completed_at=3)
    tell(1, refund=("r1", 5, {"0": 20}))
    rows = GrowthEntry.objects.order_by("pk").values_list("cause", "amount", "effective_at")
    assert list(rows) == [("earn", 150, day(3)), ("refund:r1", -20, day(3))]
    account = Account.objects.get(unit="growth", owner_kind="member")
    assert (account.owner_id, account.balance) == (member_of().pk, 130)
    tell(1, cancelled_at=9)
    assert Account.objects.get(pk=account.pk).balance == 0
    prove()


def test_a_refund_before_completion_lowers_the_start_and_writes_no_entry(brand: Tenant) -> None:
    tell(1, lines=(150,), paid_at=1)
    tell(1, refund=("r1", 2, {"0": 50}))
    tell(1, completed_at=3)
    assert list(GrowthEntry.objects.values_list("cause", "amount")) == [("earn", 100)]
    # Told late: what was an entry of its own becomes part of the start.
    tell(2, lines=(150,), paid_at=1, completed_at=3)
    tell(2, refund=("r1", 2, {"0": 50}))
    rows = GrowthEntry.objects.filter(source_id="shop/2")
    assert list(rows.values_list("cause", "amount", "version")) == [("earn", 100, 2)]
    prove()


def test_without_a_ladder_growth_counts_and_nobody_has_a_tier(brand: Tenant) -> None:
    bought(1, 1, 600)
    assert not MemberTier.objects.exists()
    assert tier_of([member_of().pk]) == {}


def test_an_order_lifts_at_once_and_the_gift_is_granted_once(brand: Tenant) -> None:
    ladder_make()
    with clock.frozen(day(2)):
        bought(1, 1, 600)
        tiers_settle([member_of().pk])
    assert standing() == ("gold", "active", 600)
    gifts = TierGiftGrant.objects.select_related("tier").order_by("tier__rank")
    assert [gift.tier.code for gift in gifts] == ["silver", "gold"]
    told = OutboxEvent.objects.filter(type="tier.changed").values_list("payload", flat=True)
    assert [[move[1:4] for move in each["moves"]] for each in told] == [
        [["base", "gold", "upgraded"]]
    ]
    prove()


def test_a_refund_voids_unused_gifts_and_leaves_a_note_on_used_ones(brand: Tenant) -> None:
    ladder_make()
    with clock.frozen(day(1)):
        bought(1, 1, 600)
        gift_use(grant=TierGiftGrant.objects.get(tier__code="gold").public_id)
    with clock.frozen(day(6)):
        tell(1, refund=("r", 5, {"0": 600}))
    assert standing() == ("base", "active", 0)
    states = {
        gift.tier.code: (gift.state, bool(gift.review_note))
        for gift in TierGiftGrant.objects.select_related("tier")
    }
    assert states == {"silver": ("voided", False), "gold": ("used", True)}
    with pytest.raises(InvalidTransition):
        gift_use(grant=TierGiftGrant.objects.get(tier__code="silver").public_id)


def test_two_tenants_in_two_zones_at_one_instant_end_their_tiers_on_their_own_midnight(
    db: None,
) -> None:
    ends = {}
    for zone in ("Asia/Shanghai", "America/Los_Angeles"):
        made = tenant_create(slug=f"tiers-{next(_slugs)}", name="时区", timezone=zone)
        with tenant_scope(made):
            ladder_make()
            with clock.frozen(day(0)):
                bought(1, 0, 100)
            ends[zone] = MemberTier.objects.get().valid_until
            # The same instant for both: half past midnight of 10 February in Shanghai.
            with clock.frozen(midnight("2026-02-10") + timedelta(minutes=30)):
                tiers_due((day(364)).date())
            ends[f"{zone} state"] = MemberTier.objects.get().state
    assert ends == {
        "Asia/Shanghai": midnight("2026-02-10"),
        "Asia/Shanghai state": "grace",
        "America/Los_Angeles": midnight("2026-02-09", "America/Los_Angeles"),
        "America/Los_Angeles state": "grace",
    }
    assert ends["America/Los_Angeles"] != ends["Asia/Shanghai"]


def test_the_night_moves_who_is_due_ages_the_window_and_changes_nothing_twice(
    brand: Tenant,
) -> None:
    ladder_make()
    with clock.frozen(day(1)):
        bought(1, 0, 100)
        bought(2, 0, 30, buyer="B2")
    with clock.frozen(midnight("2026-02-10")):
        counts = tiers_due(day(364).date())
        assert (counts["members"], counts["moved"]) == (1, 1)
        assert standing() == ("silver", "grace", 0)
        assert standing("B2") == ("base", "active", 0)
        assert tiers_due(day(364).date()) == {"members": 0, "moved": 0, "aged": 0}
    with clock.frozen(midnight("2026-05-01")):  # late: the end of grace keeps its date
        tiers_due(day(440).date())
    spell = TierSpell.objects.get(member=member_of(), ended_at=None)
    assert (spell.tier.code, spell.started_at) == ("base", midnight("2026-03-12"))
    prove()


def test_ec_41_what_else_ends_leaves_the_tier_alone(brand: Tenant) -> None:
    """A paid plan is no fact of the replay: its end cannot move a tier."""
    ladder_make()
    with clock.frozen(day(1)):
        bought(1, 0, 100)
        before = list(TierSpell.objects.values())
        tiers_settle([member_of().pk])
    assert list(TierSpell.objects.values()) == before


def test_a_lock_holds_against_growth_and_its_end_decides(brand: Tenant) -> None:
    ladder_make()
    with clock.frozen(day(1)):
        bought(1, 0, 100)
        person = member_of()
        with pytest.raises(InvalidValue):
            tier_lock(member=person.public_id, code="nothing", until=day(60), reason="VIP")
        tier_lock(member=person.public_id, code="gold", until=day(60), reason="大客户")
        with pytest.raises(TierLocked):
            tier_lock(member=person.public_id, code="black", until=day(60), reason="再锁")
        assert standing() == ("gold", "locked", 100)
    with clock.frozen(day(10)):
        bought(2, 9, 2000)
        assert standing() == ("gold", "locked", 2100)
        tier_unlock(member=person.public_id)
        assert standing() == ("black", "active", 2100)
        with pytest.raises(InvalidTransition):
            tier_unlock(member=person.public_id)
    prove()


def test_the_ladder_refuses_what_is_no_ladder(brand: Tenant) -> None:
    base, silver = RUNGS[0], RUNGS[1]
    for rungs, pointer in (
        ([], "/tiers"),
        ([silver], "/tiers/0/threshold"),
        ([base, silver, replace(silver, code="x")], "/tiers/2/threshold"),
        ([base, replace(silver, keep_threshold=101)], "/tiers/1/keep_threshold"),
        ([base, replace(silver, multiplier=9_999)], "/tiers/1/multiplier"),
        ([base, replace(silver, code="base")], "/tiers/1/code"),
    ):
        with pytest.raises(LadderRefused) as refused:
            ladder_put(rungs)
        assert refused.value.pointer == pointer
    assert not LadderVersion.objects.exists()


def test_the_preview_says_exactly_whom_the_new_ladder_moves(brand: Tenant) -> None:
    ladder_make()
    with clock.frozen(day(1)):
        for number, yuan in enumerate((50, 150, 350, 700, 1500)):
            bought(number, 0, yuan, buyer=f"B{number}")
        wanted = [
            RUNGS[0],
            replace(RUNGS[1], threshold=40),
            replace(RUNGS[3], rank=2, threshold=600),
        ]
        preview = tier_preview(wanted)
        told = {(move.before, move.after): move.members for move in preview.moves}
        assert told == {("base", "silver"): 1, ("gold", "black"): 1}
        before = _tiers()
        ladder_put(wanted)
        _ladder_jobs()
        after = _tiers()
        moved = [(before[key], after[key]) for key in before if before[key] != after[key]]
        assert sorted(moved) == sorted(told)
        assert tier_preview(wanted).total == 0
        counts = {code: count.members for code, count in members_by_tier().items()}
        assert counts == {"silver": 3, "black": 2}
    prove()


def test_the_first_ladder_puts_everybody_somewhere(brand: Tenant) -> None:
    with clock.frozen(day(1)):
        bought(1, 0, 600)
        tell(2, lines=(5,), placed_at=0, buyer="B2")
        ladder_put(RUNGS)
        _ladder_jobs()
        assert (standing(), standing("B2")) == (("gold", "active", 600), ("base", "active", 0))
        assert TierSpell.objects.get(member=member_of(), ended_at=None).started_at == day(1)
        assert members_enter() == 0


def test_a_changed_setting_is_a_version_of_its_own_and_takes_nothing_at_once(
    brand: Tenant,
) -> None:
    ladder_make()
    with clock.frozen(day(1)):
        bought(1, -10, 100)
    with clock.frozen(day(2)):
        _change({"tier.window_days": 5, "tier.valid_days": 10})
        bought(2, 1, 10)
        _ladder_jobs()
        assert LadderVersion.objects.count() == 2
        # The term that was won under a year stays a year.
        row = MemberTier.objects.get()
        assert (standing(), row.valid_until) == (("silver", "active", 10), midnight("2026-01-31"))


def test_points_hear_of_an_order_after_growth() -> None:
    names = [each.name for each in SUBSCRIBERS["order.changed"]]
    assert names.index("members.growth_settle") < names.index("points.orders_settle")


def test_the_multiplier_is_that_of_the_tier_held_when_it_was_paid(brand: Tenant) -> None:
    ladder_make()
    with clock.frozen(day(10)):
        bought(1, 1, 600)
        key = member_of().pk
        asked = [(key, day(0.5)), (key, day(1)), (key, day(5)), (key, day(-2000)), (10**9, day(5))]
        assert multipliers_at(asked) == [10_000, 12_000, 12_000, 10_000, 10_000]


def test_growth_by_hand_counts_once_and_never_below_nothing(brand: Tenant) -> None:
    ladder_make()
    with clock.frozen(day(1)):
        tell(1, lines=(5,), placed_at=0)
        key = member_of().pk
        told: dict[str, Any] = {"member_id": key, "source_type": "deed", "source_id": "post/1"}
        assert growth_grant(amount=120, **told)
        assert not growth_grant(amount=120, **told)
        tiers_settle([key])
        assert standing() == ("silver", "active", 120)
        with pytest.raises(InvalidValue):
            growth_grant(member_id=key, amount=-5, source_type="deed", source_id="post/2")
    prove()


def test_a_broken_balance_is_found(brand: Tenant) -> None:
    bought(1, 1, 600)
    prove()
    Account.objects.filter(unit="growth", owner_kind="member").update(balance=599)
    with pytest.raises(AssertionError):
        prove()


def _change(values: dict[str, Any]) -> None:
    tenant_change_apply(tenant_id=require_tenant_id(), change=Change(values=values))


def _tiers() -> dict[int, str]:
    return dict(MemberTier.objects.values_list("member_id", "tier__code"))


def _ladder_jobs() -> None:
    for _job in Job.objects.filter(kind=JOB, state="waiting"):
        claimed = job_claim()
        assert claimed is not None
        ladder_apply(claimed)


# -- N-41 --------------------------------------------------------------------------------------------

BUYERS = ("A1", "A2")
Message = dict[str, Any]


@st.composite
def order_messages(draw: st.DrawFn, number: int) -> list[Message]:
    """Everything a channel will ever say about one order."""
    lines = tuple(draw(st.lists(st.sampled_from([40, 100, 260, 500, 999]), min_size=1, max_size=2)))
    paid = draw(st.integers(0, 900))
    said: list[Message] = [{"placed_at": paid - 0.5}, {"paid_at": paid, "lines": lines}]
    if draw(st.integers(0, 4)):
        said.append({"completed_at": paid + draw(st.integers(0, 5))})
    left = list(lines)
    for n in range(draw(st.integers(0, 2))):
        line = draw(st.integers(0, len(lines) - 1))
        yuan = draw(st.sampled_from([left[line], left[line] // 3]))
        if yuan:
            left[line] -= yuan
            said.append({"refund": (f"r{n}", paid + draw(st.integers(0, 60)), {str(line): yuan})})
    if draw(st.integers(0, 9)) == 0:
        said.append({"cancelled_at": paid + 20})
    buyer = draw(st.sampled_from(BUYERS))
    return [{"number": number, "buyer": buyer, **message} for message in said]


@st.composite
def stories(draw: st.DrawFn) -> list[Message]:
    orders = [draw(order_messages(n)) for n in range(draw(st.integers(1, 4)))]
    return list(itertools.chain.from_iterable(orders))


def play_all(messages: list[Message], ends: float) -> Picture:
    with (
        tenant_scope(tenant_create(slug=f"tier-shuffle-{next(_slugs)}", name="洗牌")),
        clock.frozen(day(ends)),
    ):
        ladder_make(at=100)
        for message in messages:
            tell(**message)
        prove()
        told = {message["buyer"] for message in messages}
        return picture(tuple(buyer for buyer in BUYERS if buyer in told))


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(story=stories(), ends=st.integers(1000, 1400), data=st.data())
def test_shuffled_and_repeated_messages_end_in_the_same_growth_spells_and_gifts(
    db: None, story: list[Message], ends: int, data: st.DataObject
) -> None:
    repeated = story + data.draw(st.lists(st.sampled_from(story), max_size=3))
    assert play_all(data.draw(st.permutations(repeated)), ends) == play_all(story, ends)


def test_settling_many_orders_takes_as_many_questions_as_settling_two(
    brand: Tenant, django_assert_max_num_queries: Any
) -> None:
    ladder_make()
    orders = [bought(n, 1, 600, buyer=f"B{n}").pk for n in range(12)]
    GrowthEntry.objects.all().delete()
    with django_assert_max_num_queries(40):
        tiers_settle(growth_settle(orders))
