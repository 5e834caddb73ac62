"""Page 43: what it counts, the queue with its undo, moves by hand, core actions; and the same by REST."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from members.lifecycle.models import MemberPulse
from members.lifecycle.services import pulse_night, pulses_make
from members.people.models import Member
from members.pools.models import PoolMove, Screening
from members.pools.screening import screenings_open
from members.pools.services import pools_move, pools_night
from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.core import clock
from scrm.events.jobs.nightly import nightly_day
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.factories.members import member, order
from tests.support.api import client


@pytest.fixture
def lead(brand: Tenant) -> Client:
    operator = Operator.objects.create_user(email="lead@example.com", password=None, name="李娜")
    membership_grant(operator=operator, tenant=brand, roles=["private_domain_lead"])
    found = Client()
    found.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    return found


def url(brand: Tenant, path: str) -> str:
    return f"/console/{brand.slug}/{path}"


def timeline(lead: Client, address: str) -> str:
    """What happened to a member, as the page fetches it."""
    asked = {"HX-Request": "true", "HX-Target": "tab-panel"}
    return lead.get(f"{address}?tab=timeline", headers=asked).content.decode()


def rail(lead: Client, address: str) -> str:
    """What the rooms say of a member beside the story."""
    asked = {"HX-Request": "true", "HX-Target": "about-rooms"}
    return lead.get(f"{address}about/?part=rooms", headers=asked).content.decode()


def night(brand: Tenant) -> None:
    with tenant_scope(Tenant.objects.get(pk=brand.pk)):
        pulse_night(nightly_day())
        pools_night(nightly_day())


def test_before_there_is_anybody_the_page_says_so(brand: Tenant, lead: Client) -> None:
    said = lead.get(url(brand, "pools/")).content.decode()
    assert "粉丝池还是空的" in said
    assert "没有新人要初筛" in lead.get(url(brand, "pools/screening/")).content.decode()
    assert "还没有移动" in lead.get(url(brand, "pools/moves/")).content.decode()


def test_every_count_leads_to_the_members_it_counts(brand: Tenant, lead: Client) -> None:
    at = clock.now() - timedelta(days=2)
    for number in range(4):
        order(phone=f"1380000200{number}", at=at, paid_fen=30_000)
    for number in range(5):
        order(phone="13800002000", at=at, paid_fen=1_000, external_id=f"more-{number}")
    member(at=at)
    first = Member.objects.order_by("pk")[0]
    lead.post(url(brand, "pools/actions/"), {"times_order.paid": "1", "least": "200"})
    night(brand)
    pools_move([first.pk], to="core", reason="群里的热心用户")
    said = lead.get(url(brand, "pools/")).content.decode()
    links = set(re.findall(r'href="([^"]*f\.(?:pool|lifecycle)\.stage=[^"]*)"[^>]*>(\d+)<', said))
    links |= set(re.findall(r'class="kpi-value[^>]*><a href="([^"]*)">(\d+)<', said))
    assert links
    for href, count in links:
        listed = lead.get(href.replace("&amp;", "&")).content.decode()
        assert f'<b class="num">{count}</b>' in listed or f">{count}<" in listed
    assert "支付订单 满 ¥200.00" in said
    assert "参考线 70%" in said


def test_many_are_decided_at_once_and_it_can_be_taken_back(brand: Tenant, lead: Client) -> None:
    people = [member(at=clock.now()).pk for _n in range(3)]
    screenings_open(people)
    ids = ",".join(Screening.objects.values_list("public_id", flat=True)[:2])
    page = url(brand, f"pools/screening/hold/?ids={ids}&verdict=pending")
    assert '<b class="num">2</b>' in lead.get(page).content.decode()
    done = lead.post(page, {"note": "先观察"})
    assert done["Location"].endswith("pools/screening/?verdict=pending")
    assert Screening.objects.filter(verdict="hold", note="先观察").count() == 2
    listed = lead.get(done["Location"]).content.decode()
    undo = re.search(r'/console/[^"]*/undo/[^"/]+/', listed)
    assert undo is not None
    lead.post(undo[0])
    assert Screening.objects.filter(verdict="pending", decided_at=None).count() == 3
    everybody = url(brand, "pools/screening/reject/?scope=all&verdict=pending")
    lead.post(everybody, {"note": ""})
    assert Screening.objects.filter(verdict="reject").count() == 3


def test_one_is_decided_from_its_row(brand: Tenant, lead: Client) -> None:
    screenings_open([member(at=clock.now(), source="official_account").pk])
    row = Screening.objects.get()
    said = lead.get(url(brand, "pools/screening/?verdict=pending&bypass=false")).content.decode()
    assert f"pools/screening/{row.public_id}/pass/" in said
    lead.post(url(brand, f"pools/screening/{row.public_id}/pass/"))
    row.refresh_from_db()
    assert (row.verdict, row.decided_by) == ("pass", "李娜")
    assert lead.post(url(brand, f"pools/screening/{row.public_id}/moon/")).status_code == 302
    assert Screening.objects.get().verdict == "pass"


def test_a_member_is_moved_from_their_page_with_a_reason_and_moved_back(
    brand: Tenant, lead: Client
) -> None:
    who = member(at=clock.now())
    pulses_make()
    page = url(brand, f"members/pool/?ids={who.public_id}&back={who.public_id}")
    assert lead.post(page, {"pool": "core", "reason": ""}).status_code == 422
    assert lead.post(page, {"pool": "true_fan", "reason": "x"}).status_code == 422
    done = lead.post(page, {"pool": "core", "reason": "老客户推荐"})
    said = lead.get(done["Location"]).content.decode()
    assert "核心粉丝池" in rail(lead, done["Location"])
    assert "老客户推荐" in timeline(lead, done["Location"])
    undo = re.search(r'/console/[^"]*/undo/[^"/]+/', said)
    assert undo is not None
    lead.post(undo[0])
    assert MemberPulse.objects.get(member=who).pool == "public"
    moves = lead.get(url(brand, "pools/moves/?cause=undone")).content.decode()
    assert who.member_no in moves


def test_a_members_page_shows_stage_contribution_and_deeds(brand: Tenant, lead: Client) -> None:
    at = clock.now() - timedelta(days=1)
    who = order(phone="13800002000", at=at, paid_fen=100_000).member
    api = client(brand)
    event = {
        "name": "ugc_published",
        "identities": [{"type": "phone", "value": "13800002000"}],
        "occurred_at": at.isoformat(),
        "channel": "mini_program",
    }
    api.ask("POST", "events", {"events": [{**event, "event_id": "u1"}]}, key="a")
    night(brand)
    said = rail(lead, url(brand, f"members/{who.public_id}/"))
    for words in ("新客", "26.00", "发布内容", "距上次活跃"):
        assert words in said
    happened = timeline(lead, url(brand, f"members/{who.public_id}/"))
    assert "生命周期：新客" in happened
    assert "发布内容" in happened
    listed = lead.get(url(brand, "members/list/?col=stage&col=pool&col=contribution"))
    assert "26.00" in listed.content.decode()
    assert "新客" in lead.get(url(brand, "members/list/?stage=new")).content.decode()


def test_pools_by_rest(brand: Tenant) -> None:
    at = clock.now() - timedelta(days=1)
    who = order(phone="13800002000", at=at).member
    api = client(brand)
    saved = api.ask("PUT", "core-actions", {"actions": [{"event": "order.paid"}]}, key="a").json()
    assert saved == {"actions": [{"event": "order.paid", "times": 1, "least": 0}]}
    wrong = api.ask("PUT", "core-actions", {"actions": [{"event": "moon"}]}, key="b")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/actions/0")
    night(brand)
    pulse = api.ask("GET", f"members/{who.public_id}/pulse").json()
    assert (pulse["stage"], pulse["pool"], pulse["contribution"]) == ("new", "territory", 250)
    moves = api.ask("GET", f"members/{who.public_id}/pool-moves").json()["data"]
    assert [(move["before"], move["after"], move["cause"]) for move in moves] == [
        ("public", "territory", "action")
    ]
    stages = api.ask("GET", f"members/{who.public_id}/stage-moves").json()["data"]
    assert [(move["before"], move["after"]) for move in stages] == [("", "new")]
    body = {"members": [who.public_id], "pool": "core", "reason": "x"}
    assert api.ask("POST", "pool-moves", body, key="c").json() == {"count": 1}
    fan = api.ask("POST", "pool-moves", {**body, "pool": "true_fan"}, key="d")
    assert fan.status_code == 422
    told = api.ask("GET", "pools").json()
    assert told["pools"] == {"public": 0, "territory": 0, "core": 1, "true_fan": 0}
    assert told["true_fan_target"] == 1000
    screenings_open([who.pk])
    [row] = api.ask("GET", "screenings?verdict=pending").json()["data"]
    decided = api.ask(
        "POST", f"screenings/{row['id']}/verdict", {"verdict": "hold", "note": "x"}, key="e"
    ).json()
    assert (decided["verdict"], decided["note"]) == ("hold", "x")
    many = {"screenings": [row["id"]], "verdict": "pass"}
    assert api.ask("POST", "screenings", many, key="f").json() == {"count": 1}
    assert PoolMove.objects.count() == 2


def test_an_unknown_member_or_screening_among_many_refuses_all(brand: Tenant) -> None:
    who = member(at=clock.now())
    api = client(brand)
    unknown = "mem_" + "0" * 26
    body = {"members": [who.public_id, unknown], "pool": "core", "reason": "x"}
    assert api.ask("POST", "pool-moves", body, key="a").status_code == 404
    many = {"screenings": ["scr_" + "0" * 26], "verdict": "pass"}
    assert api.ask("POST", "screenings", many, key="b").status_code == 404
    assert not PoolMove.objects.exists()
