"""The measures of N-25 as tags: active days, visiting time, light, churned; and the same in segments."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from members.activity.rules import ActivityFact
from members.activity.services import activity_take
from members.activity.subscribers import activity_taken
from members.identity.rules import Claim
from members.lifecycle.services import pulse_night
from members.segments.selectors import segment_query
from members.tags.engine import statistical_run
from members.tags.keeping import tag_create
from members.tags.models import MemberTag, Tag
from scrm.core import clock
from scrm.events.bus import Event
from scrm.tenants.models import Tenant
from tests.factories.members import member, order

DAY = date(2026, 3, 31)
NOON = datetime(2026, 3, 31, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


def ago(days: int) -> datetime:
    return NOON - timedelta(days=days)


def did(name: str, *days: int, phone: str, seconds: int = 0, mark: str = "") -> None:
    activity_take(
        [
            ActivityFact(
                event_id=f"{name}-{phone}-{mark}{number}",
                name=name,
                claims=(Claim("phone", phone),),
                occurred_at=ago(n),
                seconds=seconds,
            )
            for number, n in enumerate(days)
        ]
    )


def statistical(name: str, **definition: object) -> Tag:
    return tag_create(name=name, kind="statistical", definition=definition)


def wearers(tag: Tag) -> dict[int, int | None]:
    return dict(MemberTag.objects.filter(tag=tag).values_list("member_id", "value"))


@pytest.fixture
def people(brand: Tenant) -> list[int]:
    """Four people of long ago; the last never did anything."""
    return [member(phone=f"1380000310{n}", at=ago(100)).pk for n in range(4)]


def test_n_25_active_days_are_distinct_local_days_and_orders_count(
    brand: Tenant, people: list[int]
) -> None:
    with clock.frozen(NOON):
        tag = statistical("活跃", measure="active_days_7", **{"from": 1})
        did("visit", 0, 0, 6, 7, phone="13800003100")
        did("never_heard_of", 3, phone="13800003100", mark="x")
        order(phone="13800003101", at=ago(6))
        order(phone="13800003101", at=ago(40), paid_at=ago(1))
        order(phone="13800003102", at=ago(7))
        statistical_run(DAY)
        pulse_night(DAY)
    assert wearers(tag) == {people[0]: 3, people[1]: 2}
    rule = {"all": [{"field": "activity.active_days_7", "op": "gte", "value": 2}]}
    assert set(segment_query(rule).values_list("pk", flat=True)) == {people[0], people[1]}


def test_n_25_visit_seconds_add_up_and_the_same_event_counts_once(
    brand: Tenant, people: list[int]
) -> None:
    with clock.frozen(NOON):
        tag = statistical("访问", measure="visit_seconds_7", **{"from": 1})
        did("visit", 0, 6, 7, phone="13800003100", seconds=100)
        did("visit", 0, 6, 7, phone="13800003100", seconds=100)
        statistical_run(DAY)
        pulse_night(DAY)
    assert wearers(tag) == {people[0]: 200}
    rule = {"all": [{"field": "activity.visit_seconds_7", "op": "eq", "value": 200}]}
    assert list(segment_query(rule).values_list("pk", flat=True)) == [people[0]]


def test_n_25_light_is_three_uses_or_fewer_and_none_counts(
    brand: Tenant, people: list[int]
) -> None:
    with clock.frozen(NOON):
        tag = statistical("轻度用户", measure="light")
        did("app_use", 0, 1, 2, 6, phone="13800003100")
        did("app_use", 0, 1, 2, 7, phone="13800003101")
        did("app_use", 0, 0, 0, phone="13800003102")
        did("app_use", 0, 0, 0, phone="13800003102")  # the same events again
        statistical_run(DAY)
        pulse_night(DAY)
    assert wearers(tag).keys() == set(people[1:])
    rule = {"all": [{"field": "activity.app_uses_7", "op": "lte", "value": 3}]}
    assert set(segment_query(rule).values_list("pk", flat=True)) == set(people[1:])


def test_n_25_churned_hears_of_any_activity(brand: Tenant, people: list[int]) -> None:
    with clock.frozen(NOON):
        tag = statistical("流失用户", measure="churned")
        did("visit", 29, phone="13800003100")
        did("visit", 30, phone="13800003101")
        order(phone="13800003102", at=ago(29))
        young = member(at=ago(29)).pk
        statistical_run(DAY)
    assert wearers(tag).keys() == {people[1], people[3]}
    assert young not in wearers(tag)


def test_ec_98_a_member_may_be_churned_and_light(brand: Tenant, people: list[int]) -> None:
    with clock.frozen(NOON):
        churned = statistical("流失用户", measure="churned")
        light = statistical("轻度用户", measure="light")
        did("app_use", 0, 1, 2, 3, phone="13800003100")
        statistical_run(DAY)
    assert people[3] in wearers(churned)
    assert people[3] in wearers(light)
    assert people[0] not in {*wearers(churned), *wearers(light)}


def test_a_tag_of_activity_follows_as_it_happens(brand: Tenant, people: list[int]) -> None:

    with clock.frozen(NOON):
        tag = statistical("访问", measure="visit_seconds_7", **{"from": 1})
        did("visit", 0, phone="13800003100", seconds=5)
        told = {"member_ids": people[:1], "names": ["visit"]}
        activity_taken(
            Event(id=uuid4(), type="activity.taken", payload=told, subject="", occurred_at=NOON)
        )
    assert wearers(tag) == {people[0]: 5}
