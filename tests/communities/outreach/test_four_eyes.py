"""A push that reaches very many is let go by a second person."""

from __future__ import annotations

import pytest
from django.db import transaction

from communities.outreach.models import Push, PushRecipient
from communities.outreach.services.asking import push_submit
from communities.outreach.services.drafts import push_create, push_schedule, push_update
from communities.outreach.services.planning import push_snapshot
from members.segments.services import segment_create, segment_update
from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.approvals.services import ApprovalOutdated, ApprovalRequired, approval_decide
from scrm.events.actor import acting_as
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.tenants.services import tenant_settings_update
from scrm.wecom.models import WeComCorp
from tests.factories.members import member
from tests.support.api import tenant

pytestmark = pytest.mark.db


def operator(brand: Tenant, name: str) -> Operator:
    made = Operator.objects.create_user(email=f"{name}@example.com", password=None, name=name)
    membership_grant(operator=made, tenant=brand, roles=["member_ops"])
    return made


def test_above_the_limit_one_writes_and_another_sends(db: None) -> None:
    brand = tenant()
    ann, bob = operator(brand, "ann"), operator(brand, "bob")
    with tenant_scope(brand), transaction.atomic():
        WeComCorp.objects.create(
            corp_id="ww1", name="c", agent_id=1, secret="s", token="t", aes_key="k"
        )
        for _number in range(3):
            member()
        everybody = segment_create(name="all", rule={"all": []})
        first, second = (
            push_create(name=name, segment=everybody.public_id, text="你好") for name in "ab"
        )
        assert push_submit(public_id=first.public_id) is None, "the control: no limit, no approval"
        tenant_settings_update(tenant_id=brand.pk, values={"push.approval_above": 2})
    brand.refresh_from_db()
    with tenant_scope(brand), transaction.atomic():
        with pytest.raises(ApprovalRequired):
            push_schedule(public_id=second.public_id)
        with acting_as("operator", id=str(ann.pk), label="ann"):
            asked = push_submit(public_id=second.public_id, reason="双十一")
        assert asked is not None
        assert ["人群人数", "", "3"] in asked.change
        assert Push.objects.get(pk=second.pk).state == "draft"
        with acting_as("operator", id=str(bob.pk), label="bob"):
            push_update(public_id=second.public_id, changes={"text": "别的话"})
            with pytest.raises(ApprovalOutdated):
                approval_decide(asked.public_id, approve=True)
            push_update(public_id=second.public_id, changes={"text": "你好"})
            few = {"all": [{"field": "orders.net", "op": "gte", "value": 50000}]}
            segment_update(public_id=everybody.public_id, rule=few)
            with pytest.raises(ApprovalOutdated):
                approval_decide(asked.public_id, approve=True)
            segment_update(public_id=everybody.public_id, rule={"all": []})
            approval_decide(asked.public_id, approve=True)
        assert Push.objects.get(pk=second.pk).state == "scheduled"


def test_a_rule_that_is_widened_after_the_push_was_let_go_reaches_nobody_more(db: None) -> None:
    brand = tenant()
    tenant_settings_update(tenant_id=brand.pk, values={"push.approval_above": 1})
    brand.refresh_from_db()
    with tenant_scope(brand), transaction.atomic():
        WeComCorp.objects.create(
            corp_id="ww1", name="c", agent_id=1, secret="s", token="t", aes_key="k"
        )
        ann, _bob, _eve = (member(city=city) for city in ("上海", "北京", "北京"))
        few = segment_create(
            name="few", rule={"all": [{"field": "member.city", "op": "in", "value": ["上海"]}]}
        )
        push = push_create(name="a", segment=few.public_id, text="你好")
        push_schedule(public_id=push.public_id)
        segment_update(public_id=few.public_id, rule={"all": []})
        push_snapshot(push.pk)
        people = PushRecipient.objects.filter(push_id=push.pk)
        assert list(people.values_list("member_id", flat=True)) == [ann.pk]
        other = push_create(name="b", segment=few.public_id, text="你好")
        with pytest.raises(ApprovalRequired):  # the control: asked now, it needs a second person
            push_schedule(public_id=other.public_id)
