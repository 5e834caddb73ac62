"""The number shown, the rows exported and the people a push writes down are the same (A-18, peers 16)."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.db import connection

from communities.outreach.models import PushRecipient
from communities.outreach.services.drafts import push_create, push_schedule
from communities.outreach.services.planning import push_snapshot
from members.orders.models import MemberRollup
from members.people.models import Member
from members.segments.building import sets_for_rule
from members.segments.models import SetDirty
from members.segments.rules import rule_parse
from members.segments.selectors import segment_count
from members.segments.services import segment_create
from members.segments.sets import sets_answer
from members.tags.services import member_tag_add, tags_ensure
from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.core import clock
from scrm.events.actor import acting_as
from scrm.events.jobs.runner import jobs_run_waiting
from scrm.files.exports import export_start
from scrm.files.store import parts_read
from scrm.tenants.models import Tenant
from tests.support import pushes
from tests.support.api import client


def rule_of_three() -> dict[str, Any]:
    """Money, a tag and a condition that is turned round: of ten people, whom nobody sees at a glance."""
    tag = tags_ensure(["甲"])["甲"].public_id
    return {
        "all": [
            {"field": "orders.net", "op": "between", "value": [200, 800]},
            {"any": [
                {"field": "tags", "op": "has_any", "value": [tag]},
                {"not": {"field": "member.city", "op": "in", "value": ["上海"]}},
            ]},
        ]
    }  # fmt: skip


def exported(who: Operator, segment_id: str) -> set[str]:
    with acting_as("operator", id=str(who.pk), label=who.name):
        file = export_start("members", may=lambda _right: True, query=f"segment={segment_id}")
    jobs_run_waiting()
    file.refresh_from_db()
    text = b"".join(parts_read(file)).decode("utf-8-sig")
    _header, *rows = csv.reader(io.StringIO(text))
    assert len(rows) == file.rows
    return {row[0] for row in rows}


@pytest.mark.parametrize("with_sets", [False, True], ids=["sql", "sets"])
def test_the_count_the_file_and_the_push_hold_the_same_people(
    brand: Tenant, with_sets: bool
) -> None:
    shop = pushes.brand(brand, customers=8, strangers=2)
    assert shop.tenant == brand
    people = list(Member.objects.order_by("pk"))
    for number, person in enumerate(people):
        MemberRollup.objects.create(
            member=person, orders_count=1, net_fen=number * 100, paid_fen=1, refunded_fen=0,
            window_orders=0, window_net_fen=0,
        )  # fmt: skip
        Member.objects.filter(pk=person.pk).update(city="上海" if number % 3 else "")
    member_tag_add([person.pk for person in people[4:6]], ["甲"], "test")
    who = Operator.objects.create_user(email="lin@example.com", name="林晓")
    membership_grant(operator=who, tenant=brand, roles=["tenant_admin"])
    rule = rule_of_three()
    if with_sets:
        SetDirty.objects.all().delete()
        assert sets_for_rule(rule_parse(rule), smallest=0)
    with clock.frozen(pushes.NOON):
        assert (sets_answer(rule) is not None) == with_sets
        made = segment_create(name="three", rule=rule)
        told = client(brand).ask("POST", "segments/count", {"rule": rule}).json()["exact"]
        draft = push_create(name="春茶", segment=made.public_id, text="春茶上架")
        push = push_schedule(public_id=draft.public_id)
        assert push_snapshot(push.pk) == 1
        audience = PushRecipient.objects.filter(push=push).values_list(
            "member__public_id", flat=True
        )
        file = exported(who, made.public_id)
    wanted = {people[number].public_id for number in (3, 4, 5, 6)}
    assert file == set(audience) == wanted
    assert told["members"] == made.size == segment_count(rule) == len(wanted)
    assert connection.in_atomic_block, "all of it in one transaction: nobody came between"
