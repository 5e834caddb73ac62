"""Every page of the console in Chromium at a desk and on a phone, and in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polib
import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation
from playwright.sync_api import Browser, expect
from typing_extensions import override

from scrm.access.services import operator_language_set
from tests.browser.filled import Filled, fill
from tests.browser.visits import Visit, pages, parts, visit
from tests.support.soundness import SIZES, faults_of, screen

CATALOGUE = Path(settings.ROOT) / "locale" / "en" / "LC_MESSAGES" / "django.po"
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Languages are named in themselves.
_OWN_NAMES = {"简体中文"}


@pytest.fixture
def shop(transactional_db: None) -> Filled:
    return fill("shop", size=7)


@pytest.mark.browser
@pytest.mark.slow
def test_every_page_is_sound(live_server: Any, browser: Browser, shop: Filled) -> None:
    """axe finds nothing, nothing is said on the console under the production policy, nothing scrolls sideways."""
    faults: list[str] = []
    for width in SIZES:  # of one shop: filling it costs as much as looking at ten pages
        with screen(browser, width=width, cookies=shop.cookies(), url=live_server.url) as page:
            for asked in [*pages(shop), *tabs(shop)]:
                found = faults_of(page, live_server.url + asked.address, settle_ms=100)
                if not page.locator("#nav").count() or page.locator(".skeleton:visible").count():
                    found.append("is not the page, or not all of it")
                faults += [f"{width} {asked.key}: {fault}" for fault in found]
    assert not faults, "\n".join(faults)


def tabs(shop: Filled) -> Iterator[Visit]:
    """The member's page with each of its tabs open."""
    for part in parts(shop):
        if part.target == "tab-panel":
            yield Visit(name=part.name, address=part.address)


@pytest.mark.browser
def test_a_long_menu_is_fetched_when_it_opens_and_narrows_the_list(
    live_server: Any, browser: Browser, shop: Filled
) -> None:
    with screen(browser, width=1440, cookies=shop.cookies(), url=live_server.url) as page:
        page.goto(live_server.url + visit(shop, "members-list").address)
        menu = page.locator("details.filter", has=page.locator("#options-source"))
        expect(menu.locator("input[type=checkbox]")).to_have_count(0)
        menu.locator("summary").click()
        menu.locator("[data-menu-search]").fill("天猫")
        menu.get_by_label("天猫", exact=True).check()
        expect(page).to_have_url(re.compile(r"/members/list/\?source=tmall$"))
        expect(page.locator("#results .chip")).to_contain_text("天猫")
        # A copied address draws the choice without opening the menu.
        page.reload()
        expect(menu.locator("input:checked")).to_have_count(1)
        expect(menu.locator("[data-count]")).to_have_text("1")


# ---------------------------------------------------------------------------------- two languages
@pytest.mark.db
def test_every_page_is_drawn_in_chinese(db: None) -> None:
    shop = fill("shop", size=4)
    browser = shop.client()
    for asked in pages(shop):
        got = browser.get(asked.address)
        assert got.status_code == 200, asked.key
        assert '<html lang="zh' in got.content.decode(), asked.key


@pytest.mark.db
@pytest.mark.skipif(not CATALOGUE.exists(), reason="there is no English catalogue yet")
def test_every_page_is_drawn_in_english(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a page asks to be translated is in the catalogue, and no such text stays Chinese."""
    known = {
        entry.msgid: entry.msgstr or entry.msgstr_plural.get(1, "")
        for entry in polib.pofile(str(CATALOGUE))
    }
    asked_for = overheard(monkeypatch)
    shop = fill("shop", size=4)
    operator_language_set(operator_id=shop.operator.pk, language="en")
    browser = shop.client()
    faults = []
    for asked in [*pages(shop), *parts(shop)]:
        html = answer(browser, asked)
        left = {text for text in shown_texts(html) if known.get(text)}
        faults += [f"{asked.key}: {text} is shown in Chinese" for text in sorted(left)]
    missing = {text for text in asked_for if _CHINESE.search(text) and not known.get(text)}
    faults += [f"not in the catalogue: {text}" for text in sorted(missing)]
    assert not faults, "\n".join(faults)


def overheard(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Every text that is asked to be translated from now on."""
    found: set[str] = set()
    trans = translation._trans  # type: ignore[attr-defined]
    gettext, ngettext = trans.gettext, trans.ngettext

    def one(message: str) -> str:
        found.add(str(message))
        return str(gettext(message))

    def many(singular: str, plural: str, number: float) -> str:
        found.add(str(singular))
        return str(ngettext(singular, plural, number))

    monkeypatch.setattr(trans, "gettext", one)
    monkeypatch.setattr(trans, "ngettext", many)
    return found


def answer(browser: Client, asked: Visit) -> str:
    headers = {"HX-Request": "true", "HX-Target": asked.target} if asked.target else {}
    got = (
        browser.get(asked.address, headers=headers)
        if asked.data is None
        else browser.post(asked.address, dict(asked.data), headers=headers)
    )
    assert got.status_code in {200, 286}, asked.key
    return str(got.content.decode())


class _Texts(HTMLParser):
    """Text nodes and the attributes that people read or hear."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._silent = 0

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in {"script", "style"}
        spoken = {"aria-label", "placeholder", "title", "alt", "data-hint", "data-label"}
        self.found |= {value for name, value in attrs if name in spoken and value}

    @override
    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"script", "style"}

    @override
    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.add(data.strip())


def shown_texts(html: str) -> set[str]:
    reader = _Texts()
    reader.feed(html)
    return {text for text in reader.found if _CHINESE.search(text)} - _OWN_NAMES
