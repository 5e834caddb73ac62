"""Forms that ask for what a choice needs, and a file chosen in the console's own words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from members.tags.models import Tag
from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.tenants.services import tenant_create
from tests.browser.filled import Filled
from tests.support.soundness import screen


@pytest.fixture
def shop(transactional_db: None) -> Filled:
    tenant = tenant_create(slug="forms", name="木棉家纺")
    boss = Operator.objects.create_user(email="boss@example.com", password=None, name="陈会员")
    membership_grant(operator=boss, tenant=tenant, roles=["tenant_admin"])
    return Filled(tenant=tenant, operator=boss, size=0)


@pytest.mark.browser
def test_forms_ask_for_what_a_choice_needs(
    live_server: Any, browser: Browser, shop: Filled, tmp_path: Path
) -> None:
    def visit(page: Page, name: str, query: str = "") -> None:
        page.goto(live_server.url + reverse(f"console:{name}", args=[shop.tenant.slug]) + query)

    with screen(browser, width=1440, cookies=shop.cookies(), url=live_server.url) as page:
        _a_measure_asks_for_its_own_values(page, shop.tenant, visit)
        _a_policy_asks_for_its_own_numbers(page, shop.tenant, visit)
        visit(page, "members-import")
        chosen = tmp_path / "会员名单.csv"
        chosen.write_text("手机号\n13800000001\n", encoding="utf-8")
        expect(page.get_by_text("未选择文件")).to_be_visible()
        page.locator("input[type=file]").set_input_files(chosen)
        expect(page.get_by_text("会员名单.csv")).to_be_visible()
        expect(page.get_by_text("未选择文件")).to_have_count(0)


def _a_measure_asks_for_its_own_values(page: Page, tenant: Tenant, visit: Any) -> None:
    visit(page, "tags-figures")
    low, women = page.get_by_label("不小于（元）"), page.get_by_label("女", exact=True)
    expect(low).to_be_visible()
    expect(women).to_be_hidden()
    low.fill("500")
    page.get_by_label("统计项").select_option("gender")
    expect(women).to_be_visible()
    expect(low).to_be_hidden()
    women.check()
    page.get_by_label("标签名称").fill("女性")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("h1")).to_have_text("女性")
    with tenant_scope(tenant):
        assert Tag.objects.get().definition == {"measure": "gender", "in": ["female"]}


def _a_policy_asks_for_its_own_numbers(page: Page, tenant: Tenant, visit: Any) -> None:
    visit(page, "settings-edit", "?key=points.expiry")
    months, day = page.get_by_label("月数"), page.get_by_label("· 日")
    expect(months).to_have_value("12")
    expect(day).to_be_hidden()
    page.get_by_label("怎样过期").select_option("fixed")
    expect(months).to_be_hidden()
    for name, value in (("几年后", "1"), ("月份", "12"), ("· 日", "31")):
        page.get_by_label(name).fill(value)
    page.get_by_role("button", name="查看变化").click()
    expect(page.get_by_text("1 年后的 12 月 31 日")).to_be_visible()
    page.get_by_role("button", name="确认保存").click()
    expect(page.locator(".toasts")).to_contain_text("已保存为版本 1")
    tenant.refresh_from_db()
    assert tenant.settings == {"points.expiry": "fixed 12-31 +1"}
