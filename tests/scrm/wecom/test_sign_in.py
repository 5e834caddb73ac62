"""Scanning with WeCom: bound to the browser that asked, once, and only for people the brand knows."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
import requests
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from scrm.access.models import Operator, OperatorSession
from scrm.access.services import membership_grant
from scrm.access.signin.factors import factor_begin, factor_confirm
from scrm.access.signin.scanned import scanned_bind
from scrm.core import clock
from scrm.core.errors import InvalidValue, NotFound
from scrm.events.models import AuditLog
from scrm.tenants.context import no_tenant, tenant_scope
from scrm.tenants.models import Tenant
from scrm.wecom.errors import WeComRefused
from scrm.wecom.gateway import Gateway
from scrm.wecom.models import WeComCorp
from scrm.wecom.sandbox.control import SandboxControl
from tests.scrm.wecom.conftest import AGENT, CORP
from tests.support.api import tenant

START = "/console/sign-in/wecom/"
BACK = "/console/sign-in/wecom/back/"
ACCOUNT = "/console/account/wecom/"
PASSWORD = "long-enough-1"


@pytest.fixture
def door(corp: WeComCorp, sandbox: SandboxControl, settings) -> Tenant:
    settings.WECOM_LOGIN_URL = sandbox.base_url
    return corp.tenant


@pytest.fixture
def lin(door: Tenant) -> Operator:
    lin = Operator.objects.create_user(email="lin@example.com", password=PASSWORD, name="林晓")
    membership_grant(operator=lin, tenant=door, roles=["member_ops"])
    scanned_bind(operator=lin, tenant=door, userid="li.na")
    return lin


def scan_url(page: str) -> str:
    found = re.search(r'href="([^"]*/wwlogin/sso/login[^"]*)"', page)
    assert found is not None, page
    return found[1].replace("&amp;", "&")


def picked(url: str, userid: str) -> str:
    """The address to which the sandbox sends the browser once this member has scanned."""
    answer = requests.get(url, params={"userid": userid}, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    target = urlsplit(answer.headers["location"])
    return f"{target.path}?{target.query}"


def scanned(browser: Client, userid: str, **query: str) -> str:
    with no_tenant():
        page = browser.get(START, {"brand": "qinghe", **query})
    assert page.status_code == 200
    return picked(scan_url(page.content.decode()), userid)


def test_a_bound_member_scans_and_is_in(door: Tenant, lin: Operator, client: Client) -> None:
    back = scanned(client, "li.na")
    with no_tenant():
        answer = client.get(back)
        assert answer["Location"] == "/console/qinghe/"
        assert client.get("/console/").status_code == 302
        assert client.session["_auth_user_id"] == str(lin.pk)
    assert OperatorSession.objects.get().by == "wecom"


def test_the_sandbox_shows_who_may_scan(door: Tenant, client: Client) -> None:
    url = scan_url(client.get(START, {"brand": "qinghe"}).content.decode())
    page = requests.get(url, timeout=5)
    assert "李娜" in page.text
    assert "王武" in page.text
    assert "script-src" not in page.headers["content-security-policy"]


def test_an_unknown_member_gets_a_page_that_says_what_to_do(
    door: Tenant, lin: Operator, client: Client
) -> None:
    answer = client.get(scanned(client, "wang.wu"))
    assert answer.status_code == 403
    assert "wang.wu" in answer.content.decode()
    assert "还没有绑定账号" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_somebody_from_outside_the_corp_is_nobody(
    door: Tenant, lin: Operator, client: Client
) -> None:
    answer = client.get(scanned(client, "*"))
    assert answer.status_code == 403
    assert "不是这个企业的成员" in answer.content.decode()


def test_a_closed_account_does_not_open_by_scanning(
    door: Tenant, lin: Operator, client: Client
) -> None:
    Operator.objects.update(is_active=False)
    assert client.get(scanned(client, "li.na")).status_code == 403


def test_who_was_put_out_of_the_brand_does_not_come_in_by_its_wecom(
    door: Tenant, lin: Operator, client: Client
) -> None:
    lin.memberships.update(deactivated_at=clock.now())
    assert client.get(scanned(client, "li.na")).status_code == 403
    assert "_auth_user_id" not in client.session
    lin.memberships.update(deactivated_at=None)
    assert client.get(scanned(client, "li.na")).status_code == 302  # the control


def test_a_scan_opens_the_brand_of_its_wecom_and_no_other(
    door: Tenant, lin: Operator, client: Client
) -> None:
    """Each brand says who is who in its WeCom: that must not open other brands of the person."""
    other = tenant(slug="zhulan")
    membership_grant(operator=lin, tenant=other, roles=["tenant_admin"])
    back = scanned(client, "li.na")
    with no_tenant():
        client.get(back)
        assert client.get("/console/qinghe/").status_code == 200
        assert client.get("/console/zhulan/").status_code == 404
        # A new authenticator would shut the person out of the account: it takes the password.
        assert 'name="password"' in client.get("/console/account/second-factor/").content.decode()
        client.logout()
        client.post("/console/sign-in/", {"username": lin.email, "password": PASSWORD})
        assert client.get("/console/zhulan/").status_code == 200, (
            "the control: the password opens both"
        )
        secret = factor_begin(lin).secret
        factor_confirm(lin, pyotp.TOTP(secret).at(clock.now()))
    back = scanned(client, "li.na")
    with no_tenant(), clock.frozen(clock.now() + timedelta(minutes=1)):
        client.get(back)
        code = pyotp.TOTP(secret).at(clock.now())
        client.post("/console/sign-in/second-step/", {"code": code})
        assert client.get("/console/zhulan/").status_code == 200, (
            "their own authenticator opens both"
        )


def test_a_scan_belongs_to_the_browser_that_asked(
    door: Tenant, lin: Operator, client: Client
) -> None:
    """Nobody can be signed in by following somebody else's finished scan."""
    back = scanned(client, "li.na")
    assert Client().get(back).status_code == 400
    victim = Client()
    victim.get(START, {"brand": "qinghe"})  # the victim's own state is another one
    assert victim.get(back).status_code == 400
    assert "_auth_user_id" not in victim.session
    assert client.get(back).status_code == 302  # the control


def test_a_scan_serves_once(door: Tenant, lin: Operator, client: Client) -> None:
    back = scanned(client, "li.na")
    client.get(back)
    client.logout()
    assert client.get(back).status_code == 400


@pytest.mark.parametrize(
    "change", [{"state": "x"}, {"state": ""}, {"code": ""}, {"code": "x" * 600}]
)
def test_a_changed_answer_is_refused(
    door: Tenant, lin: Operator, client: Client, change: dict[str, str]
) -> None:
    back = urlsplit(scanned(client, "li.na"))
    said = {key: values[0] for key, values in parse_qs(back.query).items()}
    assert client.get(back.path, {**said, **change}).status_code == 400
    assert client.get(back.path, said).status_code == 400  # the state is spent


def test_a_code_of_another_scan_is_refused_by_wecom(
    door: Tenant, lin: Operator, client: Client
) -> None:
    back = urlsplit(scanned(client, "li.na"))
    said = {key: values[0] for key, values in parse_qs(back.query).items()}
    answer = client.get(BACK, {**said, "code": "made-up"})
    assert answer.status_code == 400
    assert "没有确认" in answer.content.decode()


def test_the_wait_for_a_scan_ends(door: Tenant, lin: Operator, client: Client) -> None:
    back = scanned(client, "li.na")
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        assert "超时" in client.get(back).content.decode()


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_next_leads_inside_only(door: Tenant, lin: Operator, client: Client, away: str) -> None:
    assert client.get(scanned(client, "li.na", next=away))["Location"] == "/console/qinghe/"


def test_next_leads_inside(door: Tenant, lin: Operator, client: Client) -> None:
    inside = "/console/qinghe/jobs/"
    assert client.get(scanned(client, "li.na", next=inside))["Location"] == inside


def test_scanning_replaces_the_password_not_the_second_factor(
    door: Tenant, lin: Operator, client: Client
) -> None:
    factor_confirm(lin, pyotp.TOTP(factor_begin(lin).secret).at(clock.now()))
    answer = client.get(scanned(client, "li.na"))
    assert answer["Location"] == "/console/sign-in/second-step/"
    assert "_auth_user_id" not in client.session


def test_unknown_and_unbound_brands_look_alike(door: Tenant, client: Client) -> None:
    Tenant.objects.create(slug="unbound", name="未绑定")
    pages = []
    for brand in ("unbound", "no-such-brand"):
        answer = client.get(START, {"brand": brand})
        assert answer.status_code == 422
        pages.append(answer.content.decode().split("<form")[1].replace(brand, "*"))
    assert pages[0] == pages[1]


def test_the_address_of_wecom_is_complete_and_the_brand_is_remembered(
    door: Tenant, client: Client, settings
) -> None:
    settings.PUBLIC_BASE_URL = "https://scrm.example.com"
    url = urlsplit(scan_url(client.get(START, {"brand": "qinghe"}).content.decode()))
    said = {key: values[0] for key, values in parse_qs(url.query).items()}
    assert said["appid"] == CORP
    assert said["agentid"] == str(AGENT)
    assert said["redirect_uri"] == f"https://scrm.example.com{BACK}"
    assert said["state"].isalnum()
    assert len(said["state"]) == 40
    assert "?brand=qinghe" in client.get("/console/sign-in/").content.decode()


# ------------------------------------------------------------------------------------------- binding
def test_a_person_binds_themselves_by_scanning(door: Tenant, lin: Operator, client: Client) -> None:
    with no_tenant():
        client.force_login(lin, backend="django.contrib.auth.backends.ModelBackend")
        client.post(ACCOUNT, {"brand": "qinghe"})
        assert lin.memberships.get().wecom_userid == ""
        url = client.get(f"{ACCOUNT}qinghe/")["Location"]
        assert client.get(picked(url, "wang.wu"))["Location"] == ACCOUNT
    assert lin.memberships.get().wecom_userid == "wang.wu"
    with tenant_scope(door):
        kept = AuditLog.objects.filter(action__startswith="access.wecom")
        assert kept.filter(action="access.wecom_unbound").count() == 1
        assert kept.filter(after={"wecom_userid": "wang.wu"}).count() == 1
        by_hand = kept.exclude(after={"wecom_userid": "li.na"})
        assert [(row.actor_id, row.ip) for row in by_hand] == [(str(lin.pk), "127.0.0.1")] * 2


def test_a_scan_for_binding_signs_nobody_in(door: Tenant, lin: Operator, client: Client) -> None:
    client.force_login(lin, backend="django.contrib.auth.backends.ModelBackend")
    back = picked(client.get(f"{ACCOUNT}qinghe/")["Location"], "wang.wu")
    client.logout()
    assert client.get(back).status_code == 400
    assert lin.memberships.get().wecom_userid == "li.na"


def test_one_member_is_one_person(door: Tenant, lin: Operator) -> None:
    wang = Operator.objects.create_user(email="wang@example.com", password=PASSWORD)
    with pytest.raises(NotFound):
        scanned_bind(operator=wang, tenant=door, userid="li.na")
    membership_grant(operator=wang, tenant=door, roles=[])
    with pytest.raises(InvalidValue, match="其他同事"):
        scanned_bind(operator=wang, tenant=door, userid="li.na")


def test_nobody_binds_in_a_brand_they_do_not_serve(door: Tenant, client: Client) -> None:
    wang = Operator.objects.create_user(email="wang@example.com", password=PASSWORD)
    client.force_login(wang, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(f"{ACCOUNT}qinghe/").status_code == 404
    assert client.post(ACCOUNT, {"brand": "qinghe"}).status_code == 404


def test_the_page_asks_no_more_for_many_brands_than_for_one(
    door: Tenant, lin: Operator, client: Client
) -> None:
    client.force_login(lin, backend="django.contrib.auth.backends.ModelBackend")
    client.get(ACCOUNT)
    with CaptureQueriesContext(connection) as one:
        client.get(ACCOUNT)
    brands = [tenant() for _number in range(4)]
    for brand in brands:
        membership_grant(operator=lin, tenant=brand, roles=["member_ops"])
    with CaptureQueriesContext(connection) as many:
        page = client.get(ACCOUNT).content.decode()
    assert all(brand.name in page for brand in brands)
    assert len(many) == len(one)
    bare = client.get(f"{ACCOUNT}{brands[0].slug}/", follow=True)
    assert "这个品牌没有接入企业微信" in bare.content.decode()


# ------------------------------------------------------------------------------------------- sandbox
def ask(sandbox: SandboxControl, **query: str) -> requests.Response:
    said = {
        "appid": CORP,
        "agentid": str(AGENT),
        "redirect_uri": "https://scrm.example.com/back",
        "state": "abc",
        **query,
    }
    address = f"{sandbox.base_url}/wwlogin/sso/login"
    return requests.get(address, params=said, allow_redirects=False, timeout=5)


@pytest.mark.parametrize(
    ("query", "errcode"),
    [
        ({"appid": "ww0"}, "40013"),
        ({"agentid": "7"}, "40056"),
        ({"state": "a-b"}, "40035"),
        ({"state": "a" * 129}, "40035"),
        ({"redirect_uri": "javascript:alert(1)"}, "50001"),
        ({"userid": "nobody"}, "60111"),
    ],
)
def test_the_sandbox_refuses_what_wecom_refuses(
    sandbox: SandboxControl, query: dict[str, str], errcode: str
) -> None:
    answer = ask(sandbox, **query)
    assert answer.status_code == 400
    assert errcode in answer.text


def test_a_code_is_alive_for_five_minutes_and_one_question(
    gateway: Gateway, sandbox: SandboxControl
) -> None:
    def code() -> str:
        location = ask(sandbox, userid="li.na").headers["location"]
        return parse_qs(urlsplit(location).query)["code"][0]

    first = code()
    assert gateway.member_by_code(first) == "li.na"
    with pytest.raises(WeComRefused, match="42022"):
        gateway.member_by_code(first)
    late = code()
    sandbox.clock_advance(301)
    with pytest.raises(WeComRefused, match="42003"):
        gateway.member_by_code(late)
    with pytest.raises(WeComRefused, match="40029"):
        gateway.member_by_code("made-up")
