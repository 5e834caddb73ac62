"""Paste anything: what is found stands by kind, and one hit is entered at once."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from members.orders.models import Order
from members.segments.services import segment_create
from scrm.access.models import Membership
from scrm.tenants.channels import ChannelChange, channel_change, channels_list
from scrm.tenants.context import tenant_scope
from scrm.tenants.services import tenant_settings_update
from tests.factories.members import member, order
from tests.scrm.console.conftest import House

pytestmark = pytest.mark.db
AT = "/console/mumian/search/"


@pytest.fixture
def stocked(house: House) -> House:
    with tenant_scope(house.mumian):
        member(phone="13812345678", display_name="陈一诺")
        order(external_id="TB2026112200017", phone="13812345678")
        segment_create(
            name="陈年好茶", rule={"all": [{"field": "orders.count", "op": "gte", "value": 1}]}
        )
    return house


def kinds(client: Client, text: str) -> dict[str, list[str]]:
    page = client.get(AT, {"q": text}, headers={"HX-Request": "true"}).content.decode()
    found = {}
    for group in re.findall(r'<section class="palette-group".*?</section>', page, re.DOTALL):
        label = re.search(r'palette-kind">(.*?)<', group)
        assert label
        found[label[1]] = re.findall(r"</svg><span>(.*?)</span>", group)
    return found


@pytest.mark.parametrize("text", ["13812345678", "+86 138 1234 5678", "5678"])
def test_a_phone_or_its_tail_goes_straight_to_the_member(
    stocked: House, lin: Client, text: str
) -> None:
    got = lin.get(AT, {"q": text})
    assert got.status_code == 302
    assert re.search(r"/members/mem_\w+/$", got.headers["Location"])


def test_an_order_number_goes_straight_to_the_order(stocked: House, lin: Client) -> None:
    got = lin.get(AT, {"q": "TB2026112200017"})
    assert re.search(r"/orders/ord_\w+/$", got.headers["Location"])
    page = lin.get(got.headers["Location"]).content.decode()
    assert "TB2026112200017" in page
    assert "138****5678" in page


def test_an_order_of_an_archived_channel_is_still_found(stocked: House, lin: Client) -> None:
    with tenant_scope(stocked.mumian):
        placed = Order.objects.get()
        kept = next(row for row in channels_list() if row.code == placed.channel)
        channel_change(public_id=kept.public_id, change=ChannelChange(is_archived=True))
    got = lin.get(AT, {"q": "TB2026112200017"})
    assert got.headers["Location"].endswith(f"/orders/{placed.public_id}/")


def test_what_can_be_done_in_a_switched_off_module_is_not_offered(
    house: House, lin: Client
) -> None:
    assert "新建推送" in kinds(lin, "新建")["操作"]
    tenant_settings_update(tenant_id=house.mumian.pk, values={"flag.marketing.push": False})
    offered = kinds(lin, "新建")["操作"]
    assert "新建推送" not in offered
    assert "新建会员" in offered


def test_who_keeps_the_books_sees_an_order_and_nobody_behind_it(
    stocked: House, client: Client
) -> None:
    with tenant_scope(stocked.mumian):
        address = f"/console/mumian/orders/{Order.objects.get().public_id}/"
    client.force_login(stocked.wang, backend="django.contrib.auth.backends.ModelBackend")
    for role, sees_members in (("finance", False), ("read_only", True)):
        Membership.objects.filter(operator=stocked.wang).update(roles=[role])
        body = client.get(address).content.decode()
        assert "TB2026112200017" in body
        assert ("138****5678" in body, "/members/mem_" in body) == (sees_members, sees_members)


def test_several_hits_stand_by_kind(stocked: House, lin: Client) -> None:
    assert lin.get(AT, {"q": "陈"}).status_code == 200
    assert kinds(lin, "陈") == {"会员": ["陈一诺"], "人群": ["陈年好茶"]}
    found = kinds(lin, "人群")
    assert found["操作"] == ["新建人群"]
    assert "人群列表" in found["页面"]


def test_nobody_finds_what_they_may_not_see_nor_another_brands(stocked: House, lin: Client) -> None:
    elsewhere = AT.replace("mumian", "chayu")
    page = lin.get(elsewhere, {"q": "13812345678"})
    assert page.status_code == 200
    assert "没有找到" in page.content.decode()
    client = Client()
    client.force_login(stocked.wang, backend="django.contrib.auth.backends.ModelBackend")
    assert "新建会员" not in client.get(AT, {"q": "新建"}).content.decode()


def test_an_empty_box_offers_what_can_be_done(house: House, lin: Client) -> None:
    found = kinds(lin, "")
    assert list(found) == ["操作"]
    assert {"新建会员", "紧凑行距", "English", "键盘快捷键"} <= set(found["操作"])
    assert kinds(lin, "茶屿") == {"品牌": ["茶屿"]}
