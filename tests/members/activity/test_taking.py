"""Activity facts: each once, whoever sends them, whatever they are called."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from members.activity.models import Activity
from members.activity.rules import ActivityFact
from members.activity.services import activity_take
from members.identity.rules import Claim
from members.people.models import Member, MemberStatus
from scrm.core import clock
from scrm.events.models import OutboxEvent
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.factories.members import member
from tests.support.api import client, tenant

NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)


def fact(event_id: str, *, phone: str = "13800000001", **told: Any) -> ActivityFact:
    facts: dict[str, Any] = {
        "name": "visit",
        "claims": (Claim("phone", phone),),
        "occurred_at": NOW,
    }
    return ActivityFact(event_id=event_id, **{**facts, **told})


def test_the_same_event_counts_once_within_a_batch_and_between_batches(brand: Tenant) -> None:
    with clock.frozen(NOW):
        first = activity_take([fact("e1", seconds=10), fact("e1", seconds=99), fact("e2")])
        again = activity_take([fact("e1"), fact("e3")])
    assert [each.is_new for each in first] == [True, False, True]
    assert [each.is_new for each in again] == [False, True]
    assert {each.member_id for each in [*first, *again]} == {Member.objects.get().pk}
    assert Activity.objects.count() == 3
    assert Activity.objects.get(event_id="e1").seconds == 10
    told = OutboxEvent.objects.filter(type="activity.taken").order_by("id")
    assert [event.payload["names"] for event in told] == [["visit"], ["visit"]]


def test_an_unknown_person_is_made_and_weak_identifiers_make_an_anonymous_one(
    brand: Tenant,
) -> None:
    with clock.frozen(NOW):
        activity_take([fact("e1", claims=(Claim("cookie", "c-1"),))])
    assert Member.objects.get().status == MemberStatus.ANONYMOUS


def test_an_unknown_name_is_kept_and_flagged(brand: Tenant) -> None:
    with clock.frozen(NOW):
        taken = activity_take([fact("e1", name="moon_landing"), fact("e2", name="app_use")])
    assert [each.is_known_name for each in taken] == [False, True]
    assert list(Activity.objects.order_by("event_id").values_list("is_known", flat=True)) == [
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("told", "code", "pointer"),
    [
        ({"occurred_at": NOW + timedelta(minutes=11)}, "from_the_future", "/occurred_at"),
        ({"event_id": " "}, "invalid_value", "/event_id"),
        ({"name": "DROP TABLE"}, "invalid_value", "/name"),
        ({"claims": ()}, "invalid_value", "/identities"),
        ({"claims": (Claim("phone", "x"),)}, "invalid_value", "/identities/0/phone"),
        ({"seconds": -1}, "invalid_value", "/seconds"),
        ({"seconds": 86_401}, "invalid_value", "/seconds"),
        ({"props": {"x": "y" * 2001}}, "invalid_value", "/props"),
        ({"props": {"x": "\x00"}}, "invalid_value", "/props"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_the_others_alone(
    brand: Tenant, told: dict[str, Any], code: str, pointer: str
) -> None:
    with clock.frozen(NOW):
        bad = fact(**{"event_id": "bad", **told})
        outcomes = activity_take([fact("good"), bad])
    assert outcomes[0].is_new
    assert outcomes[1].error is not None
    assert (outcomes[1].error.code, outcomes[1].error.pointer) == (code, pointer)
    assert Activity.objects.count() == 1


def test_ec_106_ten_minutes_ahead_are_taken(brand: Tenant) -> None:
    with clock.frozen(NOW):
        taken = activity_take([fact("e1", occurred_at=NOW + timedelta(minutes=10))])
    assert taken[0].is_new


def test_a_day_is_the_brands_own(db: None) -> None:
    at = datetime(2026, 3, 10, 2, tzinfo=UTC)
    days = []
    for zone in ("Asia/Shanghai", "America/Los_Angeles"):
        with tenant_scope(tenant(timezone=zone)), clock.frozen(NOW):
            activity_take([fact("e1", occurred_at=at)])
            days.append(Activity.objects.get().local_date)
    assert days == [date(2026, 3, 10), date(2026, 3, 9)]


def test_events_by_rest_answer_at_their_places(brand: Tenant) -> None:
    known = member(phone="13800000001")
    api = client(brand)
    event = {
        "event_id": "e1",
        "name": "visit",
        "identities": [{"type": "phone", "value": "13800000001"}],
        "occurred_at": "2026-03-01T10:15:00+08:00",
        "seconds": 30,
        "props": {"page": "shelf"},
    }
    late = {**event, "event_id": "e2", "occurred_at": "2999-01-01T00:00:00+08:00"}
    answer = api.ask("POST", "events", {"events": [event, late, event]}, key="k1").json()
    assert [row["code"] for row in answer["events"]] == ["", "from_the_future", ""]
    assert [row["is_new"] for row in answer["events"]] == [True, False, False]
    assert answer["events"][0]["member_id"] == known.public_id
    told = api.ask("GET", f"members/{known.public_id}/events").json()
    assert [(row["event_id"], row["props"]) for row in told["data"]] == [("e1", {"page": "shelf"})]


def test_a_key_without_the_right_sends_nothing(brand: Tenant) -> None:
    answer = client(brand, scopes=["members.view"]).ask("POST", "events", {"events": []}, key="k")
    assert answer.status_code == 403
