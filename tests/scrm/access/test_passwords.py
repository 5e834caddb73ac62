"""New passwords, by the old one or by a link; what may not be one; what the letters may not carry."""

from __future__ import annotations

import re

import pytest
from django.core import mail as outbox
from django.test import Client

from scrm.access.models import Mail, Operator, ResetLink
from scrm.access.signin.mail import mail_queue, mails_send
from scrm.access.signin.profile import profile_change
from scrm.core.errors import InvalidValue
from tests.scrm.access.conftest import PASSWORD, SIGN_IN, Desk, link_in

PASSWORDS = "/console/account/password/"
FORGOTTEN = "/console/forgotten/"
NEW = "correct-horse-9"


@pytest.mark.parametrize(
    "bad",
    ["short-1", "password123", "1234567890", "lin@example.com", "linexample", "13800138000"],
)
def test_short_common_and_similar_passwords_are_refused(desk: Desk, bad: str) -> None:
    desk.sign_in()
    answer = desk.browser.post(PASSWORDS, {"old": PASSWORD, "new": bad, "again": bad})
    assert answer.status_code == 422
    assert Operator.objects.get().check_password(PASSWORD)


def test_a_new_password_ends_the_other_sessions_and_is_told(desk: Desk, letters) -> None:
    other = Desk(desk.operator, Client())
    other.sign_in()
    desk.sign_in()
    before = desk.browser.session.session_key
    answer = desk.browser.post(PASSWORDS, {"old": PASSWORD, "new": NEW, "again": NEW})
    assert answer.status_code == 302
    assert desk.browser.get("/console/").status_code == 200
    assert desk.browser.session.session_key != before
    assert "本设备" in desk.browser.get("/console/account/sessions/").content.decode()
    assert other.browser.get("/console/")["Location"] == SIGN_IN
    assert any("密码已修改" in letter.subject for letter in letters())


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"old": "wrong", "new": NEW, "again": NEW}, "当前密码不对"),
        ({"old": PASSWORD, "new": NEW, "again": NEW + "x"}, "两次输入的新密码不一样"),
        ({"old": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "和当前密码一样"),
    ],
)
def test_what_was_typed_wrong_is_named(desk: Desk, typed: dict[str, str], said: str) -> None:
    desk.sign_in()
    answer = desk.browser.post(PASSWORDS, typed)
    assert answer.status_code == 422
    assert said in answer.content.decode()


# ------------------------------------------------------------------------------------------- by link
def ask(account: str, browser: Client | None = None) -> str:
    """The page that answers, without its CSRF token."""
    answer = (browser or Client()).post(FORGOTTEN, {"account": account})
    assert answer.status_code == 200
    return re.sub(r'(csrfmiddlewaretoken" value|data-csrf)="[^"]*"', "", answer.content.decode())


def test_a_known_and_an_unknown_account_get_the_same_answer(desk: Desk, letters) -> None:
    assert ask("lin@example.com") == ask("nobody@example.com") == ask("13800138000")
    assert ask("13900139000") == ask("what is this") == ask("lin@example.com")
    assert {letter.to[0] for letter in letters()} == {"lin@example.com"}


def test_the_work_is_the_same_too(desk: Desk, django_assert_max_num_queries) -> None:
    """Both write one letter and ring once; only the known one keeps a link."""
    ask("lin@example.com")
    ask("nobody@example.com")
    assert sorted(Mail.objects.values_list("state", flat=True)) == ["dropped", "waiting"]


def test_the_link_sets_a_password_once_and_ends_every_session(desk: Desk, letters) -> None:
    desk.sign_in()
    ask("13800138000")
    link = link_in(letters()[-1].body)
    browser = Client()
    opened = browser.get(link)
    assert opened.status_code == 200
    assert opened.headers["Referrer-Policy"] == "same-origin"
    assert opened.headers["Cache-Control"] == "no-store"
    assert browser.post(link, {"new": "short", "again": "short"}).status_code == 422
    assert browser.post(link, {"new": NEW, "again": NEW})["Location"] == SIGN_IN
    assert desk.browser.get("/console/")["Location"] == SIGN_IN
    assert desk.sign_in().status_code == 422
    assert desk.sign_in(password=NEW).status_code == 302
    assert browser.get(link).status_code == 410
    assert browser.post(link, {"new": NEW + "x", "again": NEW + "x"}).status_code == 410


def test_a_link_expires_after_an_hour(desk: Desk, at, letters) -> None:
    ask("lin@example.com")
    link = link_in(letters()[-1].body)
    at(minutes=59)
    assert Client().get(link).status_code == 200
    at(minutes=61)
    assert Client().get(link).status_code == 410


def test_a_newer_link_closes_the_older_and_three_an_hour_are_enough(desk: Desk, letters) -> None:
    for _turn in range(5):
        ask("lin@example.com")
    links = [link_in(letter.body) for letter in letters()]
    assert len(links) == 3
    assert [Client().get(link).status_code for link in links] == [410, 410, 200]


def test_a_reset_opens_the_locked_door_again(desk: Desk, letters) -> None:
    for _turn in range(8):
        desk.sign_in(password="wrong-wrong-1")
    assert desk.sign_in().status_code == 429
    ask("lin@example.com")
    Client().post(link_in(letters()[-1].body), {"new": NEW, "again": NEW})
    assert desk.sign_in(password=NEW).status_code == 302


def test_a_reset_does_not_go_around_the_second_factor(desk: Desk, at, letters) -> None:
    desk.factor_on()
    ask("lin@example.com")
    Client().post(link_in(letters()[-1].body), {"new": NEW, "again": NEW})
    assert desk.sign_in(password=NEW)["Location"] == "/console/sign-in/second-step/"


def test_only_a_hash_of_the_link_is_kept_and_sent_letters_are_emptied(desk: Desk, letters) -> None:
    ask("lin@example.com")
    token = link_in(letters()[-1].body).rstrip("/").rsplit("/", 1)[-1]
    assert token not in str(ResetLink.objects.values().get())
    row = Mail.objects.get()
    assert (row.state, row.to, row.body) == ("sent", "", "")


def test_the_host_of_the_request_does_not_choose_the_link(desk: Desk, settings, letters) -> None:
    settings.PUBLIC_BASE_URL = "https://scrm.example.com/"
    Client(headers={"Host": "evil.example"}).post(FORGOTTEN, {"account": "lin@example.com"})
    assert "https://scrm.example.com/console/forgotten/" in letters()[-1].body
    assert "evil.example" not in letters()[-1].body


# ------------------------------------------------------------------------------------------- letters
@pytest.mark.parametrize(
    "bad",
    [
        "a\nBcc: x@evil.example",
        "a\r\nX: y",
        "a\rb",
        "a\u2028b",
        "a\u0000b",
        "a\u202eb",
        " ",
        "x" * 61,
    ],
)
def test_a_name_cannot_become_a_header(desk: Desk, bad: str) -> None:
    desk.sign_in()
    answer = desk.browser.post("/console/account/", {"name": bad, "phone": "13800138000"})
    assert answer.status_code == 422
    assert Operator.objects.get().name == "林晓"


@pytest.mark.parametrize("mark", ["\r", "\n", "\r\nBcc: x@evil.example", "\0"])
def test_an_address_and_a_subject_are_one_line(db: None, mark: str) -> None:
    for to, subject in ((f"a@example.com{mark}", "x"), ("a@example.com", f"x{mark}")):
        with pytest.raises(InvalidValue):
            mail_queue(kind="test", to=to, subject=subject, body="")
    assert not Mail.objects.exists()


def test_a_letter_that_fails_waits_and_is_given_up_in_the_end(db: None, at, settings) -> None:
    settings.EMAIL_BACKEND = "tests.scrm.access.test_passwords.Broken"
    mail_queue(kind="test", to="a@example.com", subject="x", body="y")
    at()
    assert mails_send() == 0
    assert mails_send() == 0
    assert Mail.objects.get().tries == 1  # it waits
    for turn in range(1, 8):
        at(hours=turn)
        mails_send()
    row = Mail.objects.get()
    assert (row.state, row.tries, row.to, row.body) == ("failed", 6, "", "")


class Broken:
    """A mail server that is down."""

    def __init__(self, **_options: object) -> None: ...

    def send_messages(self, _messages: object) -> int:
        raise ConnectionRefusedError


# ------------------------------------------------------------------------------------------- profile
def test_a_new_phone_takes_the_password_and_belongs_to_one_person(desk: Desk) -> None:
    desk.sign_in()
    refused = desk.browser.post("/console/account/", {"name": "林晓", "phone": "13900139000"})
    assert "需要输入当前密码" in refused.content.decode()
    page = {"name": "林小晓", "phone": "139 0013 9000", "password": PASSWORD}
    assert desk.browser.post("/console/account/", page).status_code == 302
    assert Operator.objects.get().phone == "13900139000"
    wang = Operator.objects.create_user(email="wang@example.com", password=PASSWORD)
    with pytest.raises(InvalidValue, match="已被其他账号使用"):
        profile_change(wang, name="王", phone="+8613900139000", password=PASSWORD)
    profile_change(wang, name="王", phone="", password="")


def test_the_outbox_is_empty_without_a_worker(desk: Desk) -> None:
    """The control: nothing is sent inside a request."""
    ask("lin@example.com")
    assert outbox.outbox == []
