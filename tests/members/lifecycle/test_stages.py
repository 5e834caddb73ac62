"""Stages and contribution: the boundaries, the night, and a naive reading of the same facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.activity.rules import ActivityFact
from members.activity.services import activity_take
from members.identity.rules import Claim
from members.lifecycle.models import MemberPulse, PulseDay, StageMove
from members.lifecycle.rules import ScoreTerms, StageFacts, score_from, stage_from
from members.lifecycle.services import pulse_night, pulses_make, pulses_refresh, pulses_touch
from members.orders.models import Order
from members.people.models import Member
from scrm.core import clock
from scrm.events.models import OutboxEvent
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.factories.members import member, order, refund
from tests.support.api import tenant

DAY = date(2026, 3, 1)
# Noon in the brand's zone on the day the night is for.
NOON = datetime(2026, 3, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
LATER = NOON + timedelta(days=400)


def ago(days: int) -> datetime:
    return NOON - timedelta(days=days)


def did(name: str, *days: int, phone: str = "13800000001", mark: str = "", **told: Any) -> None:
    activity_take(
        [
            ActivityFact(
                event_id=f"{name}-{phone}-{mark}{number}-{n}",
                name=name,
                claims=(Claim("phone", phone),),
                occurred_at=ago(n),
                **told,
            )
            for number, n in enumerate(days)
        ]
    )


def stage_at(day: date = DAY, phone: str = "13800000001") -> str:
    """The stage of that person after the night of the day."""
    with clock.frozen(LATER):
        pulse_night(day)
    who = Member.objects.get(phone_tail=phone[-4:])
    return MemberPulse.objects.get(member=who).stage


@pytest.mark.parametrize(
    ("days_ago", "stage"),
    [(0, "new"), (14, "new"), (15, "dormant"), (29, "dormant"), (30, "churned"), (400, "churned")],
)
def test_n_43_days_since_the_last_activity_decide_first(
    brand: Tenant, days_ago: int, stage: str
) -> None:
    with clock.frozen(LATER):
        order(at=ago(days_ago))
    assert stage_at() == stage


@pytest.mark.parametrize(("joined", "stage"), [(29, "lead"), (30, "churned")])
def test_n_43_who_was_never_active_has_churned_only_if_they_came_before_the_window(
    brand: Tenant, joined: int, stage: str
) -> None:
    with clock.frozen(LATER):
        member(phone="13800000001", at=ago(joined))
    assert stage_at() == stage


def test_somebody_active_long_ago_has_churned_however_late_they_registered(brand: Tenant) -> None:
    with clock.frozen(LATER):
        who = member(phone="13800000001", at=ago(60))
        did("visit", 40)
        Member.objects.filter(pk=who.pk).update(registered_at=ago(3))
    assert stage_at() == "churned"


@pytest.mark.parametrize(
    ("orders", "stage"),
    [
        ([0], "new"),
        ([0, 364], "growing"),
        ([0, 365], "new"),
        ([0, 100, 200], "growing"),
        ([0, 100, 200, 300], "mature"),
        ([0, 1, 2, 3, 4], "mature"),
        ([0, 1, 2, 3, 4, 5], "loyal"),
        ([89, 90, 91, 92, 93, 94], "loyal"),
        ([90, 91, 92, 93, 94, 95], "mature"),
    ],
)
def test_n_43_valid_orders_of_365_days_and_one_of_90(
    brand: Tenant, orders: list[int], stage: str
) -> None:
    with clock.frozen(LATER):
        for number, days in enumerate(orders):
            order(external_id=str(number), at=ago(days))
        did("visit", 0)  # active today, so that orders alone decide
    assert stage_at() == stage


@pytest.mark.parametrize(
    ("acts", "stage"),
    [
        ({"ugc_published": [0, 1, 179]}, "advocate"),
        ({"ugc_published": [0, 1, 180]}, "loyal"),
        ({"ugc_published": [0, 1]}, "loyal"),
        ({"referral": [179]}, "advocate"),
        ({"referral": [180]}, "loyal"),
        ({"share_click": [0, 1, 2, 3]}, "loyal"),
    ],
)
def test_n_43_a_loyal_member_who_recommends_is_an_advocate(
    brand: Tenant, acts: dict[str, list[int]], stage: str
) -> None:
    with clock.frozen(LATER):
        for number in range(6):
            order(external_id=str(number), at=ago(number))
        for name, days in acts.items():
            did(name, *days)
    assert stage_at() == stage


def test_refunded_to_nothing_and_cancelled_orders_make_no_customer(brand: Tenant) -> None:
    with clock.frozen(LATER):
        order(external_id="1", at=ago(1), refunds=(refund("r", 10_000, at=ago(0)),))
        order(external_id="2", at=ago(1), cancelled_at=ago(0))
    assert stage_at() == "lead"
    row = MemberPulse.objects.get()
    assert (row.orders_365, row.net_365_fen, row.spend_30_fen) == (0, 0, 0)


def test_becoming_a_friend_is_activity(brand: Tenant) -> None:
    with clock.frozen(LATER):
        who = member(phone="13800000001", at=ago(100))
        Member.objects.filter(pk=who.pk).update(wecom_added_at=ago(20))
    assert stage_at() == "dormant"


def test_facts_of_the_next_day_wait_for_its_night(brand: Tenant) -> None:
    with clock.frozen(LATER):
        member(phone="13800000001", at=ago(40))
        did("visit", -1)
        pulses_make()
    assert stage_at() == "churned"
    assert stage_at(DAY + timedelta(days=1)) == "lead"


def test_the_same_night_twice_writes_nothing_twice(brand: Tenant) -> None:
    with clock.frozen(LATER):
        order(at=ago(3))
        assert pulse_night(DAY)["written"] == 1
        written = MemberPulse.objects.get().updated_at
        moves, told = StageMove.objects.count(), OutboxEvent.objects.count()
        again = pulse_night(DAY)
    assert again == {"new": 0, "written": 0, "moved": 0}
    assert MemberPulse.objects.get().updated_at == written
    assert (StageMove.objects.count(), OutboxEvent.objects.count()) == (moves, told)


def test_a_move_is_kept_with_its_day_and_told_once(brand: Tenant) -> None:
    with clock.frozen(LATER):
        who = order(at=ago(0)).member_id
        for night in range(16):
            pulse_night(DAY + timedelta(days=night))
    moves = StageMove.objects.filter(member_id=who).order_by("as_of")
    assert [(row.before, row.after, row.as_of) for row in moves] == [
        ("", "new", DAY),
        ("new", "dormant", DAY + timedelta(days=15)),
    ]
    assert MemberPulse.objects.get().stage_since == DAY + timedelta(days=15)
    told = OutboxEvent.objects.filter(type="member.stage_changed")
    assert [event.payload["moves"] for event in told] == [[[who, "new", "dormant"]]]


def test_ec_91_a_fact_that_comes_two_days_late_corrects_the_night_that_is_run_again(
    brand: Tenant,
) -> None:
    with clock.frozen(LATER):
        order(external_id="1", at=ago(15))
        pulse_night(DAY - timedelta(days=1))
        pulse_night(DAY)
        assert MemberPulse.objects.get().stage == "dormant"
        did("visit", 2)
        pulse_night(DAY)
    row = MemberPulse.objects.get()
    assert (row.stage, row.stage_since) == ("new", DAY - timedelta(days=1))
    assert [move.after for move in StageMove.objects.all()] == ["new"]
    with clock.frozen(LATER):
        assert pulse_night(DAY - timedelta(days=1))["written"] == 0  # nobody goes back a day
    assert PulseDay.objects.get().as_of == DAY


def test_ec_105_two_zones_at_one_instant_look_at_two_days(db: None) -> None:
    instant = datetime(
        2026, 3, 1, 20, tzinfo=UTC
    )  # 2 March in Shanghai, noon of 1 March in Los Angeles
    found = {}
    for zone in ("Asia/Shanghai", "America/Los_Angeles"):
        with tenant_scope(tenant(timezone=zone)), clock.frozen(instant):
            order(at=datetime(2026, 2, 14, 2, tzinfo=UTC))  # 14 February, and still the 13th
            yesterday = clock.local_date(instant, zone) - timedelta(days=1)
            pulse_night(yesterday)
            found[zone] = (yesterday, MemberPulse.objects.get().stage)
    assert found["Asia/Shanghai"] == (date(2026, 3, 1), "dormant")  # 15 days
    assert found["America/Los_Angeles"] == (date(2026, 2, 28), "dormant")  # 28 − 13 = 15 days
    # The control: one day less on either side.
    for zone in found:
        with tenant_scope(tenant(timezone=zone)), clock.frozen(instant):
            order(at=datetime(2026, 2, 14, 2, tzinfo=UTC))
            pulse_night(found[zone][0] - timedelta(days=1))
            assert MemberPulse.objects.get().stage == "new"


def test_the_night_asks_no_clock_for_its_day(brand: Tenant) -> None:
    rows = []
    for moment in (LATER, LATER + timedelta(days=1000)):
        with clock.frozen(moment):
            if not Order.objects.exists():
                order(at=ago(15))
            pulse_night(DAY)
            row = MemberPulse.objects.get()
            rows.append((row.stage, row.stage_since, row.score))
    assert rows[0] == rows[1]


# -- N-30 -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "score", "parts"),
    [
        ((0, 0, 0), 0, (0, 0, 0)),
        ((200_000, 60, 20), 10_000, (10_000, 10_000, 10_000)),
        ((400_000, 600, 200), 10_000, (10_000, 10_000, 10_000)),
        ((100_000, 30, 10), 5_000, (5_000, 5_000, 5_000)),
        ((0, 1, 0), 50, (0, 167, 0)),  # 0.3 × 1.6667 = 0.50
        ((1, 0, 0), 0, (0, 0, 0)),  # 0.00025 is nothing
        ((20, 0, 0), 1, (1, 0, 0)),  # 0.005 rounds up
        ((19, 0, 0), 0, (1, 0, 0)),
    ],
)
def test_n_30_is_rounded_once_half_up(
    brand: Tenant, raw: tuple[int, int, int], score: int, parts: tuple[int, int, int]
) -> None:
    assert score_from(raw, ScoreTerms()) == (score, *parts)


def test_n_30_is_stored_with_its_parts_and_follows_weights_and_caps(brand: Tenant) -> None:
    with clock.frozen(LATER):
        order(external_id="1", at=ago(89), paid_fen=50_000)
        order(external_id="2", at=ago(90), paid_fen=50_000)  # a day too old
        did("comment", *range(6))
        did("share_click", 1, 89, 90)
        pulse_night(DAY)
    row = MemberPulse.objects.get()
    assert (row.net_90_fen, row.interactions_90, row.social_90) == (50_000, 6, 2)
    assert (row.score_spend, row.score_interaction, row.score_social) == (2_500, 1_000, 1_000)
    assert (row.score, row.score_points) == (1_750, 17)
    brand.settings = {"contribution.weights": [0, 0, 10_000], "contribution.cap_social": 3}
    brand.save()
    with tenant_scope(Tenant.objects.get(pk=brand.pk)), clock.frozen(LATER):
        pulse_night(DAY)
    assert MemberPulse.objects.get().score == 6_667


# -- the same by a naive reading -------------------------------------------------------------------------


@dataclass
class Life:
    """What happened to one person, in days before the night."""

    joined: int
    orders: list[tuple[int, bool]] = field(default_factory=list)
    acts: list[tuple[str, int]] = field(default_factory=list)


_DAYS = st.sampled_from(
    [-1, 0, 1, 6, 7, 13, 14, 15, 16, 28, 29, 30, 31, 89, 90, 179, 180, 364, 365]
)
_NAMES = ["visit", "app_use", "comment", "share_click", "referral", "ugc_published", "unheard_of"]
_LIFE = st.builds(
    Life,
    joined=st.sampled_from([0, 1, 29, 30, 31, 400]),
    orders=st.lists(st.tuples(_DAYS, st.booleans()), max_size=8),
    acts=st.lists(st.tuples(st.sampled_from(_NAMES), _DAYS), max_size=8),
)


def naive(life: Life) -> tuple[Any, ...]:
    """The figures and the stage, read off the facts one by one."""
    bought = [n for n, is_valid in life.orders if is_valid and n >= 0]
    days = [n for n, _valid in life.orders] + [n for _name, n in life.acts]
    recent = [n for n in days if 0 <= n < 30]

    def acted(within: int, *names: str) -> int:
        return sum(1 for name, n in life.acts if name in names and 0 <= n < within)

    facts = StageFacts(
        registered=DAY - timedelta(days=life.joined),
        last=DAY - timedelta(days=min(recent)) if recent else None,
        was_ever_active=any(n >= 0 for n in days),
        orders_365=sum(1 for n in bought if n < 365),
        orders_90=sum(1 for n in bought if n < 90),
        referrals_180=acted(180, "referral"),
        ugc_180=acted(180, "ugc_published"),
    )
    net = 10_000 * facts.orders_90
    raw = (net, acted(90, "comment"), acted(90, "share_click", "referral", "ugc_published"))
    return (
        stage_from(facts, day=DAY),
        len({n for n in recent if n < 7}),
        acted(7, "app_use"),
        *raw,
        *score_from(raw, ScoreTerms()),
        min(days, default=None),
        max(days, default=None),
    )


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(lives=st.lists(_LIFE, min_size=1, max_size=4))
def test_the_night_agrees_with_a_naive_reading_of_the_facts(
    brand: Tenant, lives: list[Life]
) -> None:
    with tenant_scope(tenant()), clock.frozen(LATER):
        keys = [
            member(phone=f"1390000{n:04d}", at=ago(life.joined)).pk for n, life in enumerate(lives)
        ]
        Member.objects.filter(pk__in=keys).update(first_source="x")
        for number, life in enumerate(lives):
            phone = f"1390000{number:04d}"
            for place, (n, is_valid) in enumerate(life.orders):
                cancelled = {} if is_valid else {"cancelled_at": ago(n)}
                order(external_id=f"{number}-{place}", phone=phone, at=ago(n), **cancelled)
            for place, (name, n) in enumerate(life.acts):
                did(name, n, phone=phone, mark=f"{place}-")
        if len(lives) % 2:
            pulses_make()
            pulses_touch(keys[:1])
        pulse_night(DAY)
        # Some are settled alone, as after a merge: that is the same.
        MemberPulse.objects.filter(member_id=keys[0]).update(score=-1, active_days_7=-1)
        pulses_refresh(keys[:1])
        for key, life in zip(keys, lives, strict=True):
            row = MemberPulse.objects.get(member_id=key)
            first, last = row.first_active_date, row.last_active_date
            stored = (
                row.stage, row.active_days_7, row.app_uses_7, row.net_90_fen, row.interactions_90,
                row.social_90, row.score, row.score_spend, row.score_interaction, row.score_social,
                (DAY - last).days if last else None, (DAY - first).days if first else None,
            )  # fmt: skip
            assert stored == naive(life)
