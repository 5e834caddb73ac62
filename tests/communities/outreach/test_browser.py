"""An operator writes, sends and watches a push in Chromium, under the production content policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Browser, expect

from communities.outreach.models import PushBatch
from communities.outreach.services.polling import pushes_poll
from communities.outreach.services.sending import pushes_drain
from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.core import clock
from scrm.tenants.context import tenant_scope
from scrm.wecom import store
from scrm.wecom.sandbox.control import SandboxControl
from tests.support.api import tenant
from tests.support.pushes import Brand, brand, corp_name, seed_sandbox
from tests.support.sandbox import _sandbox_session, wecom_sandbox  # noqa: F401
from tests.support.soundness import screen

pytestmark = pytest.mark.browser


@pytest.fixture
def open_shop(
    transactional_db: None,
    wecom_sandbox: SandboxControl,  # noqa: F811
    settings: Any,
) -> Iterator[Brand]:
    """Six customers, two strangers, no quiet hours, real time."""
    settings.WECOM_BASE_URL = wecom_sandbox.base_url
    settings.WECOM_HTTP_TIMEOUT = (1.0, 2.0)
    store.store().flushdb()
    owner = tenant(slug="chayu-push")
    owner.settings = {"push.quiet": ""}
    owner.save()
    seed_sandbox(wecom_sandbox, owner, customers=6)
    made = brand(owner, customers=6, strangers=2)
    with tenant_scope(owner):
        yield made


def _cookies(shop: Brand) -> dict[str, str]:
    lin = Operator.objects.create_user(email="lin@example.com", password="long-enough-1", name="林")
    membership_grant(operator=lin, tenant=shop.tenant, roles=["tenant_admin"])
    client = Client()
    client.force_login(lin, backend="django.contrib.auth.backends.ModelBackend")
    name = django_settings.SESSION_COOKIE_NAME
    return {name: client.cookies[name].value}


def test_a_push_is_written_previewed_sent_and_watched(
    live_server: Any,
    browser: Browser,
    open_shop: Brand,
    wecom_sandbox: SandboxControl,  # noqa: F811
) -> None:
    base = f"{live_server.url}/console/{open_shop.tenant.slug}"
    with screen(browser, width=1440, cookies=_cookies(open_shop), url=live_server.url) as page:
        # From the audience to a push for it.
        page.goto(f"{base}/segments/list/")
        page.get_by_role("link", name="推送", exact=True).click()
        expect(page.locator("#reach .reach-figure strong")).to_have_text("6")
        page.fill("[name=name]", "春茶")
        page.click("text=下一步")
        page.fill("[name=text]", "亲爱的{昵称}，春茶到了")
        expect(page.locator(".bubble-text").first).to_have_text("亲爱的客户0，春茶到了")
        page.select_option("#push-as", label="客户1")
        expect(page.locator(".bubble-text").first).to_have_text("亲爱的客户1，春茶到了")
        page.check("[name=with_link]")
        page.fill("[name=link_title]", "春茶礼盒")
        page.fill("[name=link_url]", "https://tea.example/1")
        expect(page.locator(".bubble-link strong")).to_have_text("春茶礼盒")
        page.click("text=下一步")
        page.click("text=下一步")
        page.select_option("#push-as", label="客户2")
        expect(page.locator(".bubble-text").first).to_have_text("亲爱的客户2，春茶到了")
        page.fill("[name=count]", "6")
        page.click("text=确认发送")
        expect(page.locator("h1")).to_have_text("春茶")
        # The page follows by itself.
        pushes_drain(seconds=10)
        expect(page.locator("#live .status")).to_contain_text("待员工确认", timeout=8000)
        wecom_sandbox.confirm(corp_name(open_shop.tenant))
        PushBatch.objects.update(next_poll_at=clock.now())
        pushes_poll(seconds=10)
        expect(page.locator("#live .status").first).to_contain_text("已完成", timeout=8000)
        figure = page.locator(".kpi", has_text="已送达").locator("a")
        expect(figure).to_have_text("6")
        figure.click()
        expect(page.locator(".data-table tbody tr")).to_have_count(6)
        # And the member's page tells it.
        page.locator(".data-table tbody a").first.click()
        expect(page.locator(".timeline").first).to_contain_text(re.compile("春茶.*已送达"))
