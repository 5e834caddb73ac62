"""The page where one person plays customer and staff."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from scrm.wecom.sandbox.control_types import FaultRule
from tests.scrm.wecom_sandbox.world import CORP

pytestmark = pytest.mark.browser
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
WAY = {"type": 1, "scene": 2, "user": ["li.na"], "state": "ch_store", "remark": "门店"}


@pytest.fixture
def complaints(page: Page) -> list[str]:
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda m: found.append(m.text) if m.type in ("error", "warning") else None)
    return found


def _fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert Axe().run(page, options=WCAG).response["violations"] == []


def test_a_person_plays_the_whole_loop(page: Page, api, sandbox, complaints) -> None:
    sandbox.clock_real()
    api.sign_in().post("externalcontact/add_contact_way", WAY)
    page.goto(sandbox.base_url)
    expect(page).to_have_title(re.compile("企业微信沙箱"))
    page.get_by_role("button", name="扫码添加", exact=True).click()
    expect(page.locator("#scan-qr")).to_have_js_property("complete", value=True)
    _fits(page)
    page.get_by_label("微信昵称").fill("晨曦")
    page.get_by_role("button", name="扫码添加好友").click()
    expect(page.locator("#chat")).to_contain_text("你已添加了 李娜")
    [scan] = [c for c in sandbox.customers(CORP) if c.name == "晨曦"]
    api.post(
        "externalcontact/add_msg_template",
        {"external_userid": [scan.external_userid], "text": {"content": "周五会员日"}},
    )
    page.get_by_role("button", name="确认发送", exact=True).click()
    expect(page.locator("#chat")).to_contain_text("周五会员日")
    expect(page.locator("#task-list")).to_contain_text("已发送")
    page.get_by_placeholder("以客户身份回复").fill("收到")
    page.get_by_role("button", name="发送", exact=True).click()
    expect(page.locator("#chat .mine")).to_contain_text("收到")
    _fits(page)
    assert complaints == []


def test_faults_are_switched_and_healed_on_the_page(page: Page, sandbox, complaints) -> None:
    page.goto(sandbox.base_url)
    page.get_by_role("tab", name="故障与时钟").click()
    page.locator("select[name=preset]").select_option(label="并发超限 45033")
    page.get_by_role("button", name="开启故障").click()
    expect(page.locator("#fault-rules")).to_contain_text("45033")
    _fits(page)
    assert sandbox.faults() == [FaultRule(kind="errcode", code=45033, times=3, id=1)]
    page.get_by_role("button", name="全部恢复正常").click()
    expect(page.locator("#fault-state")).to_contain_text("一切正常")
    assert complaints == []


def test_it_works_on_a_narrow_screen(page: Page, sandbox, complaints) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(sandbox.base_url)
    page.get_by_role("button", name="客户4", exact=False).first.click()
    expect(page.locator(".phone")).to_be_visible()
    expect(page.locator("#customer-list")).to_be_hidden()
    for area in ("员工", "故障", "日志", "客户"):
        page.locator(".mobile-tabs").get_by_role("button", name=area).click()
        _fits(page)
    assert complaints == []


def test_an_empty_sandbox_says_what_to_do(page: Page, wecom_sandbox, complaints) -> None:
    page.goto(wecom_sandbox.base_url)
    expect(page.locator("#customer-list")).to_contain_text("还没有企业")
    _fits(page)
    assert complaints == []
