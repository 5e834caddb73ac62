"""Pools: core actions, worth, the rule of true fans, hands, and the first screening."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from members.activity.rules import ActivityFact
from members.activity.services import activity_take
from members.identity.rules import Claim
from members.lifecycle.models import MemberPulse
from members.lifecycle.services import pulse_night
from members.pools.errors import PoolByRule
from members.pools.models import PoolMove, Screening
from members.pools.rules import CoreAction, actions_fit, actions_read, actions_text
from members.pools.screening import (
    newcomers_screen,
    screenings_decide,
    screenings_decide_undo,
    screenings_open,
)
from members.pools.services import pools_enter, pools_move, pools_move_undo, pools_night
from scrm.core import clock
from scrm.core.errors import InvalidValue
from scrm.events.models import AuditLog, OutboxEvent
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


def test_core_actions_are_read_and_written_in_one_language() -> None:
    text = "order.paid>=100.00; ugc_published*3; wecom.added"
    actions = actions_read(text)
    assert actions == [
        CoreAction(event="order.paid", least_fen=10_000),
        CoreAction(event="ugc_published", times=3),
        CoreAction(event="wecom.added"),
    ]
    assert actions_text(actions) == text
    assert actions_read("") == []


@pytest.mark.parametrize(
    "text",
    [
        "moon_landing",
        "order.paid; order.paid*2",
        "visit>=5",
        "order.paid*0",
        "order.paid>=1.234",
        "order.paid'); DROP TABLE members_member; --",
        7,
    ],
)
def test_what_says_no_core_action_is_refused(text: object) -> None:
    assert not actions_fit(text)


def test_without_core_actions_nobody_enters(brand: Tenant) -> None:
    with clock.frozen(NOW):
        who = order(phone=PHONE, at=NOW).member_id
        assert pools_enter([who]) == []
        pulse_night(DAY)
        pools_night(DAY)
    assert pool_of(who) == "public"


def test_m_17_a_core_action_brings_into_the_territory_once_and_is_logged(brand: Tenant) -> None:
    with clock.frozen(NOW):
        rule("order.paid>=100")
        small = order(phone="13800000002", at=NOW, paid_fen=9_999).member_id
        big = order(phone=PHONE, at=NOW, paid_fen=10_000).member_id
        assert pools_enter([small, big]) == [big]
        assert pools_enter([small, big]) == []
    move = PoolMove.objects.get()
    assert (move.member_id, move.before, move.after, move.cause) == (
        big,
        "public",
        "territory",
        "action",
    )
    told = OutboxEvent.objects.get(type="member.pool_changed").payload
    assert told["moves"] == [[big, "public", "territory"]]


def test_an_action_done_often_enough_counts_whenever_it_was_done(brand: Tenant) -> None:
    with clock.frozen(NOW):
        who = did("comment", 2)
        rule("comment*3")
        pulse_night(DAY)
        assert pools_night(DAY)["action"] == 0
        did("comment", ago=2)
        assert pools_night(DAY)["action"] == 1
        assert pools_night(DAY)["action"] == 0
    assert pool_of(who) == "territory"
    # The end of the local day, not the moment somebody ran the night.
    assert PoolMove.objects.get().at == clock.local_midnight(date(2026, 3, 2), brand.timezone)


def test_worth_brings_into_the_core_only_if_the_brand_says_so(brand: Tenant) -> None:
    with clock.frozen(NOW):
        rule("order.paid")
        who = order(phone=PHONE, at=NOW - timedelta(days=1), paid_fen=200_000).member_id
        pulse_night(DAY)
        pools_night(DAY)
        assert pool_of(who) == "territory"
        rule("order.paid", pool__core_min_contribution=51)
        pools_night(DAY)
        assert pool_of(who) == "territory"
        rule("order.paid", pool__core_min_contribution=50)
        pools_night(DAY)
    assert pool_of(who) == "core"


def _fan() -> int:
    """Loyal, 60 points and more, one referral: a core fan by hand."""
    for number in range(6):
        at = NOW - timedelta(days=number + 1)
        order(phone=PHONE, external_id=str(number), at=at, paid_fen=40_000)
    did("comment", 20)
    who = did("referral")
    pools_move([who], to="core", reason="群主推荐")
    return who


def test_m_19_value_and_action_make_a_true_fan_and_their_end_unmakes_one(brand: Tenant) -> None:
    with clock.frozen(NOW):
        who = _fan()
        pulse_night(DAY)
        row = MemberPulse.objects.get(member_id=who)
        assert (row.stage, row.score) == ("advocate", 6_100)
        rule("", true_fan__min_contribution=62)
        pools_night(DAY)
        assert pool_of(who) == "core"
        rule("", true_fan__min_contribution=61)
        pools_night(DAY)
        assert pool_of(who) == "true_fan"
        MemberPulse.objects.filter(pk=row.pk).update(ugc_180=0, referrals_180=0)
        pools_night(DAY + timedelta(days=1))
    assert pool_of(who) == "core"
    causes = PoolMove.objects.order_by("id").values_list("cause", flat=True)
    assert list(causes) == ["hand", "true_fan", "no_longer"]


@pytest.mark.parametrize(
    "changed", [{"stage": "mature"}, {"score_points": 59}, {"ugc_180": 0, "referrals_180": 0}]
)
def test_m_19_each_part_is_needed(brand: Tenant, changed: dict[str, Any]) -> None:
    with clock.frozen(NOW):
        who = _fan()
        pulse_night(DAY)
        MemberPulse.objects.filter(member_id=who).update(**changed)
        pools_night(DAY)
    assert pool_of(who) == "core"


def test_nobody_is_made_a_true_fan_by_hand_and_a_reason_is_needed(brand: Tenant) -> None:
    with clock.frozen(NOW):
        who = member().pk
        with pytest.raises(PoolByRule):
            pools_move([who], to="true_fan", reason="x")
        with pytest.raises(InvalidValue):
            pools_move([who], to="core", reason=" ")
        with pytest.raises(InvalidValue):
            pools_move([who], to="moon", reason="x")
    assert not PoolMove.objects.exists()


def test_m_16_who_is_moved_back_by_hand_stays_until_a_hand_moves_them_on(brand: Tenant) -> None:
    with clock.frozen(NOW):
        rule("order.paid")
        who = order(phone=PHONE, at=NOW - timedelta(days=1)).member_id
        pools_enter([who])
        done = pools_move([who], to="public", reason="同行刷单")
        assert done.count == 1
        pulse_night(DAY)
        pools_night(DAY)
        assert pools_enter([who]) == []
        assert pool_of(who) == "public"
        pools_move([who], to="territory", reason="核实是误会")
        pools_move([who], to="public", reason="再退回")
        pools_move_undo({"to": "public", "rows": [[who, "territory", False]]})
        assert pool_of(who) == "territory"
        assert not MemberPulse.objects.get(member_id=who).is_held
    moves = PoolMove.objects.order_by("id").values_list("before", "after", "cause")
    assert list(moves) == [
        ("public", "territory", "action"),
        ("territory", "public", "hand"),
        ("public", "territory", "hand"),
        ("territory", "public", "hand"),
        ("public", "territory", "undone"),
    ]
    assert AuditLog.objects.filter(action="pools.moved").count() == 4


def test_an_undo_leaves_alone_who_has_moved_on(brand: Tenant) -> None:
    with clock.frozen(NOW):
        stays, goes = member().pk, member().pk
        done = pools_move([stays, goes], to="territory", reason="活动")
        pools_move([goes], to="core", reason="更进一步")
        pools_move_undo(done.undo)
    assert (pool_of(stays), pool_of(goes)) == ("public", "core")


# -- the first screening -----------------------------------------------------------------------------


def test_m_15_newcomers_are_screened_and_who_did_not_come_by_the_official_account_is_flagged(
    brand: Tenant,
) -> None:
    with clock.frozen(NOW):
        front = member(source="official_account", at=NOW).pk
        side = member(source="tmall", at=NOW - timedelta(days=30)).pk
        old = member(at=NOW - timedelta(days=31)).pk
        assert newcomers_screen([front, side, old]) == 2
        assert newcomers_screen([front, side, old]) == 0
    rows = Screening.objects.values_list("member_id", "is_bypass", "verdict")
    assert set(rows) == {(front, False, "pending"), (side, True, "pending")}


def test_a_brand_may_screen_nobody(brand: Tenant) -> None:
    with clock.frozen(NOW):
        rule("", pool__screening_days=0)
        assert newcomers_screen([member(at=NOW).pk]) == 0


@pytest.mark.parametrize(("verdict", "pool"), [("hold", "public"), ("reject", "public")])
def test_who_is_held_or_rejected_enters_no_pool_until_they_pass(
    brand: Tenant, verdict: str, pool: str
) -> None:
    with clock.frozen(NOW):
        rule("order.paid")
        who = order(phone=PHONE, at=NOW - timedelta(days=1)).member_id
        screenings_open([who])
        key = Screening.objects.get().pk
        screenings_decide([key], verdict=verdict, note="资料不全")
        assert pools_enter([who]) == []
        pulse_night(DAY)
        pools_night(DAY)
        assert pool_of(who) == pool
        done = screenings_decide([key], verdict="pass")
        assert pool_of(who) == "territory"
        screenings_decide_undo(done.undo)
    row = Screening.objects.get()
    assert (row.verdict, row.note, pool_of(who)) == (verdict, "资料不全", "public")
    assert row.decided_at is not None


def test_a_screening_that_waits_holds_nobody_back_and_a_verdict_is_a_verdict(
    brand: Tenant,
) -> None:
    with clock.frozen(NOW):
        rule("order.paid")
        who = order(phone=PHONE, at=NOW).member_id
        screenings_open([who])
        assert pools_enter([who]) == [who]
        key = Screening.objects.get().pk
        for verdict in ("pending", "maybe"):
            with pytest.raises(InvalidValue):
                screenings_decide([key], verdict=verdict)
        assert screenings_decide([key], verdict="pass").count == 1
        assert screenings_decide([key], verdict="pass").count == 0
