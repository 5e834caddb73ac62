"""What WeCom says about customers, in any order and as often as it likes."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from members.identity.rules import Claim
from members.identity.selectors import external_userids_of, member_find
from members.people.models import Member, SourceTouch
from scrm.core.ids import uuid7
from scrm.core.secrets import secret_seal
from scrm.events.bus import SUBSCRIBERS, Event
from scrm.tenants.models import Tenant
from scrm.wecom.models import ExternalContact, FollowRelation, RelationState, Staff, WeComCorp
from tests.factories.members import START, member

USERID = "wmAAAA0001"


def told(**more: Any) -> dict[str, Any]:
    return {
        "corp_id": "corp-1",
        "external_userid": USERID,
        "unionid": "",
        "name": "小满",
        "gender": 2,
        "phones": [],
        "userid": "lin",
        "change": "added",
        "state": "code-1",
        "tags": [],
        "at": START.isoformat(),
    } | more


def hear(**more: Any) -> Member:
    more["phones"] = [secret_seal(phone) for phone in more.get("phones", ())]
    event = Event(
        id=uuid7(),
        type="wecom.contact_changed",
        subject="",
        payload=told(**more),
        occurred_at=START,
    )
    listener = next(
        x for x in SUBSCRIBERS["wecom.contact_changed"] if x.name == "members.contact_take"
    )
    listener.handle(event)
    found = member_find(Claim("external_userid", USERID, "corp-1"))
    assert found is not None
    return found


def test_a_new_customer_is_a_member_with_source_and_friendship(brand: Tenant) -> None:
    found = hear()
    assert (found.display_name, found.gender, found.is_wecom_friend) == ("小满", "female", True)
    assert (found.first_source, found.latest_source) == ("wecom", "wecom")
    touch = SourceTouch.objects.get()
    assert (touch.source, touch.state, touch.at) == ("wecom", "code-1", START)
    assert external_userids_of([found.pk], corp_id="corp-1") == {found.pk: [USERID]}


@pytest.mark.parametrize(
    "claims", [{"unionid": "union-1"}, {"phones": ["not a phone", "138-0000-0001"]}]
)
def test_a_customer_who_is_a_member_already_is_found(brand: Tenant, claims: dict[str, Any]) -> None:
    known = member(phone="13800000001", display_name="林小满")
    from members.identity.services import identity_resolve

    identity_resolve(
        claims=[Claim("phone", "13800000001"), Claim("unionid", "union-1")],
        source="x",
        occurred_at=START,
    )
    found = hear(**claims)
    assert found == known
    assert found.display_name == "林小满", "what is known stays"
    assert found.is_wecom_friend


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_order_and_repetition_of_messages_change_nothing(
    brand: Tenant, order: tuple[int, ...]
) -> None:
    messages = [told(), told(), told(change="edited", unionid="union-1", state="")]
    for place in order:
        found = hear(**messages[place])
    assert Member.objects.count() == SourceTouch.objects.count() == 1
    assert found.identities.count() == 2


def test_a_customer_who_left_is_no_friend(brand: Tenant) -> None:
    hear()
    assert not hear(change="deleted_by_customer").is_wecom_friend


def test_friendship_is_read_from_the_relations_as_they_stand(brand: Tenant) -> None:
    """One of two members of staff lost the customer: still a friend, whatever the message says."""
    corp = WeComCorp.objects.create(
        corp_id="corp-1", name="x", agent_id=1, secret="s", token="t", aes_key="k"
    )
    contact = ExternalContact.objects.create(corp=corp, external_userid=USERID)
    relations = [
        FollowRelation.objects.create(
            corp=corp,
            contact=contact,
            staff=Staff.objects.create(corp=corp, userid=name),
            state=RelationState.ACTIVE,
            event_at=START,
        )
        for name in ("lin", "chen")
    ]
    FollowRelation.objects.filter(pk=relations[0].pk).update(state=RelationState.DELETED)
    assert hear(change="deleted_by_customer").is_wecom_friend
    FollowRelation.objects.filter(pk=relations[1].pk).update(state=RelationState.DELETED)
    assert not hear(change="edited").is_wecom_friend, "a late message changes nothing"
