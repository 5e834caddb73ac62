"""The entrance, the account and the letters in English: nothing Chinese is left on them."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from scrm.access.models import Operator
from scrm.access.signin.letters import LETTERS, letter_write
from tests.scrm.access.conftest import FACTOR, SECOND, Desk

# Names of people, brands and languages are written as they are.
_NAMES = re.compile("林晓|木棉家纺|茶屿|简体中文")
_CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


def chinese_in(html: str) -> list[str]:
    """Lines of a page that still hold Chinese."""
    texts = re.sub(r"<svg.*?</svg>|class=\"avatar\"[^<]*", "", html, flags=re.DOTALL).split("<")
    return [text for text in texts if _CHINESE.search(_NAMES.sub("", text))]


@pytest.fixture
def english(desk: Desk) -> Desk:
    Operator.objects.update(language="en")
    desk.operator.refresh_from_db()
    desk.browser.cookies["console_language"] = "en"
    return desk


@pytest.mark.parametrize(
    "path",
    [
        "/console/sign-in/",
        "/console/forgotten/",
        "/console/forgotten/nobodys/",
        "/console/sign-in/wecom/",
        "/console/sign-in/wecom/?brand=none",
        "/console/sign-in/wecom/back/",
    ],
)
def test_the_entrance_speaks_english(english: Desk, path: str) -> None:
    assert chinese_in(english.browser.get(path).content.decode()) == []


def test_what_the_entrance_answers_is_english(english: Desk) -> None:
    answers = [english.sign_in(password="wrong-wrong-1") for _turn in range(8)]
    answers.append(english.browser.post("/console/forgotten/", {"account": "x@example.com"}))
    for answer in answers:
        assert chinese_in(answer.content.decode()) == []


def test_the_account_speaks_english(english: Desk, at) -> None:
    english.sign_in()
    for name in ("", "password/", "second-factor/", "sessions/", "wecom/"):
        for answer in (
            english.browser.get(f"/console/account/{name}"),
            english.browser.post(f"/console/account/{name}", {"brand": "none", "session": "x"}),
        ):
            assert chinese_in(answer.content.decode()) == [], name
    english.secret = english.operator.second_factor.pending_secret
    codes = english.browser.post(FACTOR, {"code": english.code()})
    assert chinese_in(codes.content.decode()) == []
    assert chinese_in(english.browser.get(FACTOR).content.decode()) == []
    other = Desk(english.operator, Client(), english.secret)
    other.browser.cookies["console_language"] = "en"
    other.sign_in()
    for _turn in range(6):
        assert chinese_in(other.browser.get(SECOND).content.decode()) == []
        assert chinese_in(other.browser.post(SECOND, {"code": "1"}).content.decode()) == []


@pytest.mark.parametrize("kind", sorted(LETTERS))
def test_every_letter_speaks_english(english: Desk, letters, kind: str) -> None:
    told = {"link": "https://x/y", "ip": "10.0.0.1", "who": "Wang", "brand": "Cotton"}
    letter_write(kind, operator=english.operator, **told)
    [letter] = letters()
    assert not _CHINESE.search(_NAMES.sub("", letter.subject + letter.body))


def test_chinese_would_be_noticed() -> None:
    """The control."""
    assert chinese_in("<p>登录</p><p>林晓</p>") == ["p>登录"]
