"""Pages of members and segments: what they show, to whom, and for how many questions to the database."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from members.identity.rules import Claim
from members.identity.services import identity_resolve
from members.orders.services import orders_apply
from members.people.models import Member
from members.segments.models import Segment
from members.tags.models import MemberTag
from members.tags.services import member_tag_add
from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.events.models import AuditLog
from scrm.files.models import ImportFile
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.factories.members import START, member, order, order_facts, phone_of, refund, segment
from tests.support.api import tenant

MOST_QUERIES = 12
# A story asks every room of the member once.
MOST_IN_STORY = 24


def signed_in(brand: Tenant, *roles: str) -> Client:
    operator = Operator.objects.create_user(
        email=f"{roles[0]}@{brand.slug}.test", password="x" * 12
    )
    membership_grant(operator=operator, tenant=brand, roles=list(roles))
    client = Client()
    client.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def lead(brand: Tenant) -> Client:
    return signed_in(brand, "private_domain_lead")


def url(brand: Tenant, path: str) -> str:
    return f"/console/{brand.slug}/{path}"


def questions(asked: CaptureQueriesContext) -> int:
    """Queries, without the savepoints that only a test's outer transaction makes."""
    return sum("SAVEPOINT" not in query["sql"] for query in asked)


def sql(asked: CaptureQueriesContext) -> str:
    return "\n".join(query["sql"][:150] for query in asked)


def filled(count: int) -> None:
    orders_apply(
        [
            order_facts(phone=phone_of(number), paid_fen=1000 * (number + 1))
            for number in range(count)
        ]
    )


def test_the_list_shows_who_is_there_masked(brand: Tenant, lead: Client) -> None:
    order(phone="13812345678", paid_fen=123_450)
    shown = lead.get(url(brand, "members/list/")).content.decode()
    assert "138****5678" in shown
    assert "13812345678" not in shown
    assert "¥1,234.50" in shown


@pytest.mark.parametrize("rows", [1, 60])
@pytest.mark.parametrize(
    "path", ["members/list/", "members/list/?wecom=false&f.orders.count=gte:1&sort=-spent"]
)
def test_the_list_asks_few_questions_at_any_size(
    brand: Tenant, lead: Client, path: str, rows: int
) -> None:
    filled(rows)
    with CaptureQueriesContext(connection) as asked:
        assert lead.get(url(brand, path)).status_code == 200
    assert questions(asked) <= MOST_QUERIES, sql(asked)


@pytest.mark.parametrize("orders", [0, 40])
def test_the_members_page_asks_few_questions_at_any_size(
    brand: Tenant, lead: Client, orders: int
) -> None:
    who = member(phone="13800000001")
    for _number in range(orders):
        order(phone="13800000001", refunds=(refund("r", 1),))
    member_tag_add([who.pk], ["高复购", "直播粉"], "operator")
    into_tab = {"HX-Request": "true", "HX-Target": "tab-panel"}
    for tab, shows in (
        ("timeline", "打上标签"),
        ("orders", "还没有订单"),
        ("identity", "手机号"),
    ):
        for headers in ({}, into_tab):
            with CaptureQueriesContext(connection) as asked:
                shown = lead.get(url(brand, f"members/{who.public_id}/?tab={tab}"), headers=headers)
            assert shown.status_code == 200
            html = shown.content.decode()
            assert ("member-head" in html) is not bool(headers)
            is_story = bool(headers) and tab == "timeline"
            assert questions(asked) <= (MOST_IN_STORY if is_story else MOST_QUERIES), sql(asked)
        assert (shows in html) is (orders == 0 or tab != "orders")


@pytest.mark.parametrize(
    ("text", "finds"),
    [
        ("5678", True),
        ("138 1234 5678", True),
        ("+8613812345678", True),
        ("13812345679", False),
        ("宇轩", True),
        ("王宇轩", True),
        ("王", True),
        ("轩王", False),
        ("WANG", True),
        ("wmAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", True),
        ("%", False),
        ("' OR 1=1 --", False),
    ],
)
def test_the_search_box_takes_whatever_an_operator_pastes(
    brand: Tenant, lead: Client, text: str, finds: bool
) -> None:
    who = member(phone="13812345678", display_name="王宇轩Wang")
    identity_resolve(
        claims=[Claim("phone", "13812345678"), Claim("external_userid", "wm" + "A" * 30, "corp")],
        source="wecom",
        occurred_at=START,
    )
    member(phone="13900000000", display_name="李静")
    for asked, found in (
        (text, finds),
        (who.member_no, True),
        (who.member_no[:6], True),
        (who.public_id, True),
    ):
        shown = lead.get(url(brand, "members/list/"), {"q": asked}).content.decode()
        assert (who.member_no in shown or "138****5678" in shown) is found, asked


def test_a_filtered_list_becomes_a_segment_of_the_same_size(brand: Tenant, lead: Client) -> None:
    filled(5)
    page = lead.get(url(brand, "members/list/?source=tmall&spent_from=30&f.orders.count=gte:1"))
    shown = page.content.decode()
    assert 'class="num">3</b>' in shown
    assert "存为人群" in shown
    for chip in ("渠道：天猫", "≥ 30", "≥ 1 单"):
        assert chip in shown
    start = shown.index("/segments/new/?rule=")
    link = shown[start : shown.index('"', start)].replace("&amp;", "&")
    editor = lead.get(url(brand, link.lstrip("/"))).content.decode()
    rule = {
        "all": [
            {"field": "member.source", "op": "in", "value": ["tmall"]},
            {"field": "orders.net", "op": "gte", "value": 3000},
            {"field": "orders.count", "op": "gte", "value": 1},
        ]
    }
    assert escape(json.dumps(rule, ensure_ascii=False)) in editor
    saved = lead.post(url(brand, "segments/new/"), {"name": "三十元以上", "rule": json.dumps(rule)})
    assert saved.status_code == 302
    kept = Segment.objects.get()
    assert (kept.size, kept.rule) == (3, rule)
    behind = lead.get(url(brand, f"members/list/?segment={kept.public_id}")).content.decode()
    assert 'class="num">3</b>' in behind


def test_unknown_filters_of_an_old_link_are_left_out(brand: Tenant, lead: Client) -> None:
    filled(2)
    path = "members/list/?source=nowhere&f.gone=in:x&f.orders.net=gte:abc&f.orders.net=near:1&segment=seg_x&after=junk"
    assert 'class="num">2</b>' in lead.get(url(brand, path)).content.decode()


def test_pages_go_forward_and_back_without_losing_anybody(brand: Tenant, lead: Client) -> None:
    orders_apply([order_facts(phone=phone_of(number)) for number in range(120)])
    seen: list[str] = []
    path = "members/list/?sort=-spent"
    while path:
        page = lead.get(url(brand, path)).context["page"]
        seen += [row.public_id for row in page.page_slice.rows]
        path = f"members/list/{page.next_url()}" if page.next_url() else ""
    assert len(seen) == len(set(seen)) == 120


def test_tags_are_put_on_everybody_the_list_finds(brand: Tenant, lead: Client) -> None:
    filled(4)
    path = "members/tag/?scope=all&spent_from=20"
    assert 'class="num">3</b>' in lead.get(url(brand, path)).content.decode()
    assert lead.post(url(brand, path), {"tags": "高复购，直播粉"}).status_code == 302
    assert MemberTag.objects.count() == 6


def test_the_whole_phone_needs_a_right_a_reason_and_leaves_a_trace(
    brand: Tenant, lead: Client
) -> None:
    who = member(phone="13812345678")
    path = url(brand, f"members/{who.public_id}/phone/")
    into_modal = {"HX-Request": "true", "HX-Target": "modal-body"}
    assert lead.post(path, {"reason": ""}, headers=into_modal).status_code == 422
    assert AuditLog.objects.filter(action="members.phone_shown").count() == 0
    assert (
        "138 1234 5678" in lead.post(path, {"reason": "回访"}, headers=into_modal).content.decode()
    )
    assert AuditLog.objects.get(action="members.phone_shown").after == {"reason": "回访"}
    agent = signed_in(brand, "service_agent")
    assert agent.post(path, {"reason": "回访"}).status_code == 403


def test_strangers_and_other_brands_find_nothing(brand: Tenant, lead: Client) -> None:
    who, kept = member(), segment()
    other = tenant()
    with tenant_scope(other):
        stranger = signed_in(other, "tenant_admin")
    for path in (
        f"members/{who.public_id}/",
        f"members/{who.public_id}/edit/",
        f"segments/{kept.public_id}/",
    ):
        assert stranger.get(url(brand, path)).status_code == 404
        assert stranger.get(url(other, path)).status_code == 404
    assert stranger.post(url(other, f"segments/{kept.public_id}/archive/")).status_code == 404
    kept.refresh_from_db()
    assert kept.archived_at is None


def test_the_live_panel_estimates_then_counts(brand: Tenant, lead: Client) -> None:
    filled(3)
    rule = json.dumps({"all": [{"field": "orders.net", "op": "gte", "value": 2000}]})
    path = url(brand, "segments/count/")
    guess = lead.post(path, {"rule": rule, "phase": "estimate"}).content.decode()
    assert "约" in guess
    assert "累计消费 ≥ ¥20.00" in guess
    exact = lead.post(path, {"rule": rule, "phase": "exact"}).content.decode()
    assert ">2 <span" in exact.replace("\n", "")
    for broken in ("", "{", '{"all": [{"field": "x", "op": "eq", "value": 1}]}'):
        assert "规则还不完整" in lead.post(path, {"rule": broken}).content.decode()


def test_a_refused_rule_keeps_what_was_typed(brand: Tenant, lead: Client) -> None:
    told = {"name": "坏规则", "rule": '{"all": [{"field": "x", "op": "eq", "value": 1}]}'}
    refused = lead.post(url(brand, "segments/new/"), told)
    assert refused.status_code == 422
    assert "坏规则" in refused.content.decode()
    assert Segment.objects.count() == 0


def test_an_order_file_can_be_handed_over(brand: Tenant, lead: Client) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    text = "订单号,手机号,支付时间,金额\nA1,13800000001,2026-01-15 12:00,99.00\n"
    told = {
        "options_channel": "tmall",
        "file": SimpleUploadedFile("orders.csv", text.encode("utf-8-sig")),
    }
    answer = lead.post(url(brand, "orders/import/"), told)
    assert answer.status_code == 302
    assert ImportFile.objects.get().public_id in answer["Location"]  # the mapping is asked next
    bad = {
        "options_channel": "tmall",
        "file": SimpleUploadedFile("orders.csv", b"\xff\xfe\x00binary"),
    }
    assert lead.post(url(brand, "orders/import/"), bad).status_code == 422
    assert ImportFile.objects.count() == 1


def test_a_new_member_with_a_known_phone_opens_who_has_it(brand: Tenant, lead: Client) -> None:
    who = member(phone="13812345678")
    told = {"phone": "138-1234-5678", "display_name": "新", "source": "store"}
    answer = lead.post(url(brand, "members/new/"), told)
    assert answer["Location"].endswith(f"/members/{who.public_id}/")
    assert Member.objects.count() == 1
