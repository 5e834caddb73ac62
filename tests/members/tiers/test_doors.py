"""The ladder over the API and on page 13: nothing is in force before it was seen who moves."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from members.benefits.models import Place
from members.benefits.services import benefit_create, offers_put
from members.tiers.models import LadderVersion, MemberTier
from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.core import clock
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.members.tiers.shop import bought, ladder_make, member_of, standing
from tests.members.tiers.story import day
from tests.support.api import client

LADDER = {
    "tiers": [
        {"code": "base", "name": "普通", "threshold": 0},
        {"code": "silver", "name": "银卡", "threshold": 50, "multiplier_bp": 11000},
        {"code": "gold", "name": "金卡", "threshold": 500, "keep_threshold": 300},
    ]
}


def test_the_api_says_where_a_member_stands_and_what_the_next_tier_asks_and_brings(
    brand: Tenant,
) -> None:
    ladder_make()
    benefit_create(code="line", name="专属客服", kind="service_line")
    offers_put(Place.TIER, {"gold": {"line": 0}})
    with clock.frozen(day(1)):
        bought(1, 0, 120)
        key = member_of().public_id
    api = client(brand)
    told = api.ask("GET", f"members/{key}/tier").json()
    assert (told["code"], told["growth"], told["multiplier_bp"]) == ("silver", 120, 11000)
    assert told["next"] == {
        "code": "gold",
        "name": "金卡",
        "threshold": 500,
        "needed": 380,
        "gained": [{"kind": "multiplier", "before_bp": 11000, "after_bp": 12000}],
        "benefits": [
            {"code": "line", "name": "专属客服", "kind": "service_line", "before": None, "after": 0}
        ],
    }


def test_the_api_previews_without_writing_and_then_saves(brand: Tenant) -> None:
    with clock.frozen(clock.now() - timedelta(days=2)):
        bought(1, 0, 60)
    api = client(brand)
    assert api.ask("GET", "tiers").json() == {"version": 0, "since": None, "tiers": []}
    assert api.ask("POST", "tiers/preview", LADDER, key="p1").json()["total"] == 0
    assert not LadderVersion.objects.exists()
    saved = api.ask("PUT", "tiers", LADDER, key="s1").json()
    assert [tier["keep"] for tier in saved["tiers"]] == [0, 50, 300]
    wrong = {"tiers": [LADDER["tiers"][1]]}
    refused = api.ask("PUT", "tiers", wrong, key="s2")
    assert (refused.status_code, refused.json()["code"]) == (422, "ladder_refused")
    assert refused.json()["errors"][0]["pointer"] == "/tiers/0/threshold"


def test_a_lock_by_api_holds_and_a_second_one_is_refused(brand: Tenant) -> None:
    ladder_make()
    bought(1, 0, 120)
    api, key = client(brand), member_of().public_id
    body = {"tier": "gold", "until": "2999-01-01T00:00:00+08:00", "reason": "VIP"}
    locked = api.ask("POST", f"members/{key}/tier-lock", body, key="l1")
    assert (locked.status_code, locked.json()["state"]) == (201, "locked")
    again = api.ask("POST", f"members/{key}/tier-lock", body, key="l2")
    assert (again.status_code, again.json()["code"]) == (409, "tier_locked")
    assert api.ask("DELETE", f"members/{key}/tier-lock", key="l3").status_code == 204
    assert standing()[1] == "active"


@pytest.fixture
def desk(brand: Tenant) -> Client:
    operator = Operator.objects.create_user(email="tiers@example.com", password=None, name="林晓")
    membership_grant(operator=operator, tenant=brand, roles=["member_ops"])
    browser = Client()
    browser.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def test_page_13_shows_who_moves_before_it_brings_a_ladder_into_force(
    brand: Tenant, desk: Client
) -> None:
    ladder_make()
    with clock.frozen(day(1)):
        bought(1, 0, 60)
    address = f"/console/{brand.slug}/members/tiers/edit/"
    rungs = [
        ("base", "普通", 0),
        ("silver", "银卡", 50),
        ("gold", "金卡", 500),
        ("black", "黑金", 900),
    ]
    sent: dict[str, Any] = {}
    for place, (code, name, threshold) in enumerate(rungs):
        sent |= {f"code_{place}": code, f"name_{place}": name, f"threshold_{place}": threshold}
    with tenant_scope(brand):
        seen = desk.post(address, sent)
        page = seen.content.decode()
        assert seen.status_code == 200
        assert "影响预览" in page
        assert "确认生效" in page
        assert LadderVersion.objects.count() == 1
        digest = re.search(r'name="seen" value="([0-9a-f]+)"', page)
        assert digest is not None
        # Other figures than those that were shown are shown first.
        other = desk.post(address, {**sent, "threshold_1": 55, "seen": digest[1]})
        assert other.status_code == 200
        assert LadderVersion.objects.count() == 1
        done = desk.post(address, {**sent, "seen": digest[1]})
        assert done.status_code == 302
        assert LadderVersion.objects.count() == 2
    wrong = desk.post(address, {**sent, "threshold_2": 40})
    assert wrong.status_code == 422
    assert "每一级的门槛要高于前一级" in wrong.content.decode()


def test_page_13_counts_members_per_rung_and_leads_to_them(brand: Tenant, desk: Client) -> None:
    address = f"/console/{brand.slug}/members/tiers/"
    assert "还没有等级体系" in desk.get(address).content.decode()
    ladder_make()
    with clock.frozen(day(1)):
        for n in range(3):
            bought(n, 0, 120, buyer=f"B{n}")
    page = desk.get(address).content.decode()
    assert "f.tier.code=in%3Asilver" in page
    listed = desk.get(f"/console/{brand.slug}/members/list/?f.tier.code=in%3Asilver")
    assert listed.status_code == 200
    assert MemberTier.objects.filter(tier__code="silver").count() == 3
    about = f"/console/{brand.slug}/members/{member_of('B0').public_id}/about/?part=rooms"
    detail = desk.get(about, headers={"HX-Request": "true"})
    assert "距 金卡 还差" in detail.content.decode()
