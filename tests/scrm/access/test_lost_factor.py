"""A colleague's lost second factor: who may take it away, what happens then, and who hears of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from scrm.access.models import Mail, Operator, RecoveryCode, SecondFactor
from scrm.access.people.services import RoleNotHeld, person_factor_remove
from scrm.access.platform.entries import platform_enter
from scrm.access.services import membership_grant
from scrm.core import clock
from scrm.events.models import AuditLog, Notice
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.scrm.access.conftest import PASSWORD, SIGN_IN
from tests.support.api import tenant

pytestmark = pytest.mark.db
BACKEND = "django.contrib.auth.backends.ModelBackend"
WHY = {"reason": "called her on the shop's number"}


def person(brand: Tenant, name: str, *roles: str, has_factor: bool = False) -> Operator:
    made = Operator.objects.create_user(email=f"{name}@example.com", password=PASSWORD, name=name)
    membership_grant(operator=made, tenant=brand, roles=list(roles))
    if has_factor:
        SecondFactor.objects.create(operator=made, secret="S", confirmed_at=clock.now())
        RecoveryCode.objects.create(operator=made, code_hash=f"of {name}")
    return made


def signed_in(who: Operator) -> Client:
    browser = Client()
    browser.force_login(who, backend=BACKEND)
    return browser


@pytest.fixture
def brand(db: None) -> Tenant:
    return tenant()


@pytest.fixture
def admin(brand: Tenant) -> Client:
    return signed_in(person(brand, "ann", "tenant_admin", has_factor=True))


@pytest.fixture
def bob(brand: Tenant) -> Operator:
    return person(brand, "bob", "finance", has_factor=True)


def door(brand: Tenant, who: Operator) -> str:
    return f"/console/{brand.slug}/people/{who.public_id}/second-factor/"


def has_factor(who: Operator) -> bool:
    return SecondFactor.objects.filter(operator=who).exists()


def test_an_administrator_takes_a_lost_factor_away_and_everybody_concerned_hears_of_it(
    admin: Client, brand: Tenant, bob: Operator
) -> None:
    devices = [signed_in(bob), signed_in(bob)]
    shown = admin.get(f"/console/{brand.slug}/people/{bob.public_id}/").content.decode()
    assert door(brand, bob) in shown
    page = admin.get(door(brand, bob)).content.decode()
    assert "同时服务于其他品牌的由平台人员移除" in page
    assert admin.post(door(brand, bob), {"reason": ""}).status_code == 422
    assert has_factor(bob), "no reason, no removal"
    assert admin.post(door(brand, bob), WHY).status_code == 302
    assert not has_factor(bob)
    assert not RecoveryCode.objects.filter(operator=bob).exists()
    for device in devices:
        assert device.get("/console/")["Location"] == SIGN_IN
    assert admin.get("/console/").status_code == 302, "the control: who did it stays signed in"
    assert SecondFactor.objects.count() == 1, "and keeps the own factor"
    with tenant_scope(brand):
        row = AuditLog.objects.get(action="people.second_factor_removed")
        notice = Notice.objects.get()
    assert (row.actor_label, row.object_id) == ("ann", bob.public_id)
    assert row.after == {**WHY, "sessions_ended": 2}
    assert (notice.operator_id, notice.title) == (bob.pk, "你的两步验证已被移除")
    letter = Mail.objects.get(kind="second_factor_removed")
    assert letter.to == bob.email
    assert "ann" in letter.body
    assert brand.name in letter.body
    said = {"username": bob.email, "password": PASSWORD}
    assert Client().post(SIGN_IN, said)["Location"] == "/console/", "the password opens again"


def test_the_button_stands_only_where_there_is_something_to_take_away(
    admin: Client, brand: Tenant
) -> None:
    eve = person(brand, "eve", "analyst")
    assert (
        door(brand, eve)
        not in admin.get(f"/console/{brand.slug}/people/{eve.public_id}/").content.decode()
    )
    refused = admin.post(door(brand, eve), WHY)
    assert refused.status_code == 422
    assert "没有开启两步验证" in refused.content.decode()


def refusal(browser: Client, brand: Tenant, who: Operator) -> str:
    """What the page says, before and after the button."""
    looked, answer = browser.get(door(brand, who)), browser.post(door(brand, who), WHY)
    assert (looked.status_code, answer.status_code) == (200, 422)
    assert has_factor(who)
    for page in (looked, answer):
        assert "现在不能移除" in page.content.decode()
    return str(answer.content.decode())


def test_nobody_takes_their_own_factor_away_here(admin: Client, brand: Tenant) -> None:
    ann = Operator.objects.get(email="ann@example.com")
    assert "自己的两步验证" in refusal(admin, brand, ann)


def test_a_factor_that_guards_another_brand_too_is_the_platforms_business(
    admin: Client, brand: Tenant, bob: Operator
) -> None:
    other = tenant()
    place = membership_grant(operator=bob, tenant=other, roles=["read_only"])
    assert "其他品牌" in refusal(admin, brand, bob)
    staff = person(tenant(), "ping", has_factor=True)
    Operator.objects.filter(pk=staff.pk).update(is_platform_staff=True)
    staff.refresh_from_db()
    platform_enter(operator=staff, tenant=brand, role="tenant_admin", reason="ticket 4711")
    visitor = signed_in(staff)
    assert visitor.post(door(brand, bob), WHY).status_code == 302
    assert not has_factor(bob)
    with tenant_scope(brand):
        row = AuditLog.objects.get(action="people.second_factor_removed")
    assert row.actor_label == "ping (platform)"
    for here in (brand, other):
        with tenant_scope(here):
            assert Notice.objects.get().operator_id == bob.pk
    # The control: a place that is shut elsewhere guards nothing there.
    SecondFactor.objects.create(operator=bob, secret="S", confirmed_at=clock.now())
    place.deactivated_at = clock.now()
    place.save()
    assert admin.post(door(brand, bob), WHY).status_code == 302
    assert not has_factor(bob)


def test_platform_staff_lose_theirs_by_command_only(
    admin: Client, brand: Tenant, bob: Operator
) -> None:
    Operator.objects.filter(pk=bob.pk).update(is_platform_staff=True)
    assert "只能由平台移除" in refusal(admin, brand, bob)


def test_a_stranger_and_somebody_of_another_brand_are_not_found(
    admin: Client, brand: Tenant
) -> None:
    eve = person(tenant(), "eve", "finance", has_factor=True)
    assert admin.post(door(brand, eve), WHY).status_code == 404
    assert has_factor(eve)


def test_who_holds_less_takes_nothing_from_who_holds_more(brand: Tenant, bob: Operator) -> None:
    held: dict[str, Any] = {"granted_by": ["people.edit", "people.view"]}
    with tenant_scope(brand), pytest.raises(RoleNotHeld):
        person_factor_remove(public_id=bob.public_id, reason="x", **held)
    assert has_factor(bob)
