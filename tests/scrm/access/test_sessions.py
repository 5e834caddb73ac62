"""Devices: seen, ended from elsewhere, ended by idleness, ended by a new password."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client

from scrm.access.models import Operator, OperatorSession
from scrm.access.signin.rules import device_label
from tests.scrm.access.conftest import PASSWORD, SIGN_IN, Desk

SESSIONS = "/console/account/sessions/"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile Safari/604.1"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (CHROME, "Chrome · Windows"),
        (IPHONE, "Safari · iPhone"),
        (CHROME + " Edg/131.0", "Edge · Windows"),
        (CHROME + " wxwork/4.1 MicroMessenger/7", "企业微信 · Windows"),
        ("curl/8", ""),
        ("", ""),
    ],
)
def test_devices_are_named_by_browser_and_system(said: str, shown: str) -> None:
    assert device_label(said) == shown


@pytest.fixture
def phone(desk: Desk) -> Desk:
    """The same person on another device."""
    found = Desk(desk.operator, Client(headers={"User-Agent": IPHONE}, REMOTE_ADDR="10.1.2.3"))
    found.sign_in()
    return found


def test_the_list_shows_device_address_and_which_one_is_here(desk: Desk, phone: Desk) -> None:
    desk.sign_in()
    page = desk.browser.get(SESSIONS).content.decode()
    assert "Safari · iPhone" in page
    assert "10.1.2.3" in page
    assert page.count("本设备") == 1
    for row in OperatorSession.objects.all():
        assert row.session_key not in page  # the key itself opens the session


def test_one_device_is_signed_out_from_another(desk: Desk, phone: Desk) -> None:
    desk.sign_in()
    row = OperatorSession.objects.get(ip="10.1.2.3")
    assert phone.browser.get("/console/").status_code == 200
    desk.browser.post(SESSIONS, {"session": row.public_id})
    assert phone.browser.get("/console/")["Location"] == SIGN_IN
    assert desk.browser.get("/console/").status_code == 200


def test_all_others_are_signed_out_at_once(desk: Desk, phone: Desk) -> None:
    tablet = Desk(desk.operator, Client())
    tablet.sign_in()
    desk.sign_in()
    answer = desk.browser.post(SESSIONS, follow=True)
    assert "2 台其他设备" in answer.content.decode()
    assert OperatorSession.objects.count() == 1
    for other in (phone, tablet):
        assert other.browser.get("/console/")["Location"] == SIGN_IN
    assert desk.browser.get("/console/").status_code == 200


def test_nobody_ends_somebody_elses_session(desk: Desk, phone: Desk) -> None:
    wang = Operator.objects.create_user(email="wang@example.com", password=PASSWORD)
    stranger = Client()
    stranger.force_login(wang, backend="django.contrib.auth.backends.ModelBackend")
    row = OperatorSession.objects.get(ip="10.1.2.3")
    assert stranger.post(SESSIONS, {"session": row.public_id}).status_code == 404
    assert stranger.post(SESSIONS, {"session": "ses_none"}).status_code == 404
    stranger.post(SESSIONS)
    assert phone.browser.get("/console/").status_code == 200


def test_twelve_hours_without_a_request_end_the_session(desk: Desk, at) -> None:
    desk.sign_in()
    for hours in (11, 22):
        at(hours=hours)
        assert desk.browser.get("/console/").status_code == 200
    at(hours=34, minutes=1)
    assert desk.browser.get("/console/")["Location"] == SIGN_IN
    assert not OperatorSession.objects.exists()


def test_no_session_lives_longer_than_a_week(desk: Desk, at) -> None:
    desk.sign_in()
    for hours in range(11, 24 * 7, 11):
        at(hours=hours)
        assert desk.browser.get("/console/").status_code == 200
    at(hours=24 * 7 + 1)
    assert desk.browser.get("/console/")["Location"] == SIGN_IN


def test_a_page_costs_no_write_within_two_minutes(
    desk: Desk, at, django_assert_num_queries
) -> None:
    desk.sign_in()
    seen = OperatorSession.objects.get().last_seen_at
    at(minutes=1)
    with django_assert_num_queries(3):  # the session, the person, their brands
        desk.browser.get("/console/")
    assert OperatorSession.objects.get().last_seen_at == seen
    at(minutes=3)
    desk.browser.get("/console/")
    assert OperatorSession.objects.get().last_seen_at > seen


def test_signing_out_takes_the_line_away(desk: Desk) -> None:
    desk.sign_in()
    desk.browser.post("/console/sign-out/")
    assert not OperatorSession.objects.exists()


def test_a_session_that_is_ended_cannot_be_written_back(desk: Desk, phone: Desk) -> None:
    """A request that was under way while its session was ended does not bring it back."""
    session = phone.browser.session
    session["late"] = "write"
    desk.sign_in()
    desk.browser.post(SESSIONS)
    store = import_module(django_settings.SESSION_ENGINE)
    with pytest.raises(UpdateError):
        session.save()
    assert not store.SessionStore().exists(session.session_key)
