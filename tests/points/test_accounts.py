"""What people and systems read of points: by facts and the clock, whoever ran which job."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from members.people.models import Member
from members.segments.selectors import segment_count
from points.accounts.panels import points_kpis, points_tab, points_timeline
from points.accounts.selectors import account_of, statement_get
from points.lots.audit import PointsImbalance, audit_run, points_audit
from points.lots.models import Lot, PointsAccount, Spend
from points.lots.services import (
    InsufficientPoints,
    PointsDebt,
    PointsReferenceReused,
    due_settle,
    expiring_refresh,
    points_adjust,
    points_capture,
    points_grant,
    points_hold,
    points_spend,
    points_void,
)
from scrm.core import clock
from scrm.core.errors import InvalidTransition, InvalidValue
from scrm.events.models import AuditLog
from scrm.tenants.context import no_tenant
from scrm.tenants.models import Tenant
from tests.points.shop import account, day, member_id, prove, tell
from tests.support.api import client as api_client


@pytest.fixture
def buyer(tenant: Tenant) -> int:
    """A member with 100 points that count and 50 that do not yet, at day 10."""
    with clock.frozen(day(10)):
        tell(1, lines=(10_000,), placed_at=0, paid_at=0, completed_at=0)
        tell(2, lines=(5000,), placed_at=9, paid_at=9, completed_at=9)
    return member_id()


def test_the_account_is_decided_by_the_clock_and_not_by_a_job(buyer: int) -> None:
    member = Member.objects.get(pk=buyer)
    with clock.frozen(day(30)):
        view = account_of(member)
        assert (view.available, view.pending) == (150, 0)
        assert account() == (50, 100, 0, 0)  # nothing has settled since
        points_spend(member_id=buyer, points=150, reference="gift")
        assert account_of(member).available == 0
    prove()


def test_worked_example_6_through_the_ledger(buyer: int) -> None:
    with clock.frozen(day(11)):
        hold = points_hold(member_id=buyer, points=30, reference="h1")
        assert account() == (50, 70, 30, 0)
        points_void(spend_id=hold.public_id)
        points_void(spend_id=hold.public_id)
        assert account() == (50, 100, 0, 0)
        again = points_hold(member_id=buyer, points=30, reference="h2")
        points_capture(spend_id=again.public_id)
        points_capture(spend_id=again.public_id)
        assert account() == (50, 70, 0, 0)
        with pytest.raises(InvalidTransition):
            points_void(spend_id=again.public_id)
    prove()


def test_ec_11_points_of_a_lapsed_lot_come_back_with_grace(buyer: int) -> None:
    with clock.frozen(day(20)):
        hold = points_hold(member_id=buyer, points=100, reference="h1")
    lapse = Lot.objects.get(source_id="shop/1").expires_at
    assert lapse is not None
    with clock.frozen(lapse + timedelta(days=30)):
        due_settle()
        points_void(spend_id=hold.public_id)
        back = Lot.objects.get(source_type="restore")
        assert (back.qty, back.remaining) == (100, 100)
        assert back.expires_at is not None
        assert timedelta(days=7) <= back.expires_at - clock.now() <= timedelta(days=8)
        assert account()[1:] == (100, 0, 0)
    prove()


def test_nobody_spends_what_they_do_not_have_or_while_they_owe(buyer: int) -> None:
    with clock.frozen(day(11)):
        with pytest.raises(InsufficientPoints):
            points_spend(member_id=buyer, points=101, reference="too-much")
        points_spend(member_id=buyer, points=100, reference="all")
        tell(1, refund=("r", 11, {"0": 10_000}))
        with pytest.raises(PointsDebt):
            points_spend(member_id=buyer, points=1, reference="more")
    assert Spend.objects.count() == 1


def test_a_reference_moves_points_once(buyer: int) -> None:
    with clock.frozen(day(11)):
        for _again in range(2):
            points_spend(member_id=buyer, points=10, reference="s")
            points_grant(member_id=buyer, points=5, reference="g")
        assert account() == (50, 95, 0, 0)
        with pytest.raises(PointsReferenceReused):
            points_spend(member_id=buyer, points=11, reference="s")
        with pytest.raises(PointsReferenceReused):
            points_grant(member_id=buyer, points=6, reference="g")


def test_ec_25_an_adjustment_never_goes_below_zero_and_is_audited(buyer: int) -> None:
    with clock.frozen(day(11)):
        points_adjust(member_id=buyer, points=20, reason="补偿", reference="a1")
        points_adjust(member_id=buyer, points=-120, reason="误发", reference="a2")
        with pytest.raises(InsufficientPoints):
            points_adjust(member_id=buyer, points=-1, reason="误发", reference="a3")
        with pytest.raises(InvalidValue):
            points_adjust(member_id=buyer, points=5, reason=" ", reference="a4")
    assert account() == (50, 0, 0, 0)
    assert [
        row.after["points"]
        for row in AuditLog.objects.filter(action="points.adjust").order_by("at", "id")
    ] == [20, -120]
    prove()


def test_what_lapses_within_thirty_days_is_known_without_a_movement(buyer: int) -> None:
    lapse = Lot.objects.get(source_id="shop/1").expires_at
    assert lapse is not None
    rule = {"all": [{"field": "points.expiring_30d", "op": "gte", "value": 1}]}
    for days, soon in ((32, 0), (29, 100)):
        at = lapse - timedelta(days=days)
        with clock.frozen(at):
            due_settle()
            expiring_refresh(clock.local_date(at, "Asia/Shanghai") - timedelta(days=1))
            assert PointsAccount.objects.get().expiring_30d == soon
            assert segment_count(rule) == (1 if soon else 0)
            assert account_of(Member.objects.get(pk=buyer)).expiring_30d == soon


def test_segments_ask_for_balances(buyer: int) -> None:
    def count(op: str, value: int) -> int:
        return segment_count({"all": [{"field": "points.available", "op": op, "value": value}]})

    assert (count("gte", 100), count("gte", 101), count("lte", 100)) == (1, 0, 1)


def test_the_statement_reads_as_the_member_feels_it(buyer: int) -> None:
    with clock.frozen(day(11)):
        points_spend(member_id=buyer, points=30, reference="gift")
        tell(2, refund=("r", 11, {"0": 2000}))
    told = [(row.flow, row.points, row.source_type) for row in statement_get(buyer)]
    assert sorted(told) == sorted(
        [
            ("earn", 100, "order"),
            ("earn", 50, "order"),
            ("hold", -30, "order"),
            ("cut_pending", -20, "order"),
        ]
    )


def test_panels_show_the_account(buyer: int) -> None:
    with clock.frozen(day(11)):
        assert points_kpis(buyer)[0].value == "100"
        assert dict(points_tab(buyer)["figures"])["待生效"] == "50"  # type: ignore[call-overload]
        assert len(points_timeline(buyer, clock.now(), 10)) == 2


@pytest.mark.parametrize(
    ("sql", "invariant"),
    [
        ("UPDATE points_lot SET remaining = remaining - 1 WHERE remaining > 0", "I-4"),
        ("UPDATE points_pointsaccount SET available = available + 1", "I-2"),
        ("UPDATE points_lot SET flows = flows || '{\"cut\": 3}' WHERE state = 'available'", "I-4"),
        ("DELETE FROM points_lot WHERE state = 'pending'", "I-2"),
        ("UPDATE ledger_account SET balance = balance + 7 WHERE kind = 'member_available'", "I-2"),
    ],
)
def test_the_nightly_audit_finds_a_planted_corruption(buyer: int, sql: str, invariant: str) -> None:
    from django.db import connection

    assert points_audit() == []
    with connection.cursor() as cursor:
        cursor.execute(sql)
    assert invariant in {finding.invariant for finding in points_audit()}
    with pytest.raises(PointsImbalance):
        audit_run(clock.local_date(day(11), "Asia/Shanghai"))


def ask(tenant: Tenant, method: str, path: str, body: Any = None, **more: Any) -> Any:
    with no_tenant():
        return api_client(tenant).ask(method, path, body, **more)


def test_the_api_shows_accounts_movements_and_takes_corrections(tenant: Tenant, buyer: int) -> None:
    key = Member.objects.get(pk=buyer).public_id
    now = day(11).isoformat()
    told = ask(tenant, "GET", f"members/{key}/points", now=now)
    assert told.status_code == 200, told.content
    assert (told.json()["available"], told.json()["pending"], len(told.json()["lots"])) == (
        100,
        50,
        2,
    )
    body = {"member_id": key, "points": -40, "reason": "误发", "reference": "t1"}
    for _again in range(2):
        assert ask(tenant, "POST", "points/transactions", body, now=now).json()["available"] == 60
    refused = ask(
        tenant, "POST", "points/transactions", {**body, "points": -400, "reference": "t2"}, now=now
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient_points")
    moves = ask(tenant, "GET", f"points/transactions?member={key}").json()["data"]
    assert {(row["kind"], row["points"], row["source_id"]) for row in moves} >= {
        ("earn", 100, "shop/1"), ("activate", 100, "shop/1"), ("hold", 40, "shop/1"), ("earn", 50, "shop/2"),
    }  # fmt: skip
    assert [row["member_id"] for row in ask(tenant, "GET", "points/accounts").json()["data"]] == [
        key
    ]


@pytest.mark.parametrize("points", [0, "5", 1.5, True, 10**12])
def test_ec_30_other_numbers_are_refused(tenant: Tenant, buyer: int, points: Any) -> None:
    key = Member.objects.get(pk=buyer).public_id
    body = {"member_id": key, "points": points, "reason": "x", "reference": "t"}
    assert ask(tenant, "POST", "points/transactions", body).status_code == 422
