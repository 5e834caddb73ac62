"""Acts of the rooms that offer to be taken back: the whole way through the console."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from communities.outreach.models import Push
from communities.outreach.services.drafts import push_create
from members.people.models import Member
from members.segments.models import Segment
from members.segments.services import segment_create
from members.tags.models import MemberTag
from scrm.core import clock
from scrm.tenants.context import tenant_scope
from tests.scrm.console.conftest import House

pytestmark = pytest.mark.db
RULE = {"all": [{"field": "orders.count", "op": "gte", "value": 1}]}
PART = {"HX-Request": "true", "HX-Target": "drawer-body"}


def undo_of(page: str) -> str:
    found = re.search(r'data-undo="([^"]+)"', page)
    assert found, "no toast offers 撤销"
    return html.unescape(found[1])


def test_tags_of_many(house: House, lin: Client) -> None:
    with tenant_scope(house.mumian):
        member = Member.objects.create(member_no="90001", registered_at=clock.now())
    address = f"/console/mumian/members/tag/?ids={member.public_id}"
    got = lin.post(address, {"tags": "爱茶"}, headers=PART)
    assert got.status_code == 204
    undo = undo_of(lin.get(got.headers["HX-Redirect"]).content.decode())
    with tenant_scope(house.mumian):
        assert MemberTag.objects.count() == 1
    assert lin.post(undo, headers=PART).status_code == 204
    with tenant_scope(house.mumian):
        assert not MemberTag.objects.exists()


def test_an_archived_segment(house: House, lin: Client) -> None:
    with tenant_scope(house.mumian):
        segment = segment_create(name="回头客", rule=RULE)
    address = f"/console/mumian/segments/{segment.public_id}/archive/"
    undo = undo_of(lin.post(address, follow=True).content.decode())
    assert lin.post(undo, headers=PART).status_code == 204
    with tenant_scope(house.mumian):
        assert Segment.objects.get().archived_at is None


def test_a_segment_whose_name_was_taken_stays_archived(house: House, lin: Client) -> None:
    with tenant_scope(house.mumian):
        segment = segment_create(name="回头客", rule=RULE)
    address = f"/console/mumian/segments/{segment.public_id}/archive/"
    undo = undo_of(lin.post(address, follow=True).content.decode())
    with tenant_scope(house.mumian):
        segment_create(name="回头客", rule=RULE)
    got = lin.post(undo, headers=PART)
    assert got.status_code == 409
    with tenant_scope(house.mumian):
        assert Segment.objects.filter(archived_at=None).count() == 1


def test_a_deleted_draft(house: House, lin: Client) -> None:
    with tenant_scope(house.mumian):
        push = push_create(name="春茶", text="{昵称}好")
    address = f"/console/mumian/communities/pushes/{push.public_id}/delete/"
    undo = undo_of(lin.post(address, follow=True).content.decode())
    with tenant_scope(house.mumian):
        assert not Push.objects.exists()
    assert lin.post(undo, headers=PART).status_code == 204
    with tenant_scope(house.mumian):
        back = Push.objects.get()
        assert (back.public_id, back.name, back.text, back.state) == (
            push.public_id,
            "春茶",
            "{昵称}好",
            "draft",
        )
