"""A frozen member earns and cannot redeem (D2, EC-28)."""

from __future__ import annotations

import pytest
from django.test import Client

from members.freezing.services import MemberFrozen, member_freeze, member_thaw
from members.identity.rules import Claim
from members.identity.services import identity_resolve
from members.people.models import Member, MemberStatus
from points.accounts.selectors import account_get
from points.lots.services import (
    points_adjust,
    points_capture,
    points_grant,
    points_hold,
    points_spend,
)
from points.orders.services import orders_settle
from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.core.errors import InvalidTransition, InvalidValue
from scrm.events.models import AuditLog, OutboxEvent
from scrm.tenants.models import Tenant
from tests.factories.members import START, member, order
from tests.support.api import client


def signed_in(brand: Tenant, role: str) -> Client:
    operator = Operator.objects.create_user(email=f"{role}@{brand.slug}.test", password="x" * 12)
    membership_grant(operator=operator, tenant=brand, roles=[role])
    browser = Client()
    browser.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def who(points: int = 100) -> Member:
    made = member(phone="13800000001")
    points_grant(member_id=made.pk, points=points, reference="g")
    return made


def test_ec_28_a_frozen_member_earns_and_cannot_redeem(brand: Tenant) -> None:
    someone = who()
    hold = points_hold(member_id=someone.pk, points=10, reference="before")
    frozen = member_freeze(public_id=someone.public_id, reason="异常刷单")
    assert frozen.status == MemberStatus.FROZEN
    for take in (points_spend, points_hold):
        with pytest.raises(MemberFrozen):
            take(member_id=someone.pk, points=1, reference="gift")
    assert points_hold(member_id=someone.pk, points=10, reference="before") == hold
    points_capture(spend_id=hold.public_id)
    orders_settle([order(phone="13800000001", paid_fen=5_000).pk])
    points_grant(member_id=someone.pk, points=5, reference="task")
    points_adjust(member_id=someone.pk, points=-1, reason="更正", reference="a")
    account = account_get(someone.public_id)
    assert (account.available, account.pending) == (94, 50)
    member_thaw(public_id=someone.public_id, reason="核实无误")
    points_spend(member_id=someone.pk, points=94, reference="gift")


def test_freezing_is_told_and_recorded_once(brand: Tenant) -> None:
    someone = who()
    for _turn in range(2):
        member_freeze(public_id=someone.public_id, reason="异常刷单")
    row = AuditLog.objects.get(action="members.frozen")
    assert (row.object_id, row.after["reason"]) == (someone.public_id, "异常刷单")
    assert OutboxEvent.objects.get(type="member.frozen").payload == {"member_ids": [someone.pk]}
    for _turn in range(2):
        member_thaw(public_id=someone.public_id, reason="核实无误")
    assert AuditLog.objects.filter(action="members.thawed").count() == 1
    with pytest.raises(InvalidValue):
        member_freeze(public_id=someone.public_id, reason=" ")


def test_only_an_active_member_is_frozen(brand: Tenant) -> None:
    visitor = identity_resolve(claims=[Claim("cookie", "c")], source="app", occurred_at=START)
    with pytest.raises(InvalidTransition):
        member_freeze(public_id=visitor.public_id, reason="x")
    with pytest.raises(InvalidTransition):
        member_thaw(public_id=visitor.public_id, reason="x")


def test_a_program_freezes_and_thaws(brand: Tenant) -> None:
    someone, program = who(), client(brand)
    told = program.ask("POST", f"members/{someone.public_id}/freeze", {"reason": "x"}, key="1")
    assert (told.status_code, told.json()["status"]) == (200, "frozen")
    told = program.ask("POST", f"members/{someone.public_id}/thaw", {"reason": "x"}, key="2")
    assert told.json()["status"] == "active"
    reader = client(brand, scopes=("members.view",))
    path = f"members/{someone.public_id}/freeze"
    assert reader.ask("POST", path, {"reason": "x"}, key="3").status_code == 403


def test_the_members_page_offers_what_the_state_allows(brand: Tenant) -> None:
    someone, lead = who(), signed_in(brand, "private_domain_lead")
    page = f"/console/{brand.slug}/members/{someone.public_id}/"

    def shown(browser: Client) -> str:
        return browser.get(page).content.decode()

    assert "冻结会员" in shown(lead)
    assert "freeze/" not in shown(signed_in(brand, "analyst"))
    assert lead.post(f"{page}freeze/", {"reason": "异常刷单"}).status_code == 302
    someone.refresh_from_db()
    assert someone.status == MemberStatus.FROZEN
    assert "解除冻结" in shown(lead)
    assert lead.post(f"{page}freeze/", {"reason": ""}).status_code == 422
    assert lead.post(f"{page}freeze/", {"reason": "核实"}).status_code == 302
    someone.refresh_from_db()
    assert someone.status == MemberStatus.ACTIVE
