"""An open browser is no place to try passwords: inside the account they count as at the door."""

from __future__ import annotations

import pytest
from axes.models import AccessAttempt
from django.test import Client

from scrm.access.models import Operator, SecondFactor
from tests.scrm.access.conftest import FACTOR, PASSWORD, Desk

PASSWORDS, PROFILE = "/console/account/password/", "/console/account/"
NEW = "correct-horse-9"
WRONG = "wrong-wrong-1"
FORMS = {
    PASSWORDS: ({"new": NEW, "again": NEW}, "old"),
    PROFILE: ({"name": "林晓", "phone": "13900139000"}, "password"),
    FACTOR: ({"code": "000000"}, "password"),
}


@pytest.mark.parametrize("form", FORMS)
def test_eight_wrong_passwords_lock_the_form_and_the_door(
    desk: Desk, at, letters, form: str
) -> None:
    desk.sign_in()
    at(hours=1)  # setting a factor up asks for the password again
    desk.browser.get(FACTOR)
    rest, name = FORMS[form]
    for _turn in range(7):
        wrong = desk.browser.post(form, {**rest, name: WRONG})
        assert wrong.status_code == 422
        assert "当前密码不对" in wrong.content.decode()
    for typed in (WRONG, PASSWORD):  # the eighth; then the right one does not help
        locked = desk.browser.post(form, {**rest, name: typed})
        assert locked.status_code == 429
        assert "15 分钟后再试" in locked.content.decode()
        assert "我的账号" in locked.content.decode(), "the form itself, not the page of the door"
    assert Desk(desk.operator, Client()).sign_in().status_code == 429
    assert sum("暂时锁定" in letter.subject for letter in letters()) == 1
    at(hours=2)
    AccessAttempt.objects.update(attempt_time="2026-01-01T00:00:00Z")  # axes has a clock of its own
    assert (
        desk.browser.post(PASSWORDS, {"old": PASSWORD, "new": NEW, "again": NEW}).status_code == 302
    )


def test_wrong_passwords_at_the_door_count_inside_too(desk: Desk) -> None:
    desk.sign_in()
    for _turn in range(8):
        Desk(desk.operator, Client()).sign_in(password=WRONG)
    answer = desk.browser.post(PASSWORDS, {"old": PASSWORD, "new": NEW, "again": NEW})
    assert answer.status_code == 429
    assert Operator.objects.get().check_password(PASSWORD)
    # The control: what needs no password goes on.
    named = desk.browser.post(PROFILE, {"name": "林小晓", "phone": "13800138000"})
    assert named.status_code == 302


def test_what_is_no_guess_does_not_count(desk: Desk) -> None:
    desk.sign_in()
    desk.browser.post(PASSWORDS, {"old": PASSWORD, "new": NEW, "again": NEW + "x"})
    desk.browser.post(PASSWORDS, {"old": PASSWORD, "new": "short", "again": "short"})
    desk.browser.post(PROFILE, {"name": "林晓", "phone": "13900139000"})
    assert not AccessAttempt.objects.exists()


def test_nothing_of_what_was_typed_is_kept(desk: Desk, at) -> None:
    desk.sign_in()
    at(hours=1)
    desk.browser.get(FACTOR)
    for page, (rest, name) in FORMS.items():
        desk.browser.post(page, {**rest, name: WRONG})
    kept = " ".join(str(row.__dict__) for row in AccessAttempt.objects.all())
    assert AccessAttempt.objects.get().failures_since_start == 3
    for secret in (WRONG, NEW, "13900139000", "000000"):
        assert secret not in kept
    assert SecondFactor.objects.get().pending_secret not in kept
