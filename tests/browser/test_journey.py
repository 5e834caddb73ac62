"""The main path with real parts: processes, PostgreSQL, Redis, a sandboxed WeCom, and a browser."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from playwright.sync_api import BrowserContext, Locator, Page, expect

from communities.outreach.models import Push, PushRecipient
from scrm.core import clock
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import TenantModel
from scrm.wecom.sandbox.control_types import CallbackFaults
from tests.browser.shop import CORP, PASSWORD, REGULARS, ZONE, external_userid, friends, staff_of
from tests.browser.stage import GONE, SPENT, Stage, stage_set, witness

# The stage is committed before the tests begin; they only look, inside one transaction each.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db]
PUSH, SEGMENT, CODE = "春季新碟预售", "常来的乐迷", "门店海报"
PATIENT = 40_000


@pytest.fixture(scope="module")
def stage(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """One platform for both journeys: starting it costs more than walking it."""
    with django_db_blocker.unblock(), stage_set(tmp_path_factory.mktemp("journey")) as found:
        yield found


@pytest.fixture
def console(stage: Stage, context: BrowserContext) -> Page:
    """Signed in by hand, at the page an operator's day begins with."""
    context.set_default_timeout(PATIENT)
    expect.set_options(timeout=PATIENT)
    page = context.new_page()
    page.goto(f"{stage.platform.url}/console/")
    page.fill("[name=username]", stage.shop.operator.email)
    page.fill("[name=password]", PASSWORD)
    page.click("button:has-text('登录')")
    expect(page).to_have_url(re.compile("/console/tingyu/$"))
    go(page, "经营总览")
    return page


def kpi(page: Page, label: str) -> Locator:
    return page.locator(".kpi", has=page.locator(".kpi-label", has_text=label)).first


def go(page: Page, label: str) -> None:
    """By the navigation, opening the heading if it is shut."""
    link = page.locator("#nav a", has_text=label)
    if not link.is_visible():
        page.locator("#nav details", has=page.locator("a", has_text=label)).locator(
            "summary"
        ).click()
    link.click()
    expect(page.locator("h1")).to_have_text(label)


def total(page: Page) -> int:
    """What the list says it holds."""
    return int(page.locator(".result-line b").first.inner_text().replace(",", ""))


# ---------------------------------------------------------------------------------- the main path
def test_from_a_cell_of_the_matrix_to_a_push_that_arrived(
    stage: Stage, console: Page, context: BrowserContext, tmp_path: Path
) -> None:
    wecom = context.new_page()
    with witness(tmp_path, stage, console, wecom):
        overview_shows_what_the_orders_say(stage, console)
        audience = a_cell_opens_exactly_its_members(console)
        an_audience_is_saved(console, audience)
        wanted = a_push_is_written_and_submitted(console, audience)
        staff_confirm(stage, wecom, wanted)
        results_arrive(stage, console, audience, wanted)
        the_members_page_tells_it(console)


def overview_shows_what_the_orders_say(stage: Stage, page: Page) -> None:
    """Recomputed from order lines and refunds, not from anything that was added up."""
    today = clock.local_date(clock.now(), ZONE)
    first = clock.local_midnight(today - timedelta(days=29), ZONE)
    asked = [stage.shop.tenant.pk, first]
    with tenant_scope(stage.shop.tenant), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(l.paid_fen), count(DISTINCT o.id), count(DISTINCT o.member_id), sum(l.refunded_fen)"
            " FROM members_order o JOIN members_orderline l ON l.tenant_id = o.tenant_id AND l.order_id = o.id"
            " WHERE o.tenant_id = %s AND o.paid_at >= %s AND o.cancelled_at IS NULL",
            asked,
        )
        gmv, orders, buyers, refunded = map(int, cursor.fetchone())
        cursor.execute(
            "SELECT count(*) FROM members_member WHERE tenant_id = %s AND status NOT IN ('merged', 'erased')",
            asked[:1],
        )
        (members,) = cursor.fetchone()
    assert orders > REGULARS
    assert refunded
    expect(kpi(page, "GMV（30 天）").locator(".kpi-value")).to_have_text(yuan(gmv))
    expect(kpi(page, "流量（会员）").locator(".kpi-value")).to_have_text(str(members))
    expect(kpi(page, "转化率").locator(".kpi-note")).to_have_text(f"{buyers} 人下单")
    expect(kpi(page, "客单价").locator(".kpi-note")).to_have_text(f"{orders} 单")
    net = page.locator(".stat", has=page.locator(".stat-label", has_text="净收入"))
    expect(net.locator(".stat-value")).to_contain_text(yuan(gmv - refunded))
    kpi(page, "转化率").locator(".kpi-value a").click()
    expect(page.locator("h1")).to_have_text("会员列表")
    assert total(page) == buyers
    page.go_back()


def yuan(fen: int) -> str:
    return f"¥{fen // 100:,}.{fen % 100:02d}"


def a_cell_opens_exactly_its_members(page: Page) -> int:
    go(page, "RFM 矩阵")
    cells = page.locator(".heat-table a[href*='rfm.r='][href*='rfm.f=']")
    counts = [int(text) for text in cells.all_inner_texts()]
    count = max(counts)
    assert count >= REGULARS
    cells.nth(counts.index(count)).click()
    expect(page.locator("h1")).to_have_text("会员列表")
    assert total(page) == count
    expect(page.locator(".data-table tbody tr")).to_have_count(count)
    return count


def an_audience_is_saved(page: Page, count: int) -> None:
    page.click(".result-line :text('存为人群')")
    expect(page.locator("h1")).to_have_text("新建人群")
    page.fill("[name=name]", SEGMENT)
    page.click("button:has-text('保存人群')")
    expect(page.locator("h1")).to_have_text(SEGMENT)
    expect(page.locator("body")).to_contain_text(f"已保存人群，共 {count} 人")


def a_push_is_written_and_submitted(page: Page, audience: int) -> int:
    """Through the editor's four steps; returns how many it addresses."""
    strangers = min(friends())  # regulars before the first friend
    addressed = audience - strangers - 1
    go(page, "群发与推送")
    page.get_by_role("link", name="新建推送").first.click()
    page.fill("[name=name]", PUSH)
    page.select_option("[name=segment]", label=f"{SEGMENT}（{audience} 人）")
    reach = page.locator("#reach")
    expect(reach.locator(".reach-figure strong")).to_have_text(str(addressed))
    expect(reach).to_contain_text("不是好友")
    expect(reach).to_contain_text("已退订")
    page.click("button:has-text('下一步')")
    page.fill("[name=text]", "{昵称}，这个月的新碟到店了")
    expect(page.locator("#phone-box")).to_contain_text(re.compile(r"乐迷\d+，这个月的新碟到店了"))
    page.click("button:has-text('下一步')")
    expect(page.locator("[name=when][value=now]")).to_be_checked()
    page.click("button:has-text('下一步')")
    figures = page.locator(".confirm-figures strong")
    expect(figures).to_have_text([str(addressed), str(audience), str(audience - addressed), "3"])
    page.fill("[name=count]", str(addressed + 1))
    page.click("button:has-text('确认发送')")
    expect(page.locator("form")).to_contain_text(["不一致"])
    page.fill("[name=count]", str(addressed))
    page.click("button:has-text('确认发送')")
    expect(page.locator("h1")).to_have_text(PUSH)
    expect(kpi(page, "已提交企微").locator(".kpi-value")).to_have_text(str(addressed))
    return addressed


def staff_confirm(stage: Stage, wecom: Page, addressed: int) -> None:
    """In the sandbox's page; a customer walks away just before."""
    stage.sandbox.customer_delete(
        CORP, external_userid=external_userid(GONE), userid=staff_of(GONE)
    )
    wecom.goto(f"{stage.sandbox.base_url}/")
    button = wecom.locator("#confirm-all")
    expect(button).to_be_enabled()
    expect(wecom.locator(".task.waiting").first).to_contain_text("这个月的新碟到店了")
    button.click()
    expect(wecom.locator("#toasts")).to_contain_text(f"已发送 {addressed - 2} 位，2 位未送达")


def results_arrive(stage: Stage, page: Page, audience: int, addressed: int) -> None:
    """The open page moves by itself."""
    page.bring_to_front()
    expect(kpi(page, "目标人数").locator(".kpi-value")).to_have_text(str(audience))
    expect(kpi(page, "已送达").locator(".kpi-value")).to_have_text(str(addressed - 2))
    expect(kpi(page, "失败").locator(".kpi-value")).to_have_text("2")
    expect(kpi(page, "被抑制").locator(".kpi-value")).to_have_text(str(audience - addressed))
    expect(page.locator(".reason-list")).to_contain_text("企微群发额度用尽")
    expect(page.locator("body")).to_contain_text("已完成")
    kpi(page, "失败").locator(".kpi-value a").click()
    expect(page.locator("h1")).to_have_text("收件人")
    rows = page.locator(".data-table tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text=re.compile(rf"乐迷{SPENT}\b"))).to_contain_text("企微群发额度用尽")
    expect(rows.filter(has_text=re.compile(rf"乐迷{GONE}\b"))).to_contain_text("不是好友")
    with tenant_scope(stage.shop.tenant):
        push = Push.objects.get(name=PUSH)
        assert push.state == "done"
        assert PushRecipient.objects.filter(push=push).count() == audience
        told = PushRecipient.objects.filter(push=push, state="sent").values_list(
            "external_userid", flat=True
        )
        inboxes = {
            customer: [
                message.text
                for message in stage.sandbox.inbox(CORP, customer)
                if message.kind == "broadcast"
            ]
            for customer in told
        }
    assert {len(texts) for texts in inboxes.values()} == {1}


def the_members_page_tells_it(page: Page) -> None:
    rows = page.locator(".data-table tbody tr")
    rows.filter(has_text=re.compile(rf"乐迷{SPENT}\b")).locator("a").first.click()
    expect(page.locator("h1")).to_have_text(f"乐迷{SPENT}")
    expect(page.locator("#tab-panel")).to_contain_text(f"推送「{PUSH}」失败（企微群发额度用尽）")
    page.go_back()
    page.goto(page.url.replace("state=failed", "state=sent"))
    page.locator(".data-table tbody tr a").first.click()
    expect(page.locator("#tab-panel")).to_contain_text(f"推送「{PUSH}」已送达")
    page.click(".tabs a:has-text('触达')")
    expect(page.locator("#tab-panel")).to_contain_text("已送达")


# ---------------------------------------------------------------------------------- a new customer
def test_who_scans_a_code_is_known_tagged_and_greeted_once(
    stage: Stage, console: Page, context: BrowserContext, tmp_path: Path
) -> None:
    wecom = context.new_page()
    with witness(tmp_path, stage, console, wecom):
        a_code_is_made(console)
        seconds = a_customer_scans(stage, wecom)
        print(f"welcome delivered {seconds:.2f} s after the scan")
        assert seconds < 5
        the_new_member_is_there(stage, console)
        nothing_happens_twice(stage)
        console.reload()
        expect(console.locator("h1")).to_have_text("新朋友")


def a_code_is_made(page: Page) -> None:
    go(page, "渠道活码")
    page.get_by_role("link", name="新建活码").first.click()
    page.fill("[name=name]", CODE)
    page.locator("[name=staff]").first.check()
    page.fill("[name=tags]", "门店新客，春季")
    page.fill("[name=welcome_text]", "{昵称}，欢迎来店里听碟")
    page.click("button:has-text('生成活码')")
    expect(page.locator("h1")).to_have_text(CODE)
    expect(page.locator("svg.qr")).to_be_visible()


def a_customer_scans(stage: Stage, wecom: Page) -> float:
    """Seconds from the click until the welcome is on the customer's phone."""
    wecom.goto(f"{stage.sandbox.base_url}/")
    wecom.click("#scan-open")
    option = wecom.locator("#scan-way option", has_text=CODE)
    wecom.select_option("#scan-way", value=option.get_attribute("value"))
    wecom.fill("#scan-name", "新朋友")
    wecom.fill("#scan-phone", "13700000001")
    began = time.monotonic()
    wecom.click("#scan-submit")
    stage.until("the welcome", lambda: bool(stage.sandbox.sends(CORP, kind="welcome")), seconds=20)
    seconds = time.monotonic() - began
    expect(wecom.locator("#chat")).to_contain_text("新朋友，欢迎来店里听碟")
    return seconds


def the_new_member_is_there(stage: Stage, page: Page) -> None:
    stage.until("the callbacks", stage.is_idle)
    page.goto(stage.url("members/list/?q=新朋友"))
    row = page.locator(".data-table tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("企业微信")
    expect(row).to_contain_text("已添加")
    row.locator("a").first.click()
    expect(page.locator("main")).to_contain_text(CODE)
    for tag in ("门店新客", "春季"):
        expect(page.locator(".member-head")).to_contain_text(tag)


def nothing_happens_twice(stage: Stage) -> None:
    """The scan's callbacks three times more each, late, and the last first."""
    stage.until("quiet", stage.is_idle)
    (greeted,) = stage.sandbox.sends(CORP, kind="welcome")
    customer = greeted.recipients[0]
    heard = [one for one in stage.sandbox.deliveries(CORP) if customer in one.xml]
    assert heard, "the scan sent no callback"
    before = state_of(stage)
    newest = max(one.id for one in stage.sandbox.deliveries(CORP))
    stage.sandbox.callback_faults(CallbackFaults(reorder_seconds=1.0))
    for one in reversed(heard):
        stage.sandbox.redeliver(one.id, copies=3)
        stage.sandbox.redeliver(one.id, delay=2.0)
    stage.sandbox.wait_for_callbacks(seconds=60)
    stage.sandbox.callback_faults(CallbackFaults())
    again = stage.sandbox.deliveries(CORP, after=newest)
    assert len(again) == 4 * len(heard)
    assert {one.attempts[-1].status for one in again} == {200}
    stage.until("the repeated callbacks", stage.is_idle)
    time.sleep(2.5)  # the relay polls every two seconds: whatever would still happen, happens now
    assert state_of(stage) == before
    assert len(stage.sandbox.sends(CORP, kind="welcome")) == 1


def state_of(stage: Stage) -> dict[str, tuple[int, str]]:
    """Every row of the brand: how many per table, and a digest of all they hold."""
    found = {}
    with tenant_scope(stage.shop.tenant), transaction.atomic():
        for model in apps.get_models():
            if issubclass(model, TenantModel):
                rows = list(model.objects.order_by("pk").values())
                text = json.dumps(rows, default=_plain, sort_keys=True)
                found[model._meta.label] = (len(rows), hashlib.sha256(text.encode()).hexdigest())
    return found


def _plain(value: object) -> str:
    return bytes(value).hex() if isinstance(value, (memoryview, bytes)) else str(value)
