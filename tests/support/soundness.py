"""What every console page must hold in a browser, at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
# What passes is not written out, which takes a quarter of the time; what fails is the same.
_OPTIONS = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
SIZES = {1440: 900, 390: 844}


@contextmanager
def screen(
    browser: Browser, *, width: int, cookies: dict[str, str] | None = None, url: str = ""
) -> Iterator[Page]:
    """A fresh page at one width; a narrow one is a touch phone."""
    phone = width < 600
    context = browser.new_context(
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": width, "height": SIZES[width]},
        is_mobile=phone,
        has_touch=phone,
    )
    if cookies:
        context.add_cookies(
            [{"name": name, "value": value, "url": url} for name, value in cookies.items()]
        )
    try:
        yield context.new_page()
    finally:
        context.close()


def faults_of(page: Page, address: str, *, settle_ms: int = 700) -> list[str]:
    """Open the address and list what is wrong: axe, console errors, sideways scrolling, small targets."""
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    page.wait_for_timeout(settle_ms)
    page.wait_for_function(_SETTLED)
    found = Axe().run(page, options=_OPTIONS)
    faults = [
        f"axe {rule['id']}: {[node['target'] for node in rule['nodes']][:3]}"
        for rule in found.response["violations"]
    ]
    faults += [f"console: {text}" for text in errors]
    width = page.viewport_size["width"] if page.viewport_size else 0
    if page.evaluate("document.documentElement.scrollWidth") > width:
        faults.append("scrolls sideways")
    if width < 600:
        faults += [f"small target: {name}" for name in page.evaluate(_SMALL)]
    return faults


# Parts that are fetched when the page opens have arrived; closed menus fetch theirs later.
_SETTLED = """() => !document.querySelector('.htmx-request')
  && ![...document.querySelectorAll('[hx-get] .skeleton, [hx-post] .skeleton')]
    .some((node) => node.checkVisibility())"""

# Buttons and control links on a phone are at least 44 px high; links inside text are exempt.
_SMALL = """() => [...document.querySelectorAll(
    'button, summary, .button, .menu-item, .tab, .nav-head, .nav-items a, .form-control, .form-select'
  )].filter((node) => {
    const box = node.getBoundingClientRect();
    const seen = getComputedStyle(node);
    return box.width > 0 && seen.visibility !== 'hidden' && box.height < 43.5
      && !node.closest('[hidden], dialog:not([open])') && !node.classList.contains('hint');
  }).map((node) => (node.className || node.tagName) + ' ' + node.textContent.trim().slice(0, 20)
    + ' ' + Math.round(node.getBoundingClientRect().height)).slice(0, 8)"""
