"""The frame and the kit in Chromium, under the production content policy."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from tests.scrm.console.conftest import House, house_made
from tests.support.soundness import SIZES, faults_of, screen

pytestmark = pytest.mark.browser

KIT = "/console/kit/"


@pytest.fixture
def house(transactional_db: None) -> House:
    return house_made()


def _session(house: House) -> dict[str, str]:
    client = Client()
    client.force_login(house.lin, backend="django.contrib.auth.backends.ModelBackend")
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}


@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize(
    "path",
    [
        KIT,
        "/console/sign-in/",
        "/console/sign-in/wecom/",
        "/console/forgotten/",
    ],
)
def test_an_open_page_is_sound(live_server: Any, browser: Browser, width: int, path: str) -> None:
    with screen(browser, width=width) as page:
        assert faults_of(page, live_server.url + path) == []


@pytest.mark.parametrize("width", SIZES)
def test_the_own_pages_are_sound(
    live_server: Any, browser: Browser, house: House, width: int
) -> None:
    with screen(browser, width=width, cookies=_session(house), url=live_server.url) as page:
        for path in (
            "/console/",
            "/console/account/",
            "/console/account/password/",
            "/console/account/second-factor/",
            "/console/account/sessions/",
            "/console/account/wecom/",
            "/console/mumian/jobs/",
            "/console/mumian/audit/",
            "/console/mumian/search/?q=x",
        ):
            assert faults_of(page, live_server.url + path, settle_ms=200) == [], path


def test_signing_in_leads_to_the_brands_and_errors_take_the_focus(
    live_server: Any, page: Page, house: House
) -> None:
    page.goto(f"{live_server.url}/console/mumian/jobs/")
    page.fill("[name=username]", "lin@example.com")
    page.fill("[name=password]", "wrong")
    page.click("button:has-text('登录')")
    expect(page.get_by_role("alert")).to_contain_text("账号或密码不对")
    page.fill("[name=username]", "lin@example.com")
    page.fill("[name=password]", "long-enough-1")
    page.click("button:has-text('登录')")
    expect(page.locator("h1")).to_have_text("任务中心")
    page.click(".brand-switch summary")
    page.click(".brand-switch a:has-text('茶屿')")
    expect(page).to_have_url(f"{live_server.url}/console/chayu/jobs/")


def test_filters_live_in_the_address_and_the_back_button_shows_a_whole_page(
    live_server: Any, page: Page
) -> None:
    page.goto(live_server.url + KIT)
    menu = page.locator("#listing details.filter").first
    menu.locator("summary").click()
    menu.locator("label", has_text="银卡").click()
    expect(page.locator("#listing .chip")).to_have_text(
        "等级：银卡 去掉条件 等级：银卡".replace(" 去", "去")
    )
    expect(page).to_have_url(f"{live_server.url}{KIT}?tier=0")
    page.locator("[data-search]").fill("王")
    expect(page).to_have_url(f"{live_server.url}{KIT}?q=%E7%8E%8B&tier=0")
    page.locator("#listing .chip a").click()
    expect(page).to_have_url(f"{live_server.url}{KIT}?q=%E7%8E%8B")
    page.go_back()
    expect(page.locator("h1")).to_have_text("组件库")
    expect(page.locator("#listing .chip")).to_have_count(1)
    page.reload()
    expect(page.locator("#listing .chip")).to_have_count(1)


def test_choosing_rows_states_the_blast_radius(live_server: Any, page: Page) -> None:
    page.goto(live_server.url + KIT)
    page.locator("[data-check]").nth(1).check()
    page.locator("[data-check]").nth(2).check()
    bar = page.locator("[data-bulk]")
    expect(bar.locator("[data-bulk-count]")).to_have_text("2")
    bar.locator("[data-bulk-all]").click()
    expect(bar.locator("[data-bulk-count]")).to_have_text("60")
    with page.expect_request(lambda request: "scope=all" in request.url):
        bar.get_by_text("打标签").click()
    expect(page.locator("#drawer")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()
    bar.locator("[data-bulk-clear]").click()
    expect(bar).to_be_hidden()


def test_nothing_is_searched_while_characters_are_composed(live_server: Any, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(live_server.url + KIT)
    page.locator("[data-search]").focus()
    page.evaluate(
        "document.activeElement.dispatchEvent(new CompositionEvent('compositionstart', {bubbles: true}))"
    )
    page.keyboard.type("wang")
    page.wait_for_timeout(600)
    assert not [url for url in asked if "q=" in url]
    page.evaluate(
        "document.activeElement.dispatchEvent(new CompositionEvent('compositionend', {bubbles: true}))"
    )
    expect(page).to_have_url(f"{live_server.url}{KIT}?q=wang")


def test_progress_moves_and_stops_by_itself(live_server: Any, page: Page) -> None:
    page.goto(live_server.url + KIT)
    job = page.locator(".job").first
    expect(job).to_contain_text("剩余")
    expect(job).to_contain_text("已完成", timeout=12_000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2_600)
    assert not asked


def test_the_phone_has_a_drawer_for_the_navigation(live_server: Any, browser: Browser) -> None:
    with screen(browser, width=390) as page:
        page.goto(live_server.url + KIT)
        expect(page.locator("#nav")).to_be_hidden()
        page.click("[data-nav-toggle]")
        expect(page.locator("#nav")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#nav")).to_be_hidden()
        first = page.locator(".listing .data-table tbody tr").first
        assert first.evaluate("node => getComputedStyle(node).display") == "flex"
        expect(first.locator("td").nth(2)).to_have_attribute("data-label", "等级")


def test_charts_are_drawn_only_where_there_is_one(live_server: Any, page: Page) -> None:
    page.goto(live_server.url + KIT)
    expect(page.locator("[data-chart] canvas").first).to_be_visible()
    assert page.locator("[data-chart]").count() == page.locator("[data-chart]:has(canvas)").count()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{live_server.url}/console/sign-in/")
    assert not [url for url in asked if "echarts" in url]
