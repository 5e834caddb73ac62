"""Codes serve once, guesses are stopped, recovery codes are spent, and who needs it cannot go around."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from scrm.access.models import Operator, RecoveryCode, SecondFactor
from scrm.access.services import membership_grant
from scrm.access.signin.factors import FactorBlocked, factor_check, factor_is_on
from scrm.tenants.models import Tenant
from tests.scrm.access.conftest import FACTOR, PASSWORD, SECOND, SIGN_IN, Desk


def test_the_password_alone_does_not_sign_in(desk: Desk, at) -> None:
    desk.factor_on()
    at(minutes=1)
    assert desk.sign_in()["Location"] == SECOND
    assert not desk.is_in
    assert desk.browser.get("/console/")["Location"] == SIGN_IN
    answer = desk.browser.post(SECOND, {"code": desk.code()})
    assert answer["Location"] == "/console/"
    assert desk.is_in
    assert "mfa_at" in desk.browser.session


def test_the_second_step_takes_a_new_session_key_and_keeps_the_way(desk: Desk, at) -> None:
    desk.factor_on()
    at(minutes=1)
    desk.sign_in(next="/console/mumian/jobs/")
    between = desk.browser.session.session_key
    assert desk.browser.post(SECOND, {"code": desk.code()})["Location"] == "/console/mumian/jobs/"
    assert desk.browser.session.session_key != between


def test_a_code_that_was_seen_serves_nobody_else(desk: Desk, at) -> None:
    """Replay: the same code is refused within its own half minute, and so is every older one."""
    desk.factor_on()
    at(minutes=1)
    code = desk.code()
    desk.sign_in()
    assert desk.browser.post(SECOND, {"code": code}).status_code == 302
    other = Desk(desk.operator, Client(), desk.secret)
    other.sign_in()
    again = other.browser.post(SECOND, {"code": code})
    assert again.status_code == 422
    assert "已经用过" in again.content.decode()
    assert other.browser.post(SECOND, {"code": desk.code(step=-1)}).status_code == 422
    assert not other.is_in
    at(minutes=1, seconds=30)
    assert other.browser.post(SECOND, {"code": other.code()}).status_code == 302  # the control


def test_a_clock_half_a_minute_off_still_signs_in_but_no_more(desk: Desk, at) -> None:
    desk.factor_on()
    at(minutes=5)
    assert not factor_check(desk.operator, desk.code(step=2))
    assert not factor_check(desk.operator, desk.code(step=-2))
    assert factor_check(desk.operator, desk.code(step=1))


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "000 000 0", "\x00"]
)
def test_what_is_no_code_is_no_code(desk: Desk, at, typed: str) -> None:
    desk.factor_on()
    at(minutes=1)
    assert not factor_check(desk.operator, typed)


def test_five_wrong_codes_stop_guessing_for_a_quarter_of_an_hour(desk: Desk, at, letters) -> None:
    desk.factor_on()
    at(minutes=1)
    desk.sign_in()
    for _turn in range(4):
        assert desk.browser.post(SECOND, {"code": "000000"}).status_code == 422
    last = desk.browser.post(SECOND, {"code": "000000"})
    assert last.status_code == 429
    assert "15 分钟后再试" in last.content.decode()
    assert desk.browser.get(SECOND)["Location"] == SIGN_IN  # the password has to be shown again
    with pytest.raises(FactorBlocked):
        factor_check(desk.operator, desk.code())
    at(minutes=17)
    assert factor_check(desk.operator, desk.code())
    assert sum("两步验证码" in letter.subject for letter in letters()) == 1


def test_the_wait_for_the_second_step_ends(desk: Desk, at) -> None:
    desk.factor_on()
    at(minutes=1)
    desk.sign_in()
    at(minutes=12)
    assert desk.browser.post(SECOND, {"code": desk.code()})["Location"] == SIGN_IN
    assert not desk.is_in


def test_a_new_password_ends_the_wait(desk: Desk, at) -> None:
    desk.factor_on()
    at(minutes=1)
    desk.sign_in()
    operator = Operator.objects.get()
    operator.set_password("another-long-one-2")
    operator.save()
    assert desk.browser.post(SECOND, {"code": desk.code()})["Location"] == SIGN_IN


def test_a_recovery_code_opens_once_and_is_only_kept_as_a_hash(desk: Desk, at, letters) -> None:
    codes = desk.factor_on()
    at(minutes=1)
    assert len(set(codes)) == 10
    kept = " ".join(RecoveryCode.objects.values_list("code_hash", flat=True))
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)
    desk.sign_in()
    assert desk.browser.post(SECOND, {"code": codes[0].lower()})["Location"] == "/console/"
    other = Desk(desk.operator, Client(), desk.secret)
    other.sign_in()
    assert other.browser.post(SECOND, {"code": codes[0]}).status_code == 422
    assert other.browser.post(SECOND, {"code": codes[1]}).status_code == 302
    assert any("恢复码" in letter.subject for letter in letters())


def test_somebody_elses_recovery_code_opens_nothing(desk: Desk, at) -> None:
    codes = desk.factor_on()
    wang = Operator.objects.create_user(email="wang@example.com", password=PASSWORD)
    other = Desk(wang, Client())
    other.factor_on()
    assert not factor_check(wang, codes[0])


def test_setting_up_shows_a_picture_a_secret_and_the_codes_once(desk: Desk, at) -> None:
    desk.sign_in()
    page = desk.browser.get(FACTOR).content.decode()
    desk.secret = SecondFactor.objects.get().pending_secret
    assert "<svg" in page
    assert desk.secret in page
    assert not factor_is_on(desk.operator)
    done = desk.browser.post(FACTOR, {"code": desk.code()})
    body = done.content.decode()
    codes = re.findall(r"<code>([A-Z0-9]{5}-[A-Z0-9]{5})</code>", body)
    assert len(codes) == 10
    assert f"data:text/plain;charset=utf-8,SCRM%20recovery%20codes%0A%0A{codes[0]}" in body
    assert factor_is_on(desk.operator)
    assert codes[0] not in desk.browser.get(FACTOR).content.decode()
    assert desk.secret not in desk.browser.get(FACTOR).content.decode()


def test_setting_up_later_takes_the_password(desk: Desk, at) -> None:
    """A browser left open for an hour may not give its finder a lasting way in."""
    desk.sign_in()
    at(hours=1)
    desk.browser.get(FACTOR)
    desk.secret = SecondFactor.objects.get().pending_secret
    refused = desk.browser.post(FACTOR, {"code": desk.code(), "old": "x", "password": "wrong"})
    assert refused.status_code == 422
    assert not factor_is_on(desk.operator)
    assert desk.browser.post(FACTOR, {"code": desk.code(), "password": PASSWORD}).status_code == 200
    assert factor_is_on(desk.operator)


def test_turning_it_on_signs_the_other_devices_out(desk: Desk, at) -> None:
    other = Desk(desk.operator, Client())
    other.sign_in()
    desk.sign_in()
    desk.browser.get(FACTOR)
    desk.secret = SecondFactor.objects.get().pending_secret
    desk.browser.post(FACTOR, {"code": desk.code()})
    assert desk.browser.get("/console/").status_code == 200
    assert other.browser.get("/console/")["Location"] == SIGN_IN


def test_a_recovery_code_cannot_confirm_a_new_authenticator(desk: Desk, at) -> None:
    codes = desk.factor_on()
    SecondFactor.objects.update(confirmed_at=None)
    desk.sign_in()
    desk.browser.get(FACTOR)
    assert desk.browser.post(FACTOR, {"code": codes[0]}).status_code == 422


# ------------------------------------------------------------------------------- who must have it
@pytest.fixture
def strict(settings) -> None:
    settings.ACCESS_MFA_REQUIRED = True


def test_administrators_get_no_further_without_it(desk: Desk, at, strict: None) -> None:
    desk.sign_in()
    for door in ("/console/", "/console/mumian/", "/console/mumian/jobs/", "/console/account/"):
        assert desk.browser.get(door)["Location"] == FACTOR, door
    part = desk.browser.get("/console/mumian/jobs/", headers={"HX-Request": "true"})
    assert part.headers["HX-Redirect"] == FACTOR
    page = desk.browser.get(FACTOR).content.decode()
    assert "你的角色需要两步验证" in page
    desk.secret = SecondFactor.objects.get().pending_secret
    desk.browser.post(FACTOR, {"code": desk.code()})
    assert desk.browser.get("/console/mumian/jobs/").status_code == 200


@pytest.mark.parametrize(
    ("roles", "must"),
    [
        (["finance"], True),
        (["read_only", "tenant_admin"], True),
        (["member_ops"], False),
        ([], False),
    ],
)
def test_the_roles_decide(desk: Desk, at, strict: None, roles: list[str], must: bool) -> None:
    for tenant in Tenant.objects.all():
        membership_grant(operator=desk.operator, tenant=tenant, roles=roles)
    desk.sign_in()
    answer = desk.browser.get("/console/")
    assert (answer.headers.get("Location") == FACTOR) is must


def test_platform_staff_must_have_it(desk: Desk, at, strict: None) -> None:
    for tenant in Tenant.objects.all():
        membership_grant(operator=desk.operator, tenant=tenant, roles=[])
    Operator.objects.update(is_platform_staff=True)
    desk.sign_in()
    assert desk.browser.get("/console/")["Location"] == FACTOR


def test_a_session_that_gained_the_role_shows_the_factor_first(desk: Desk, at, settings) -> None:
    desk.sign_in()
    settings.ACCESS_MFA_REQUIRED = True
    desk.factor_on()
    desk.browser.force_login(desk.operator, backend="django.contrib.auth.backends.ModelBackend")
    assert desk.browser.get("/console/mumian/")["Location"] == FACTOR
    at(minutes=1)
    before = desk.browser.session.session_key
    assert desk.browser.post(FACTOR, {"code": desk.code(), "act": "off"})["Location"] == "/console/"
    assert factor_is_on(desk.operator)
    assert desk.browser.session.session_key != before
    assert desk.browser.get("/console/mumian/jobs/").status_code == 200


def test_it_cannot_be_turned_off_where_it_is_required(desk: Desk, at, settings) -> None:
    codes = desk.factor_on()
    at(minutes=1)
    desk.sign_in()
    desk.browser.post(SECOND, {"code": desk.code()})
    at(minutes=2)
    settings.ACCESS_MFA_REQUIRED = True
    answer = desk.browser.post(FACTOR, {"code": desk.code(), "act": "off"})
    assert answer.status_code == 409
    assert "你的角色需要两步验证，不能关闭。" in answer.content.decode()
    assert factor_is_on(desk.operator)
    assert factor_check(desk.operator, codes[0]), "what was refused makes no new recovery codes"
    settings.ACCESS_MFA_REQUIRED = False
    at(minutes=3)
    assert desk.browser.post(FACTOR, {"code": desk.code(), "act": "off"}).status_code == 302
    assert not factor_is_on(desk.operator)
    assert not RecoveryCode.objects.exists()
    settings.ACCESS_MFA_REQUIRED = True
    answer = desk.browser.get("/console/mumian/jobs/")
    assert answer["Location"] == FACTOR, "a session that showed it once passes no more"


def test_the_setting_is_on_unless_somebody_says_otherwise() -> None:
    from scrm.settings import base, demo

    assert base.ACCESS_MFA_REQUIRED is True
    assert demo.ACCESS_MFA_REQUIRED is False
