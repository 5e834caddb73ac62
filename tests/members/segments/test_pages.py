"""Pages 19 and 20: the list with what it tells of each, nights, comparisons, and putting away."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from communities.outreach.models import Push
from members.segments.models import Segment
from members.segments.services import segment_create
from members.segments.snapshots import snapshots_take
from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.events.actor import acting_as
from scrm.events.jobs.nightly import nightly_day
from scrm.files.exports import EXPORTS
from scrm.tenants.models import Tenant
from tests.factories.members import order, phone_of

RICH: dict[str, Any] = {"all": [{"field": "orders.net", "op": "gte", "value": 10_000}]}
MOST_QUERIES = 12


@pytest.fixture
def who(brand: Tenant) -> Operator:
    made = Operator.objects.create_user(email="lin@example.com", name="林晓")
    membership_grant(operator=made, tenant=brand, roles=["tenant_admin"])
    return made


@pytest.fixture
def rich(brand: Tenant) -> Segment:
    order(phone=phone_of(1), paid_fen=20_000)
    with acting_as("operator", id="1", label="陈会员"):
        made = segment_create(name="高消费", rule=RICH)
    with acting_as("operator", id="2", label="周运营"):
        segment_create(name="全部", rule={"all": []})
    snapshots_take(nightly_day() - timedelta(days=7))
    order(phone=phone_of(2), paid_fen=30_000)
    snapshots_take(nightly_day())
    return made


class Browser:
    def __init__(self, brand: Tenant, who: Operator) -> None:
        self.client = Client()
        self.client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
        self.base = f"/console/{brand.slug}/segments/"

    def get(self, path: str, **query: str) -> str:
        self.client.get(self.base + path, query)  # what is read once per process
        with CaptureQueriesContext(connection) as asked:
            answer = self.client.get(self.base + path, query)
        assert answer.status_code == 200, answer.content[:300]
        told = [each["sql"][:160] for each in asked if "SAVEPOINT" not in each["sql"]]
        assert len(told) <= MOST_QUERIES, "\n".join(told)
        return answer.content.decode()


def test_the_list_tells_the_week_who_uses_and_who_made_it(
    brand: Tenant, who: Operator, rich: Segment
) -> None:
    browser = Browser(brand, who)
    Push.objects.create(name="春茶上架", segment=rich, state="draft")
    text = browser.get("list/")
    assert "+1" in text
    assert "推送 春茶上架" in text
    mine = browser.get("list/", owner="陈会员")
    assert "高消费" in mine
    assert ">全部<" not in mine
    rows = EXPORTS["segments"].rows("owner=陈会员")
    assert [row.name for row in rows] == ["高消费"]


def test_nights_and_comparison_show_who_came(brand: Tenant, who: Operator, rich: Segment) -> None:
    browser = Browser(brand, who)
    text = browser.get(f"{rich.public_id}/changes/")
    assert "138****0002" in text, "who entered"
    assert "138****0001" not in text, "who stayed"
    new = segment_create(name="新", rule=RICH)
    assert "每晚记录一次" in browser.get(f"{new.public_id}/changes/")
    assert "同时在两个人群" in browser.get("compare/", first=rich.public_id, second=new.public_id)
    assert "同时在两个人群" not in browser.get("compare/")


def test_the_editor_stays_within_its_queries(brand: Tenant, who: Operator, rich: Segment) -> None:
    text = Browser(brand, who).get(f"{rich.public_id}/")
    fields = text.split('id="segment-fields"')[1].split("</script>")[0]
    data = json.loads(fields[fields.index("{") :])
    city = next(field for field in data["fields"] if field["key"] == "member.city")
    assert city["operators"] == ["in", "not_in", "is_set", "not_set"]
    assert data["operators"]["not_set"] == "未知"


def test_putting_away_asks_while_something_reads_it(
    brand: Tenant, who: Operator, rich: Segment
) -> None:
    browser = Browser(brand, who)
    push = Push.objects.create(name="春茶上架", segment=rich, state="draft")
    address = f"{browser.base}{rich.public_id}/archive/"
    assert "春茶上架" in browser.get(f"{rich.public_id}/archive/")
    plain = browser.client.post(address)
    assert plain["Location"] == address, "a button drawn before it was used"
    assert Segment.objects.get(pk=rich.pk).archived_at is None
    assert browser.client.post(address, {"anyway": "on"}).status_code == 302
    assert Segment.objects.get(pk=rich.pk).archived_at is not None
    push.refresh_from_db()
    assert push.segment_id == rich.pk
    other = Segment.objects.get(name="全部")
    browser.client.post(f"{browser.base}{other.public_id}/archive/")
    assert Segment.objects.get(pk=other.pk).archived_at is not None, "unused ones go at once"
