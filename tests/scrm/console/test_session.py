from __future__ import annotations

from django.test import Client

from scrm.access.models import Operator
from tests.scrm.console.conftest import House

SIGN_IN = "/console/sign-in/"
GOOD = {"username": "lin@example.com", "password": "long-enough-1"}


def test_the_right_password_opens_the_brands(client: Client, house: House) -> None:
    response = client.post(SIGN_IN, GOOD, follow=True)
    assert response.redirect_chain == [("/console/", 302)]
    body = response.content.decode()
    assert "木棉家纺" in body
    assert "茶屿" in body


def test_a_wrong_answer_never_says_which_part_was_wrong(client: Client, house: House) -> None:
    wrong = client.post(SIGN_IN, {**GOOD, "password": "nope"})
    unknown = client.post(SIGN_IN, {"username": "who@example.com", "password": "nope"})
    assert wrong.status_code == unknown.status_code == 422
    for response in (wrong, unknown):
        assert "账号或密码不对" in response.content.decode()


def test_many_wrong_answers_lock_for_a_while(client: Client, house: House) -> None:
    for _turn in range(8):
        last = client.post(SIGN_IN, {**GOOD, "password": "nope"})
    assert last.status_code == 429
    assert "15 分钟后再试" in last.content.decode()
    for typed in ("lin@example.com", " LIN@Example.com "):
        assert client.post(SIGN_IN, {**GOOD, "username": typed}).status_code == 429
    other = {"username": "wang@example.com", "password": "long-enough-1"}
    assert client.post(SIGN_IN, other).status_code == 302


def test_sign_in_goes_back_to_our_own_pages_only(client: Client, house: House) -> None:
    inside = client.post(
        f"{SIGN_IN}?next=/console/mumian/jobs/", {**GOOD, "next": "/console/mumian/jobs/"}
    )
    assert inside["Location"] == "/console/mumian/jobs/"
    client.logout()
    outside = client.post(SIGN_IN, {**GOOD, "next": "https://evil.example/"})
    assert outside["Location"] == "/console/"


def test_one_brand_is_entered_at_once_and_none_says_whom_to_ask(
    client: Client, house: House
) -> None:
    client.force_login(house.wang, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/console/")["Location"] == "/console/mumian/"
    nobody = Operator.objects.create_user(email="new@example.com", password="long-enough-1")
    client.force_login(nobody, backend="django.contrib.auth.backends.ModelBackend")
    assert "还没有加入任何品牌" in client.get("/console/").content.decode()


def test_signing_out_takes_a_post_and_ends_the_session(lin: Client) -> None:
    assert lin.get("/console/sign-out/").status_code == 405
    assert lin.post("/console/sign-out/")["Location"] == SIGN_IN
    assert lin.get("/console/")["Location"] == SIGN_IN


def test_the_language_comes_from_the_profile_not_from_the_browser(
    lin: Client, house: House
) -> None:
    page = lin.get("/console/mumian/jobs/", headers={"Accept-Language": "en"})
    assert '<html lang="zh-CN"' in page.content.decode()
    back = lin.post("/console/preferences/", {"language": "en", "next": "/console/mumian/jobs/"})
    assert back["Location"] == "/console/mumian/jobs/"
    house.lin.refresh_from_db()
    assert house.lin.language == "en"
    assert '<html lang="en"' in lin.get("/console/mumian/jobs/").content.decode()


def test_preferences_take_known_values_and_never_lead_away(lin: Client, house: House) -> None:
    response = lin.post(
        "/console/preferences/",
        {"language": "xx", "density": "compact", "rise": "<b>", "next": "https://evil.example/"},
    )
    assert response["Location"] == "/console/"
    assert response.cookies["console_density"].value == "compact"
    assert "console_rise" not in response.cookies
    house.lin.refresh_from_db()
    assert house.lin.language == "zh-hans"
    assert 'data-density="compact"' in lin.get("/console/mumian/jobs/").content.decode()


def test_the_cookie_speaks_before_anybody_has_signed_in(client: Client, db: None) -> None:
    assert (
        '<html lang="zh-CN"'
        in client.get(SIGN_IN, headers={"Accept-Language": "en"}).content.decode()
    )
    client.post("/console/preferences/", {"language": "en", "next": SIGN_IN})
    assert '<html lang="en"' in client.get(SIGN_IN).content.decode()
