"""The entrance as a person meets it: second factor set up, used, and a password forgotten."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest
from django.core import mail as outbox
from playwright.sync_api import Page, expect

from scrm.access.models import SecondFactor
from scrm.access.signin.mail import mails_send
from scrm.core import clock
from tests.scrm.access.conftest import PASSWORD, link_in
from tests.scrm.console.conftest import House, house_made

pytestmark = [pytest.mark.browser, pytest.mark.db]
NEW = "correct-horse-9"


@pytest.fixture
def house(transactional_db: None) -> House:
    return house_made()


def sign_in(page: Page, base: str, password: str) -> None:
    page.goto(f"{base}/console/sign-in/")
    page.fill("[name=username]", "lin@example.com")
    page.fill("[name=password]", password)
    page.get_by_role("button", name="登录", exact=True).click()


def test_from_a_forgotten_password_to_a_second_factor(
    live_server: Any, page: Page, house: House
) -> None:
    base = live_server.url
    page.goto(f"{base}/console/sign-in/")
    page.get_by_role("link", name="忘记密码").click()
    page.fill("[name=account]", "lin@example.com")
    page.get_by_role("button", name="发送链接").click()
    expect(page.get_by_role("status").first).to_contain_text("如果这个账号存在")
    mails_send()
    page.goto(base + link_in(outbox.outbox[-1].body))
    page.fill("[name=new]", NEW)
    page.fill("[name=again]", NEW)
    page.get_by_role("button", name="保存新密码").click()
    expect(page.locator(".toasts")).to_contain_text("密码已重设")
    sign_in(page, base, NEW)
    page.goto(f"{base}/console/account/second-factor/")
    secret = page.locator(".account-secret").inner_text()
    page.fill("[name=code]", pyotp.TOTP(secret).at(clock.now()))
    page.get_by_role("button", name="开启两步验证").click()
    expect(page.locator(".account-codes li")).to_have_count(10)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载").click()
    kept = waiting.value.path().read_text(encoding="utf-8")
    code = page.locator(".account-codes code").first.inner_text()
    assert code in kept.splitlines()
    page.get_by_role("button", name="退出登录").click()
    sign_in(page, base, NEW)
    expect(page.locator("h1")).to_have_text("两步验证")
    page.fill("[name=code]", code)
    page.get_by_role("button", name="验证并登录").click()
    expect(page).to_have_url(f"{base}/console/")
    assert SecondFactor.objects.get().confirmed_at is not None
    assert PASSWORD != NEW


def test_a_colleagues_lost_second_factor_is_taken_away_in_a_dialog(
    live_server: Any, page: Page, house: House
) -> None:
    SecondFactor.objects.create(operator=house.wang, secret="S", confirmed_at=clock.now())
    sign_in(page, live_server.url, "long-enough-1")
    page.goto(f"{live_server.url}/console/mumian/people/{house.wang.public_id}/")
    page.get_by_role("link", name="移除两步验证").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("请先核实对方的身份")).to_be_visible()
    # Closed without a word: nothing has happened. So it is without a reason, and the dialog stays.
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("link", name="移除两步验证").click()
    dialog.get_by_role("button", name="移除两步验证").click()
    expect(dialog.locator(".form-error")).to_be_visible()
    assert SecondFactor.objects.filter(operator=house.wang).exists()
    dialog.get_by_label("原因").fill("已打电话核实身份")
    dialog.get_by_role("button", name="移除两步验证").click()
    expect(page.locator(".toasts")).to_contain_text("已移除 王一 的两步验证")
    expect(page.get_by_role("link", name="移除两步验证")).to_have_count(0)
    assert not SecondFactor.objects.filter(operator=house.wang).exists()
