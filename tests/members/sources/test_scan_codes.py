"""Scan codes: their token becomes the source of whoever comes by it, with channel and order."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from members.identity.contacts import ContactChange, contact_take
from members.people.models import Member, SourceTouch
from members.sources.models import ScanCode
from members.sources.rules import Wanted
from members.sources.services import scan_code_archive, scan_codes_make
from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.core import clock
from scrm.core.errors import InvalidValue
from scrm.events.models import AuditLog
from scrm.tenants.models import Tenant
from tests.factories.members import member
from tests.support.api import client

CARD = Wanted(kind="parcel_card", name="三月包裹卡", order_channel="tmall", order_number="T-0301")


def added(state: str) -> Member:
    """Somebody became a friend of staff by a contact way with that state."""
    key = contact_take(
        ContactChange(
            corp_id="ww1",
            external_userid="wm1",
            unionid="",
            name="王宇轩",
            gender=1,
            phones=[],
            change="added",
            state=state,
            at=clock.now(),
        )
    )
    return Member.objects.get(pk=key)


def test_m_21_a_parcel_cards_state_becomes_source_and_names_the_order(brand: Tenant) -> None:
    [code] = scan_codes_make([CARD])
    assert len(code.token) <= 30
    who = added(code.token)
    assert (who.first_source, who.latest_source) == ("parcel_card", "parcel_card")
    touch = SourceTouch.objects.get(member=who)
    assert (touch.state, touch.campaign) == (code.token, "三月包裹卡 T-0301")


def test_a_store_code_and_a_channel_of_its_own(brand: Tenant) -> None:
    store, live = scan_codes_make(
        [Wanted(kind="store", name="静安门店"), Wanted(kind="ad", name="投放", channel="douyin")]
    )
    assert (store.channel, live.channel) == ("store", "douyin")
    assert added(live.token).latest_source == "douyin"
    assert added("sc_unknown").latest_source == "wecom"


def test_a_code_that_was_put_away_is_recognised_still(brand: Tenant) -> None:
    [code] = scan_codes_make([Wanted(kind="store", name="静安门店")])
    scan_code_archive(public_id=code.public_id)
    scan_code_archive(public_id=code.public_id)
    assert added(code.token).latest_source == "store"
    assert AuditLog.objects.filter(action="scan_codes.archived").count() == 1


def test_an_orders_card_is_made_once(brand: Tenant) -> None:
    first, again = scan_codes_make([CARD, CARD])
    [third] = scan_codes_make([CARD])
    assert {first.pk, again.pk, third.pk} == {ScanCode.objects.get().pk}


@pytest.mark.parametrize(
    ("told", "pointer"),
    [
        ({"kind": "moon"}, "/codes/0/kind"),
        ({"name": " "}, "/codes/0/name"),
        ({"channel": "nobody"}, "/codes/0/channel"),
        ({"kind": "store"}, "/codes/0/order_number"),
        ({"order_channel": ""}, "/codes/0/order_channel"),
    ],
)
def test_what_does_not_fit_is_refused(brand: Tenant, told: dict[str, Any], pointer: str) -> None:
    wanted = {
        "kind": "parcel_card", "name": "x", "order_channel": "tmall", "order_number": "1", **told
    }  # fmt: skip
    with pytest.raises(InvalidValue) as refused:
        scan_codes_make([Wanted(**wanted)])
    assert refused.value.pointer == pointer
    assert not ScanCode.objects.exists()


def test_a_scene_of_the_official_account_arrives_by_rest(brand: Tenant) -> None:
    api = client(brand)
    card = {"kind": "parcel_card", "name": "卡", "order_channel": "tmall", "order_number": "9"}
    made = api.ask("POST", "scan-codes", {"codes": [card]}, key="a").json()["codes"][0]
    body = {
        "state": f"qrscene_{made['state']}",
        "identities": [{"type": "openid", "scope": "wx123", "value": "oA1b2"}],
    }
    came = api.ask("POST", "scan-codes/arrivals", body, key="b").json()
    who = Member.objects.get(public_id=came["member_id"])
    assert (came["is_new"], came["code"]["order_number"]) == (True, "9")
    assert SourceTouch.objects.get(member=who).campaign == "卡 9"
    unknown = {**body, "state": "sc_nothing"}
    assert api.ask("POST", "scan-codes/arrivals", unknown, key="c").status_code == 404
    late = {**body, "occurred_at": (clock.now() + timedelta(hours=1)).isoformat()}
    assert api.ask("POST", "scan-codes/arrivals", late, key="d").json()["code"] == "from_the_future"
    listed = api.ask("GET", "scan-codes?order_number=9").json()["data"]
    assert [row["id"] for row in listed] == [made["id"]]
    assert api.ask("DELETE", f"scan-codes/{made['id']}", key="e").status_code == 204
    assert api.ask("GET", f"scan-codes/{made['id']}").json()["archived_at"]


def test_a_code_is_made_shown_and_put_away_on_its_pages(brand: Tenant) -> None:
    operator = Operator.objects.create_user(email="lead@example.com", password=None, name="李娜")
    membership_grant(operator=operator, tenant=brand, roles=["member_ops"])
    lead = Client()
    lead.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    base = f"/console/{brand.slug}/sources/codes/"
    assert "还没有来源码" in lead.get(base).content.decode()
    wrong = lead.post(f"{base}new/", {"kind": "store", "name": "x", "order_number": "1"})
    assert wrong.status_code == 422
    assert "只有包裹卡可以对应订单" in wrong.content.decode()
    done = lead.post(f"{base}new/", {"kind": "store", "name": "静安门店"})
    code = ScanCode.objects.get()
    assert code.token in lead.get(done["Location"]).content.decode()
    added(code.token)
    member()
    shown = lead.get(base).content.decode()
    assert re.search(r'class="[^"]*num[^"]*"[^>]*>(<[^>]*>)*1<', shown)
    said = lead.post(f"{base}{code.public_id}/archive/", follow=True).content.decode()
    undo = re.search(r'/console/[^"]*/undo/[^"/]+/', said)
    assert undo is not None
    lead.post(undo[0])
    assert ScanCode.objects.get().archived_at is None
