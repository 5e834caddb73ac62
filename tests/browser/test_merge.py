"""Pages 12 and 47 by hand: a doubt, the effect, the typed number, and back again; then an erase."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from members.identity.models import Identity, IdentityConflict
from members.people.models import Member, MemberStatus
from scrm.events.jobs.runner import jobs_run_waiting
from scrm.tenants.context import tenant_scope
from tests.browser.filled import Filled, fill
from tests.support.soundness import screen


@pytest.fixture
def shop(transactional_db: None) -> Filled:
    return fill("merging", size=3)


@pytest.mark.browser
def test_a_doubt_is_merged_split_and_one_of_the_two_erased(
    live_server: Any, browser: Browser, shop: Filled
) -> None:
    with tenant_scope(shop.tenant):
        doubt = IdentityConflict.objects.get(public_id=shop.ids["conflict_id"])
        number = doubt.other.member_no
    address = reverse("console:identity-conflict", args=[shop.tenant.slug, shop.ids["conflict_id"]])
    with screen(browser, width=1440, cookies=shop.cookies(), url=live_server.url) as page:
        page.goto(live_server.url + address)
        page.get_by_role("link", name="合并到会员一").click()
        page.get_by_label("合并原因").fill("同一个人")
        _confirm(page, "000", "确认合并")
        expect(page.get_by_text("会员号不一致")).to_be_visible()
        _confirm(page, number, "确认合并")
        expect(page.get_by_text("已合并；需要时可以在合并记录里拆分")).to_be_visible()
        assert _stands_for(shop, number) == "kept"
        page.get_by_role("link", name="拆分", exact=True).click()
        page.get_by_label("拆分原因").fill("是两个人")
        _confirm(page, number, "确认拆分")
        expect(page.get_by_text("已拆分，两个会员各自恢复")).to_be_visible()
        assert _stands_for(shop, number) == "itself"
        _erase(page, live_server.url, shop, number)


def _erase(page: Page, url: str, shop: Filled, number: str) -> None:
    """From the member's page: the effect, the typed number, the job, and nobody is there any more."""
    with tenant_scope(shop.tenant):
        member = Member.objects.get(member_no=number)
    address = url + reverse("console:members-detail", args=[shop.tenant.slug, member.public_id])
    page.goto(address + "?tab=privacy")
    page.get_by_role("link", name="清除个人信息").click()
    expect(page.get_by_text("不能撤回")).to_be_visible()
    expect(page.get_by_role("cell", name="身份标识")).to_be_visible()
    page.get_by_label("申请说明").fill("本人来电")
    page.get_by_label("输入会员号以确认").fill("000")
    page.get_by_role("button", name="确认清除").click()
    expect(page.get_by_text("会员号不一致")).to_be_visible()
    page.get_by_label("输入会员号以确认").fill(number)
    page.get_by_role("button", name="确认清除").click()
    expect(page.get_by_text("排队中")).to_be_visible()
    with tenant_scope(shop.tenant):
        jobs_run_waiting()
    page.reload()
    expect(page.get_by_text("个人信息已清除")).to_be_visible()
    with tenant_scope(shop.tenant):
        row = Member.objects.get(pk=member.pk)
        assert (row.status, row.display_name) == (MemberStatus.ERASED, "")
        assert not Identity.objects.filter(member=row).exists()
    gone = page.request.get(address)
    assert gone.status == 404


def _confirm(page: Page, number: str, button: str) -> None:
    page.get_by_label("输入被合并方的会员号以确认").fill(number)
    page.get_by_role("button", name=button).click()


def _stands_for(shop: Filled, number: str) -> str:
    with tenant_scope(shop.tenant):
        return "itself" if Member.objects.get(member_no=number).merged_into_id is None else "kept"
