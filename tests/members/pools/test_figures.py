"""Pools: what is counted, waist candidates, and merges."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from members.activity.rules import ActivityFact
from members.activity.services import activity_take
from members.identity.merging import member_merge, member_split
from members.identity.rules import Claim
from members.lifecycle.models import MemberPulse
from members.lifecycle.selectors import standing
from members.lifecycle.services import pulse_night, pulses_make
from members.people.models import Member
from members.people.selectors import members_listed
from members.pools.models import Screening
from members.pools.screening import (
    screenings_open,
)
from members.pools.selectors import conversions, flows, purposes
from members.pools.services import pools_move, pools_night
from members.segments.models import Segment
from members.segments.selectors import segment_query
from scrm.core import clock
from scrm.tenants.context import current_tenant
from scrm.tenants.models import Tenant
from scrm.tenants.services import tenant_settings_update
from tests.factories.members import member, order

NOW = datetime(2026, 3, 1, 4, tzinfo=UTC)
DAY = date(2026, 3, 1)
PHONE = "13800000001"


def rule(text: str, **more: Any) -> None:
    values = {"pool.core_actions": text, **{key.replace("__", "."): v for key, v in more.items()}}
    tenant_settings_update(tenant_id=current_tenant().pk, values=values)


def did(name: str, count: int = 1, *, phone: str = PHONE, ago: int = 1) -> int:
    taken = activity_take(
        [
            ActivityFact(
                event_id=f"{name}-{phone}-{ago}-{n}",
                name=name,
                claims=(Claim("phone", phone),),
                occurred_at=NOW - timedelta(days=ago),
            )
            for n in range(count)
        ]
    )
    assert taken[0].member_id is not None
    return taken[0].member_id


def pool_of(member_id: int) -> str:
    return MemberPulse.objects.get(member_id=member_id).pool


# -- figures -----------------------------------------------------------------------------------------


def test_the_page_counts_whom_its_links_list(brand: Tenant) -> None:
    with clock.frozen(NOW):
        rule("order.paid")
        for number in range(3):
            order(phone=f"1380000100{number}", at=NOW - timedelta(days=1), paid_fen=30_000)
        lead, gone = member(at=NOW), member(at=NOW)
        pulse_night(DAY)
        pools_night(DAY)
        member_merge(source=gone.public_id, target=lead.public_id, reason="同一人")
        found = standing()
        for pool, count in found.pools.items():
            asked = {"all": [{"field": "pool.stage", "op": "in", "value": [pool]}]}
            assert segment_query(asked).count() == count
        for share in found.stages:
            asked = {"all": [{"field": "lifecycle.stage", "op": "in", "value": [share.stage]}]}
            assert segment_query(asked).count() == share.members
        assert found.members == members_listed().count() == 4
        assert (found.pools["public"], found.pools["territory"]) == (1, 3)
        assert found.net_fen == 90_000
        [first, *_rest] = conversions(found, flows())
    assert (first.moved, first.rate_bp) == (3, 7_500)


def test_m_27_is_the_share_of_mature_loyal_and_advocate_members(brand: Tenant) -> None:
    with clock.frozen(NOW):
        for number in range(4):
            at = NOW - timedelta(days=number + 1)
            order(phone=PHONE, external_id=str(number), at=at, paid_fen=20_000)
        order(phone="13800000002", at=NOW - timedelta(days=1), paid_fen=20_000)
        pulse_night(DAY)
        found = standing()
    assert (found.best_fen, found.net_fen, found.best_members) == (80_000, 100_000, 1)


def test_m_18_counts_passed_on_revenue_and_referrals_by_local_month(brand: Tenant) -> None:
    with clock.frozen(NOW):
        who = order(phone=PHONE, at=datetime(2026, 2, 28, 15, tzinfo=UTC)).member_id
        order(phone="13800000002", at=NOW - timedelta(hours=1))  # in the public: not of the pools
        order(phone=PHONE, at=datetime(2026, 2, 28, 16, tzinfo=UTC), paid_fen=5_000)  # 1 March
        did("referral", ago=1)
        did("referral", 2, ago=20)
        pulses_make()
        pools_move([who], to="territory", reason="x")
        pools_move([who], to="core", reason="x")
        march, february, january = purposes()
    assert (march.month, march.passed, march.net_fen, march.referred) == ("2026-03", 1, 5_000, 0)
    assert (february.passed, february.net_fen, february.referred) == (0, 10_000, 3)
    assert (january.net_fen, january.referred) == (0, 0)


def test_m_06_waist_candidates_are_a_segment_from_the_first_night_that_nobody_makes_again(
    brand: Tenant,
) -> None:
    with clock.frozen(NOW):
        who = order(phone=PHONE, at=NOW - timedelta(days=1), paid_fen=50_000).member_id
        order(phone=PHONE, at=NOW - timedelta(days=2), paid_fen=50_000)
        Member.objects.filter(pk=who).update(is_wecom_friend=True)
        pulse_night(DAY)
        pools_night(DAY)
        waist = Segment.objects.get(name="腰部候选")
        assert list(segment_query(waist.rule).values_list("pk", flat=True)) == [who]
        pools_move([who], to="core", reason="选拔")
        assert not segment_query(waist.rule).exists()
        Segment.objects.filter(pk=waist.pk).update(archived_at=NOW)
        pools_night(DAY)
    assert Segment.objects.count() == 1


# -- merges ------------------------------------------------------------------------------------------


def test_a_merge_keeps_the_nearer_pool_and_the_joint_stage_and_a_split_takes_both_back(
    brand: Tenant,
) -> None:
    with clock.frozen(NOW):
        one = order(phone=PHONE, external_id="1", at=NOW - timedelta(days=1)).member
        two = order(phone="13800000002", external_id="2", at=NOW - timedelta(days=2)).member
        did("ugc_published", phone=PHONE)
        pulse_night(DAY)
        pools_move([one.pk], to="core", reason="x")
        screenings_open([one.pk, two.pk])
        before = list(
            MemberPulse.objects.order_by("member_id").values_list(
                "member_id", "stage", "pool", "is_held", "score", "ugc_180", "orders_365"
            )
        )
        merge = member_merge(source=one.public_id, target=two.public_id, reason="同一人")
        row = MemberPulse.objects.get()
        assert (row.member_id, row.pool, row.stage) == (two.pk, "core", "growing")
        assert (row.orders_365, row.ugc_180) == (2, 1)
        assert Screening.objects.get().member_id == two.pk
        member_split(merge=merge.public_id, reason="认错了")
        after = list(
            MemberPulse.objects.order_by("member_id").values_list(
                "member_id", "stage", "pool", "is_held", "score", "ugc_180", "orders_365"
            )
        )
    assert after == before
    assert Screening.objects.count() == 2
