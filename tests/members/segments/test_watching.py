"""Segments night by night, side by side, and what asks before one is put away."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import jsonschema
import pytest
from django.utils.translation import override

from communities.outreach.models import Push
from members.identity.merging import member_merge
from members.people.models import Member
from members.segments.models import Segment, SegmentSnapshot
from members.segments.rules import rule_parse
from members.segments.schema import rule_schema
from members.segments.services import SegmentInUse, segment_archive, segment_create
from members.segments.snapshots import (
    changes_of,
    deltas_of,
    members_among,
    segments_compared,
    snapshots_of,
    snapshots_take,
)
from members.segments.uses import uses_of
from members.segments.words import rule_words
from scrm.access.scope import Scope, scope_entered
from scrm.core.errors import NotFound
from scrm.tenants.models import Tenant
from tests.factories.members import START, order, phone_of
from tests.support.api import client

RICH: dict[str, Any] = {"all": [{"field": "orders.net", "op": "gte", "value": 10_000}]}
DAY = date(2026, 1, 20)


@pytest.fixture
def rich(brand: Tenant) -> Segment:
    """Rich on the first night: 1, 2. On the eighth: 2, 3."""
    for number, paid in ((1, 20_000), (2, 30_000), (3, 500)):
        order(phone=phone_of(number), paid_fen=paid, external_id=f"o{number}")
    made = segment_create(name="rich", rule=RICH)
    snapshots_take(DAY)
    order(phone=phone_of(3), paid_fen=50_000)
    Member.objects.filter(phone_tail=phone_of(1)[-4:]).update(status="erased")
    snapshots_take(DAY + timedelta(days=7))
    return made


def who(number: int) -> int:
    return Member.objects.get(phone_tail=phone_of(number)[-4:]).pk


def test_who_entered_and_left_between_two_nights(rich: Segment) -> None:
    found = changes_of(rich, start=DAY, end=DAY + timedelta(days=7))
    assert (list(found.entered), list(found.left), found.stayed) == ([who(3)], [who(1)], 1)
    assert list(members_among(found.left)) == [], "an erased member is in no list"
    assert deltas_of([rich.pk]) == {rich.pk: 0}
    with pytest.raises(NotFound):
        changes_of(rich, start=DAY, end=DAY + timedelta(days=1))


def test_whoever_was_merged_goes_by_the_member_they_are_now(brand: Tenant) -> None:
    for number in (1, 2, 3):
        order(phone=phone_of(number), paid_fen=20_000 if number < 3 else 100)
    made = segment_create(name="rich", rule=RICH)
    snapshots_take(DAY)
    for source, target in ((1, 2), (2, 3)):
        ids = [Member.objects.get(pk=who(number)).public_id for number in (source, target)]
        member_merge(source=ids[0], target=ids[1], reason="same")
        snapshots_take(DAY + timedelta(days=source))
    first = changes_of(made, start=DAY, end=DAY + timedelta(days=1))
    assert (list(first.entered), list(first.left)) == ([], [])
    both = changes_of(made, start=DAY, end=DAY + timedelta(days=2))
    assert (list(both.entered), list(both.left), both.stayed) == ([], [], 1)


def test_a_night_is_kept_once_and_a_quarter_of_a_year(rich: Segment) -> None:
    assert snapshots_take(DAY)["taken"] == 1
    assert SegmentSnapshot.objects.count() == 2
    assert snapshots_take(DAY + timedelta(days=93))["forgotten"] == 1
    days = list(snapshots_of(rich).order_by("for_date").values_list("for_date", flat=True))
    assert days == [DAY + timedelta(days=7), DAY + timedelta(days=93)]
    with scope_entered(Scope(is_everything=False)):
        assert not snapshots_of(rich).exists()
        assert deltas_of([rich.pk]) == {}


def test_a_rule_that_no_longer_runs_leaves_the_others_their_night(rich: Segment) -> None:
    Segment.objects.create(name="void", rule={"all": [{"field": "gone", "op": "is_set"}]})
    told = snapshots_take(DAY + timedelta(days=8))
    assert (told["taken"], told["void"]) == (1, 1)


def test_two_segments_side_by_side(rich: Segment) -> None:
    other = segment_create(
        name="some", rule={"all": [{"field": "orders.count", "op": "gte", "value": 2}]}
    )
    found = segments_compared(rich.public_id, other.public_id)
    assert (found.first_count, found.second_count, found.both_count) == (2, 1, 1)
    assert (list(found.only_first), list(found.only_second)) == ([who(2)], [])


def test_a_segment_in_use_is_put_away_only_by_who_says_so(rich: Segment) -> None:
    push = Push.objects.create(name="new year", segment=rich, state="draft")
    done = Push.objects.create(name="old", segment=rich, state="done", scheduled_at=START)
    told = {use.title: use.is_running for use in uses_of([rich.pk])[rich.pk]}
    assert told == {"new year": True, "old": False}
    with pytest.raises(SegmentInUse, match="new year"):
        segment_archive(public_id=rich.public_id)
    push.state, push.scheduled_at = "cancelled", START
    push.save()
    segment_archive(public_id=rich.public_id)
    assert done.segment_id == rich.pk


def test_all_of_it_by_rest(rich: Segment, brand: Tenant) -> None:
    api = client(brand)
    address = f"segments/{rich.public_id}"
    nights = api.ask("GET", f"{address}/snapshots").json()["data"]
    assert [(night["for_date"], night["count"]) for night in nights] == [
        ("2026-01-27", 2),
        ("2026-01-20", 2),
    ]
    span = "start=2026-01-20&end=2026-01-27"
    changes = api.ask("GET", f"{address}/changes?{span}").json()
    assert (changes["entered"], changes["left"]) == (1, 1)
    entered = api.ask("GET", f"{address}/changes/members?{span}&change=entered")
    assert [one["id"] for one in entered.json()["data"]] == [
        Member.objects.get(pk=who(3)).public_id
    ]
    assert api.ask("GET", f"{address}/changes?start=2026-01-20&end=2026-01-21").status_code == 404
    compared = api.ask("GET", f"segments/compare?first={rich.public_id}&second={rich.public_id}")
    assert compared.json()["both"] == 2
    Push.objects.create(name="new year", segment=rich, state="draft")
    refused = api.ask("DELETE", address)
    assert (refused.status_code, refused.json()["code"]) == (409, "segment_in_use")
    assert api.ask("DELETE", f"{address}?anyway=true").status_code == 204


def test_the_schema_takes_what_the_compiler_takes(brand: Tenant) -> None:
    schema = client(brand).ask("GET", "segments/schema").json()["schema"]
    jsonschema.Draft202012Validator.check_schema(schema)
    takes = jsonschema.Draft202012Validator(schema).is_valid
    city = {"field": "member.city", "op": "in", "value": ["上海"]}
    assert takes({"all": []})
    assert takes({"all": [city, {"not": city}, {"any": [{"not": city}]}, {"not": {"all": [city]}}]})
    assert takes({"not": {"any": [city]}})
    assert takes({"any": [{"field": "member.city", "op": "not_set"}]})
    assert takes({"all": [{"field": "orders.net", "op": "between", "value": [1, 2]}]})
    for wrong in (
        {},
        {"all": [{"all": [{"all": []}]}]},
        {"all": [city] * 51},
        {"not": {"not": city}},
        {"all": [{**city, "field": "member.password"}]},
        {"all": [{**city, "op": "gte"}]},
        {"all": [{**city, "value": "上海"}]},
        {"all": [{**city, "value": []}]},
        {"all": [{**city, "more": 1}]},
        {"all": [{"field": "orders.net", "op": "gte", "value": True}]},
        {"all": [{"field": "orders.net", "op": "gte", "value": 1.5}]},
        {"all": [{"field": "orders.net", "op": "is_set"}]},
    ):
        assert not takes(wrong), wrong
    named = rule_schema()["$defs"]["field.member.source"]
    assert (named["x-kind"], named["x-index"]) == ("choice", "member_by_source")
    assert rule_schema()["$defs"]["field.orders.net"]["x-unit"] == "fen"


def test_conditions_without_a_value_read_as_a_sentence(brand: Tenant) -> None:
    rule = rule_parse({"any": [{"field": "member.city", "op": "not_set"}]})
    assert rule_words(rule) == "城市 未知"
    with override("en"):
        assert rule_words(rule) == "City is unknown"
        other = {"any": [{"field": "orders.net", "op": "ne", "value": 100}]}
        assert rule_words(rule_parse(other)) == "Total spend ≠ ¥1.00"
