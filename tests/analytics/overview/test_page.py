from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client

from analytics.overview.services import overview_freeze
from members.segments.rules import Condition
from members.segments.selectors import segment_count
from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.core import clock
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.analytics.overview.books import settle
from tests.factories.members import order, phone_of
from tests.support.api import tenant

DAY = timedelta(days=1)


@pytest.fixture
def desk(brand: Tenant, client: Client) -> Client:
    lin = Operator.objects.create_user(
        email="lin@example.com", password="long-enough-1", name="林晓"
    )
    membership_grant(operator=lin, tenant=brand, roles=["tenant_admin"])
    client.force_login(lin, backend="django.contrib.auth.backends.ModelBackend")
    return client


def sell(buyers: int, *, days: int = 20) -> None:
    now = clock.now()
    for number in range(buyers):
        order(phone=phone_of(number), at=now - (number % days) * DAY, paid_fen=1_000 + number)
        if not number % 3:
            order(phone=phone_of(number), at=now - (number % days + 35) * DAY, paid_fen=500)
    settle()
    overview_freeze(clock.local_date(now, "Asia/Shanghai") - DAY)


def shown(desk: Client, brand: Tenant, query: str = "") -> Any:
    return desk.get(f"/console/{brand.slug}/analytics/overview/{query}")


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_the_page_shows_what_the_days_add_up_to(desk: Client, brand: Tenant) -> None:
    sell(10)
    page = text_of(shown(desk, brand))
    gmv = sum(1_000 + number for number in range(10))
    assert f"¥{gmv / 100:.2f}" in page
    assert "与实际 GMV 相差 ¥0.00" in page
    assert "暂无数据" in page, "a factor without a source says so"
    assert "数据截至" in page
    assert "Asia/Shanghai" in page


@pytest.mark.parametrize("buyers", [5, 60])
def test_the_page_asks_the_database_no_more_for_more_members(
    desk: Client, brand: Tenant, buyers: int, django_assert_max_num_queries: Any
) -> None:
    sell(buyers)
    # Twelve, and the savepoint that the test's own transaction makes of the page's.
    with django_assert_max_num_queries(12 + 2):
        assert shown(desk, brand).status_code == 200


def test_every_door_leads_to_as_many_members_as_it_says(desk: Client, brand: Tenant) -> None:
    sell(30)
    for query in ("", "?range=7", "?range=90&compare=none"):
        page = text_of(shown(desk, brand, query))
        doors = re.findall(r'<a[^>]* href="(/console/[^"]*\?f\.[^"]*)"[^>]*>([^<]*)</a>', page)
        assert len(doors) >= 4
        for address, written in doors:
            rule = {"all": [condition(part) for part in address.split("?")[1].split("&amp;")]}
            count = segment_count(rule)
            if written.endswith("%"):
                assert f"{count} 人下单" in page
            else:
                assert str(count) in re.findall(r"\d+", written)
            assert desk.get(address.replace("&amp;", "&")).status_code == 200


def condition(part: str) -> dict[str, object]:
    name, _equals, asked = unquote(part).partition("=")
    op, _colon, text = asked.partition(":")
    values: list[object] = [int(value) if value.isdigit() else value for value in text.split(",")]
    many = op in {"between", "in"}
    found = Condition(name.removeprefix("f."), op, tuple(values) if many else values[0])  # type: ignore[arg-type]
    return {"field": found.field, "op": op, "value": values if many else values[0]}


def test_a_brand_without_anything_is_told_how_to_begin(desk: Client, brand: Tenant) -> None:
    page = text_of(shown(desk, brand))
    assert "还没有订单和会员" in page
    assert "kpi-strip" not in page


def test_an_address_that_makes_no_sense_shows_thirty_days(desk: Client, brand: Tenant) -> None:
    sell(3)
    today = clock.local_date(clock.now(), brand.timezone)
    for query in (
        "?range=31", "?range=x", "?from=2026-01-09&to=2026-01-01", "?from=0001-01-01&to=9999-12-31",
        f"?from={today}&to={today + DAY}", "?compare=moon", "?from=2020-01-01&to=2026-01-01", "?panel=none",
    ):  # fmt: skip
        response = shown(desk, brand, query)
        assert response.status_code == 200
        assert "GMV（30 天）" in text_of(response)


def test_a_range_and_its_comparison_live_in_the_address(desk: Client, brand: Tenant) -> None:
    sell(3)
    page = text_of(shown(desk, brand, "?from=2026-10-01&to=2026-10-31&compare=year"))
    assert "GMV（31 天）" in page
    assert 'value="2026-10-01"' in page
    assert "?range=7&amp;compare=year" in page


def test_a_long_range_is_drawn_by_weeks(desk: Client, brand: Tenant) -> None:
    sell(3)
    answer = shown(desk, brand, "?from=2025-11-23&to=2026-11-20")
    chart = answer.context["trend"]
    assert len(chart.categories) == len(chart.series[0].values) == len(chart.series[1].values) == 52
    assert len(answer.content) < 60_000


def test_a_target_shows_how_far_it_is(desk: Client, brand: Tenant) -> None:
    brand.settings = {"overview.gmv_target_fen": 300_000}
    brand.save()
    sell(3)
    page = text_of(shown(desk, brand, "?range=7"))
    assert "目标完成 4%" in page  # 30.03 yuan of 700


def test_a_table_is_fetched_when_it_is_needed(desk: Client, brand: Tenant) -> None:
    sell(3)
    page = text_of(shown(desk, brand))
    assert 'hx-get="?panel=rfm-retain"' in page
    part = desk.get(
        f"/console/{brand.slug}/analytics/overview/?panel=rfm-retain",
        headers={"HX-Request": "true", "HX-Target": "panel-rfm-retain"},
    )
    assert "重要挽留" in text_of(part)
    assert "<html" not in text_of(part)


def test_the_file_holds_every_day_of_the_range(desk: Client, brand: Tenant) -> None:
    sell(4)
    answer = desk.get(f"/console/{brand.slug}/analytics/overview/export/?range=7")
    assert "attachment" in answer["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 8
    assert rows[-1][0] == clock.local_date(clock.now(), brand.timezone).isoformat()
    assert rows[-1][1] == "10.00"


def test_figures_of_another_brand_are_nowhere(desk: Client, brand: Tenant) -> None:
    sell(2)
    other = tenant()
    with tenant_scope(other):
        sell(9)
    assert "¥20.01" in text_of(shown(desk, brand))
    assert shown(desk, other).status_code == 404


def test_a_reader_of_figures_only_gets_no_member_lists(brand: Tenant, client: Client) -> None:
    sell(3)
    money = Operator.objects.create_user(
        email="fin@example.com", password="long-enough-1", name="财务"
    )
    membership_grant(operator=money, tenant=brand, roles=["finance"])
    client.force_login(money, backend="django.contrib.auth.backends.ModelBackend")
    page = text_of(shown(client, brand))
    assert "GMV（30 天）" in page
    assert "?f." not in page
