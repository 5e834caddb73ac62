"""The door: who gets in, what a stranger learns, and what a session brings along."""

from __future__ import annotations

import pytest
from axes.models import AccessAttempt
from django.db import connection
from django.test import Client

from scrm.access.models import Operator
from scrm.access.phones import phone_normal
from scrm.events.models import AuditLog, Notice
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.tenants.services import SlugTaken, tenant_create
from tests.scrm.access.conftest import SIGN_IN, Desk


@pytest.mark.parametrize(
    "typed",
    ["lin@example.com", " LIN@Example.com ", "13800138000", "+86 138-0013-8000", "8613800138000"],
)
def test_e_mail_and_phone_open_the_same_door_in_any_spelling(desk: Desk, typed: str) -> None:
    assert desk.sign_in(typed)["Location"] == "/console/"
    assert desk.browser.session["_auth_user_id"] == str(desk.operator.pk)


@pytest.mark.parametrize("typed", ["13800138001", "1380013800", "", "138", "1; drop table", "a@b"])
def test_what_is_nobodys_opens_nothing(desk: Desk, typed: str) -> None:
    assert desk.sign_in(typed).status_code == 422
    assert not desk.is_in


def test_the_phone_is_kept_sealed_and_found_by_a_keyed_hash(desk: Desk, db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone, phone_hash FROM access_operator")
        [(sealed, hashed)] = cursor.fetchall()
    assert "138" not in sealed[:3]
    assert sealed.startswith("f1$")
    assert "13800138000" not in hashed
    assert desk.operator.phone == phone_normal("13800138000")


def test_an_unknown_account_a_wrong_password_and_a_closed_account_look_alike(desk: Desk) -> None:
    wrong = desk.sign_in(password="not-the-password")
    unknown = desk.sign_in("nobody@example.com")
    Operator.objects.update(is_active=False)
    closed = desk.sign_in()
    pages = {
        answer.content.decode().split("<form")[1].split("csrfmiddlewaretoken")[0]
        for answer in (wrong, unknown, closed)
    }
    assert {answer.status_code for answer in (wrong, unknown, closed)} == {422}
    assert len(pages) == 1
    for answer in (wrong, unknown, closed):
        assert "账号或密码不对" in answer.content.decode()


def test_signing_in_takes_a_new_session_key_and_nothing_from_the_old_session(desk: Desk) -> None:
    """Session fixation: whatever an attacker planted before is gone afterwards."""
    planted = desk.browser.session
    planted["wecom_scan"] = {"state": "attackers"}
    planted["mfa_at"] = "2026-01-01T00:00:00+00:00"
    planted.save()
    before = planted.session_key
    desk.browser.cookies["sessionid"] = before
    desk.sign_in()
    assert desk.is_in
    assert desk.browser.session.session_key != before
    assert not {"wecom_scan", "mfa_at"} & set(desk.browser.session.keys())
    held_by_the_attacker = Client()
    held_by_the_attacker.cookies["sessionid"] = before
    assert held_by_the_attacker.get("/console/")["Location"] == SIGN_IN


@pytest.mark.parametrize(
    "away",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "///evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        "\thttps://evil.example/",
        "https:///evil.example",
        "http://testserver@evil.example/",
    ],
)
def test_next_never_leads_away(desk: Desk, away: str) -> None:
    assert desk.sign_in(next=away)["Location"] == "/console/"


def test_next_leads_inside(desk: Desk) -> None:
    """The control of the test above."""
    inside = "/console/mumian/jobs/?q=a"
    assert desk.sign_in(next=inside)["Location"] == inside


def test_the_lock_counts_e_mail_and_phone_as_one_account(desk: Desk) -> None:
    for turn in range(8):
        last = desk.sign_in("lin@example.com" if turn % 2 else "13800138000", "wrong-wrong-1")
    assert last.status_code == 429
    assert "账号已暂时锁定" in last.content.decode()
    assert desk.sign_in().status_code == 429
    assert not desk.is_in
    assert desk.browser.get(SIGN_IN).status_code == 200


def test_many_places_share_one_limit_per_account(desk: Desk) -> None:
    """A botnet may not try eight passwords from each address for ever."""
    for turn in range(50):
        browser = Client(REMOTE_ADDR=f"10.0.0.{turn}")
        said = {"username": "lin@example.com", "password": "wrong-wrong-1"}
        assert browser.post(SIGN_IN, said).status_code == 422
    fresh = Desk(desk.operator, Client(REMOTE_ADDR="10.9.9.9"))
    assert fresh.sign_in().status_code == 429
    assert fresh.sign_in("wang@example.com").status_code == 422  # the control: others may try


def test_a_lock_is_told_to_the_person_once_and_written_down(desk: Desk, letters) -> None:
    for _turn in range(11):
        desk.sign_in(password="wrong-wrong-1")
    told = [letter for letter in letters() if "暂时锁定" in letter.subject]
    assert [letter.to for letter in told] == [["lin@example.com"]]
    assert "127.0.0.1" in told[0].body
    for slug in ("mumian", "chayu"):
        with tenant_scope(Tenant.objects.get(slug=slug)):
            assert AuditLog.objects.filter(action="access.locked").count() == 1
            assert Notice.objects.get().operator_id == desk.operator.pk


def test_an_unknown_account_locks_just_the_same(desk: Desk, letters) -> None:
    """Who tries accounts learns nothing from the lock, and nobody is written to."""
    for _turn in range(8):
        last = desk.sign_in("nobody@example.com", "wrong-wrong-1")
    assert last.status_code == 429
    assert letters() == []


def test_attempts_are_kept_without_what_was_typed(desk: Desk) -> None:
    desk.sign_in("13700137000", "wrong-wrong-1")
    desk.sign_in("my-secret-password-typed-in-the-wrong-box", "x")
    kept = " ".join(str(row.__dict__) for row in AccessAttempt.objects.all())
    assert "13700137000" not in kept
    assert "my-secret" not in kept
    assert "wrong-wrong-1" not in kept
    assert AccessAttempt.objects.count() == 2


def test_signing_in_is_in_the_audit_log_of_every_brand(desk: Desk) -> None:
    desk.sign_in()
    for slug in ("mumian", "chayu"):
        with tenant_scope(Tenant.objects.get(slug=slug)):
            row = AuditLog.objects.get(action="access.signed_in")
            assert (row.actor_label, row.ip, row.after) == (
                "林晓",
                "127.0.0.1",
                {"by": "password"},
            )


def test_a_brand_cannot_be_called_like_a_page_of_the_account(db: None) -> None:
    for slug in ("account", "forgotten", "sign-in"):
        with pytest.raises(SlugTaken):
            tenant_create(slug=slug, name="x")
