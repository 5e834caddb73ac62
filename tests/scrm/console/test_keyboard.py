"""A day without a mouse: list → drawer → act → undo, and nothing while an input method composes."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from members.tags.models import MemberTag
from scrm.console.models import SavedView
from scrm.tenants.context import tenant_scope
from tests.factories.members import member, order
from tests.scrm.console.conftest import House, house_made
from tests.support.soundness import RULES, SIZES, screen

pytestmark = pytest.mark.browser
KIT = "/console/kit/"


@pytest.fixture
def house(transactional_db: None) -> House:
    made = house_made()
    with tenant_scope(made.mumian):
        for number in range(4):
            member(phone=f"1391111000{number}", display_name=f"乐迷{number}")
        order(external_id="TB20261122", phone="13911110000")
    return made


def session(house: House) -> dict[str, str]:
    client = Client()
    client.force_login(house.lin, backend="django.contrib.auth.backends.ModelBackend")
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}


def worn(house: House) -> list[str]:
    with tenant_scope(house.mumian):
        return list(MemberTag.objects.values_list("tag__name", flat=True))


def test_list_drawer_act_undo_by_keyboard_alone(
    live_server: Any, browser: Browser, house: House
) -> None:
    errors: list[str] = []
    with screen(browser, width=1440, cookies=session(house), url=live_server.url) as page:
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        address = f"{live_server.url}/console/mumian/members/list/"
        page.goto(address)
        keys = page.keyboard
        keys.press("j")
        keys.press("j")
        name = page.locator("tr.is-current .person > b")
        second = name.inner_text()
        keys.press("Enter")
        drawer = page.locator("#drawer")
        expect(drawer.locator("h2")).to_have_text(second)
        assert page.url == address  # the drawer leaves the address alone
        keys.press("j")  # the glance steps on with the rows below it
        expect(drawer.locator("h2")).not_to_have_text(second)
        keys.press("k")
        expect(drawer.locator("h2")).to_have_text(second)
        # Act: Shift+Tab from the way in goes to the foot, where the acts stand.
        drawer.get_by_role("link", name="打标签").focus()
        keys.press("Enter")
        box = drawer.locator("[name=tags]")
        expect(box).to_be_focused()
        keys.type("爱茶")
        keys.press("Enter")
        toast = page.locator(".toast-box")
        expect(toast).to_contain_text("已打上 1 个标签")
        assert worn(house) == ["爱茶"]
        assert page.url == address
        keys.press("z")
        expect(page.locator(".toast-box")).to_contain_text("已撤销")
        assert worn(house) == []
        assert errors == []


def test_rows_are_chosen_and_acted_on_by_keyboard(
    live_server: Any, browser: Browser, house: House
) -> None:
    with screen(browser, width=1440, cookies=session(house), url=live_server.url) as page:
        page.goto(f"{live_server.url}/console/mumian/members/list/")
        keys = page.keyboard
        for key in ("j", "x", "j", "x"):
            keys.press(key)
        expect(page.locator("[data-bulk-count]")).to_have_text("2")
        keys.press("b")
        keys.press("Enter")
        expect(page.locator("#drawer")).to_contain_text("2 位会员")
        keys.press("Escape")
        expect(page.locator("#drawer")).to_be_hidden()
        keys.press("e")
        expect(page.locator("#drawer [name=display_name]")).to_be_focused()
        keys.press("Escape")
        keys.press("/")
        expect(page.locator("[data-search]")).to_be_focused()
        keys.type("?j")  # letters in a box are letters
        expect(page.locator("#keys-help")).to_be_hidden()


def test_help_and_palette_open_by_key_and_paste_goes_straight_there(
    live_server: Any, browser: Browser, house: House
) -> None:
    with screen(browser, width=1440, cookies=session(house), url=live_server.url) as page:
        page.goto(f"{live_server.url}/console/mumian/members/list/")
        page.keyboard.press("?")
        expect(page.locator("#keys-help")).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("Control+k")
        expect(page.locator("#palette")).to_contain_text("新建会员")
        page.keyboard.type("乐迷")
        expect(page.locator(".palette-kind").first).to_have_text("会员")
        page.keyboard.press("Control+a")
        page.evaluate(
            """document.querySelector('#palette input').dispatchEvent(
                 new ClipboardEvent('paste', {bubbles: true}))"""
        )
        page.keyboard.insert_text("TB20261122")
        page.wait_for_url("**/orders/ord_*/")
        expect(page.locator("h1")).to_contain_text("TB20261122")


def test_no_key_counts_while_an_input_method_composes(
    live_server: Any, page: Page, house: House
) -> None:
    page.goto(live_server.url + KIT)
    page.evaluate(
        "document.body.dispatchEvent(new CompositionEvent('compositionstart', {bubbles: true}))"
    )
    page.keyboard.press("j")
    page.keyboard.press("?")
    assert page.locator("tr.is-current").count() == 0
    expect(page.locator("#keys-help")).to_be_hidden()
    page.evaluate(
        "document.body.dispatchEvent(new CompositionEvent('compositionend', {bubbles: true}))"
    )
    page.keyboard.press("j")
    assert page.locator("tr.is-current").count() == 1
    # 229 is what the key event says while the method's own window has it.
    page.evaluate(
        """document.body.dispatchEvent(new KeyboardEvent('keydown',
             {key: '?', keyCode: 229, bubbles: true}))"""
    )
    expect(page.locator("#keys-help")).to_be_hidden()


def test_a_part_that_cannot_be_fetched_says_so_where_it_would_stand(
    live_server: Any, page: Page
) -> None:
    page.goto(live_server.url + KIT)
    page.get_by_text("失败的抽屉").click()
    banner = page.locator("#drawer .fetch-failed")
    expect(banner).to_contain_text("出错了")
    expect(banner.get_by_role("button", name="重试")).to_be_visible()
    page.keyboard.press("Escape")
    # The list: what was there stays, the banner stands above it, and trying again brings the new rows.
    rows = page.locator("#results tbody tr").count()
    page.route("**/console/kit/?q=*", lambda route: route.abort())
    page.locator("[data-search]").fill("王")
    banner = page.locator("#listing .fetch-failed")
    expect(banner).to_contain_text("网络不通")
    assert page.locator("#results tbody tr").count() == rows
    page.unroute("**/console/kit/?q=*")
    banner.get_by_role("button", name="重试").click()
    expect(banner).to_be_hidden()
    expect(page.locator("#listing .chip, #results tbody tr").first).to_contain_text("王")
    expect(page).to_have_url(f"{live_server.url}{KIT}?q=%E7%8E%8B")


def test_a_slow_part_shows_a_skeleton_and_a_lost_network_a_bar(
    live_server: Any, page: Page
) -> None:
    held: list[Any] = []
    page.goto(live_server.url + KIT)
    page.route("**/console/kit/part/drawer/", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks the handler
    page.get_by_text("打开抽屉").click()
    expect(page.locator("#drawer .skeleton")).to_be_visible()
    held[0].continue_()
    expect(page.locator("#drawer .timeline").first).to_be_visible()
    page.keyboard.press("Escape")
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()


def test_undo_waits_while_one_points_at_it(live_server: Any, page: Page) -> None:
    page.clock.install()
    page.goto(live_server.url + KIT)
    page.locator("[data-toast-sample=success]").click()
    toast = page.locator(".toast-box")
    page.clock.fast_forward(9_000)
    toast.hover()
    page.clock.fast_forward(20_000)
    expect(toast).to_be_visible()
    page.mouse.move(700, 10)
    page.clock.fast_forward(10_500)
    expect(toast).to_be_hidden()


@pytest.mark.parametrize("width", SIZES)
def test_open_dialogs_are_sound(
    live_server: Any, browser: Browser, house: House, width: int
) -> None:
    """axe on what a page hides until it is asked for."""
    from axe_playwright_python.sync_playwright import Axe

    with screen(browser, width=width, cookies=session(house), url=live_server.url) as page:
        page.goto(f"{live_server.url}/console/mumian/members/list/?q=乐迷")

        def faults() -> list[str]:
            page.wait_for_timeout(250)
            found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
            return [
                f"{rule['id']}: {rule['nodes'][0]['target']}"
                for rule in found.response["violations"]
            ]

        page.locator("#results tbody tr td").nth(3).click()
        expect(page.locator("#drawer .glance")).to_be_visible()
        assert faults() == []
        page.keyboard.press("Escape")
        page.locator("summary.bell").click()
        expect(page.locator(".notice-none")).to_be_visible()
        assert faults() == []
        page.keyboard.press("Control+k")
        expect(page.locator(".palette-hit").first).to_be_visible()
        assert faults() == []
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        page.get_by_text("保存视图").click()
        page.fill("#drawer [name=name]", "乐迷们")
        page.keyboard.press("Enter")
        expect(page.locator(".view-tab[aria-current]")).to_contain_text("乐迷们")
        assert faults() == []
        with tenant_scope(house.mumian):
            assert SavedView.objects.count() == 1
