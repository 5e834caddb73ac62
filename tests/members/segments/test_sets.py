"""Sets tell what SQL tells: after every kind of write, in every doubt, and an audit finds who forgets to say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from analytics.rfm.services import rfm_score
from members.identity.merging import member_merge, member_split
from members.orders import rollups
from members.orders.services import orders_apply
from members.people.models import Member
from members.people.rules import Profile
from members.people.services import member_edit, member_friendship_set
from members.segments import selectors
from members.segments.building import (
    SetsWrong,
    sets_audit,
    sets_for_rule,
    sets_renew,
    sets_state,
)
from members.segments.dirty import MOST_MARKED, mark_dirty, sets_drop
from members.segments.models import SegmentSet, SetDirty
from members.segments.rules import Group, rule_parse
from members.segments.selectors import segment_query, segment_reach, segment_samples
from members.segments.services import segment_archive, segment_create
from members.segments.sets import sets_answer
from members.tags.models import Tag
from members.tags.services import member_tag_add, member_tag_remove
from points.lots.services import points_grant
from scrm.access.scope import Scope, scope_entered
from scrm.core import clock
from scrm.tenants.models import Tenant
from tests.factories.members import START, member, order, order_facts, phone_of

NOW = START + timedelta(days=10)
RICH: dict[str, Any] = {"all": [{"field": "orders.net", "op": "gte", "value": 10_000}]}
RECENT: dict[str, Any] = {"all": [{"field": "orders.last_paid_days", "op": "lte", "value": 12}]}
FRIENDLY: dict[str, Any] = {"all": [{"field": "member.is_wecom_friend", "op": "is", "value": True}]}
NAMED: dict[str, Any] = {"not": {"field": "member.city", "op": "in", "value": ["上海"]}}
POINTED: dict[str, Any] = {"all": [{"field": "points.available", "op": "gte", "value": 5}]}
SCORED: dict[str, Any] = {"all": [{"field": "rfm.r", "op": "is_set"}]}
BOUGHT: dict[str, Any] = {
    "all": [{"field": "orders.bought_date", "op": "gte", "value": "2026-01-01"}]
}


@pytest.fixture(autouse=True)
def now() -> Any:
    with clock.frozen(NOW):
        yield


def tagged() -> dict[str, Any]:
    return {"any": [{"field": "tags", "op": "has_any", "value": [Tag.objects.get().public_id]}]}


def over() -> None:
    """As if the transactions so far had been over before whatever set is built next."""
    SetDirty.objects.all().delete()


def built(*rules: dict[str, Any]) -> None:
    over()
    for rule in rules:
        sets_for_rule(_rule(rule), smallest=0)


def _rule(data: dict[str, Any]) -> Group:
    return rule_parse(data)


def by_sql(rule: dict[str, Any]) -> list[int]:
    return sorted(segment_query(rule).values_list("pk", flat=True))


def by_sets(rule: dict[str, Any]) -> list[int]:
    told = sets_answer(rule)
    assert told is not None, "answered by sets"
    return list(told)


def merge() -> None:
    one, two = Member.objects.order_by("pk")[:2]
    merged = member_merge(source=one.public_id, target=two.public_id, reason="same")
    assert by_sets(RICH) == by_sql(RICH)
    member_split(merge=merged.public_id, reason="not")


def edit() -> None:
    for each in Member.objects.order_by("pk"):
        told = Profile(display_name="x", city="" if each.city else "上海")
        member_edit(member_public_id=each.public_id, profile=told, is_opted_out=True)


WRITES: dict[str, Callable[[], object]] = {
    "an order": lambda: order(phone=phone_of(1), paid_fen=90_000, at=NOW),
    "a new member's order": lambda: order(phone=phone_of(9), paid_fen=90_000, at=NOW),
    "a friendship": lambda: member_friendship_set(
        member_id=Member.objects.order_by("pk")[0].pk, is_friend=True, at=NOW
    ),
    "an edit": edit,
    "a merge and a split": merge,
    "points": lambda: points_grant(
        member_id=Member.objects.order_by("pk")[0].pk, points=50, reference="x", at=NOW
    ),
    "a night of RFM": lambda: rfm_score(NOW.date()),
    "tags on": lambda: member_tag_add([Member.objects.order_by("pk")[1].pk], ["甲"], "test"),
    "tags off": lambda: member_tag_remove([Member.objects.order_by("pk")[0].pk], ["甲"]),
}


@pytest.fixture
def shop(brand: Tenant) -> Tenant:
    for number in range(4):
        order(phone=phone_of(number), paid_fen=number * 6_000, at=START - timedelta(days=number))
    member(city="上海")
    first = Member.objects.order_by("pk")[0]
    member_tag_add([first.pk], ["甲"], "test")
    return brand


@pytest.mark.parametrize("write", list(WRITES), ids=list(WRITES))
def test_after_any_write_sets_name_whom_sql_names(shop: Tenant, write: str) -> None:
    rules = [RICH, RECENT, FRIENDLY, NAMED, POINTED, SCORED, BOUGHT, tagged()]
    built(*rules)
    before = [by_sets(rule) for rule in rules]
    assert before == [by_sql(rule) for rule in rules]
    WRITES[write]()
    if write == "a night of RFM":  # everybody's score at once: its sets serve nobody now
        assert sets_answer(SCORED) is None
        built(SCORED)
        SegmentSet.objects.filter(grp="rfm").delete()
        sets_for_rule(_rule(SCORED), smallest=0)
    after = [by_sets(rule) for rule in rules]
    assert after == [by_sql(rule) for rule in rules]
    assert after != before or write == "a merge and a split"


def test_the_audit_finds_a_writer_that_marks_nobody(
    shop: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment_create(name="rich", rule=RICH)
    over()
    sets_renew(smallest=0)
    assert sets_audit(most=50)["wrong"] == 0
    order(phone=phone_of(0), paid_fen=90_000, at=NOW)
    assert sets_audit(most=50)["checked"] >= 4, "a marked write is no fault"
    over()
    sets_renew(smallest=0)
    SegmentSet.objects.all().delete()
    sets_renew(smallest=0)
    monkeypatch.setattr(rollups, "mark_dirty", lambda *_told: None)
    order(phone=phone_of(1), paid_fen=90_000, at=NOW)
    assert by_sets(RICH) != by_sql(RICH)
    with pytest.raises(SetsWrong, match="orders"):
        sets_audit(most=50)
    assert sets_answer(RICH) is None, "nobody is told by it again"


def test_a_set_of_days_serves_its_day_only(shop: Tenant) -> None:
    built(RECENT, RICH)
    assert by_sets(RECENT) == by_sql(RECENT)
    with clock.frozen(NOW + timedelta(days=1)):
        assert sets_answer(RECENT) is None
        assert by_sets(RICH) == by_sql(RICH)
    assert sets_answer(RECENT, today=NOW.date() - timedelta(days=1)) is None


def test_nobody_with_a_data_scope_is_told_by_sets(shop: Tenant) -> None:
    built(RICH)
    assert sets_answer(RICH) is not None
    with scope_entered(Scope(is_everything=False)):
        assert sets_answer(RICH) is None
        assert segment_query(RICH).count() == 0
        reach = segment_reach(RICH)
        assert reach is not None
        assert reach.members == 0


def test_the_panel_shows_the_same_figures_with_sets_and_without(shop: Tenant) -> None:
    edit()
    Member.objects.filter(pk=Member.objects.order_by("pk")[0].pk).update(
        is_wecom_friend=True, is_opted_out=False
    )
    everybody: dict[str, Any] = {"all": []}
    without = [segment_reach(rule) for rule in (RICH, NAMED, everybody)]
    built(RICH, NAMED, everybody)
    assert sets_answer(everybody) is not None
    assert [segment_reach(rule) for rule in (RICH, NAMED, everybody)] == without
    order(phone=phone_of(1), paid_fen=90_000, at=NOW)
    with_sets = segment_reach(RICH)
    SegmentSet.objects.all().delete()
    assert segment_reach(RICH) == with_sets


def test_a_set_of_a_restored_dump_is_not_believed(shop: Tenant) -> None:
    built(RICH)
    SegmentSet.objects.update(snapshot="999999999999:999999999999:")
    assert sets_answer(RICH) is None
    assert all(state.is_void for state in sets_state().values())
    segment_create(name="rich", rule=RICH)
    sets_renew(smallest=0)
    assert by_sets(RICH) == by_sql(RICH)


def test_a_group_that_was_dropped_and_too_many_marks_leave_it_to_sql(shop: Tenant) -> None:
    built(RICH, FRIENDLY)
    sets_drop("orders")
    assert sets_answer(RICH) is None
    assert sets_answer(FRIENDLY) is not None
    mark_dirty(range(1, MOST_MARKED + 2), "person")
    assert SetDirty.objects.filter(grp="person", member_ids=[]).exists()
    assert sets_answer(FRIENDLY) is None


def test_renewing_builds_what_segments_need_and_puts_the_rest_away(shop: Tenant) -> None:
    kept = segment_create(name="rich", rule=RICH)
    other = segment_create(name="friends", rule=NAMED)
    over()
    assert sets_renew(smallest=0)["built"] == 6, "two rules, everybody, phones, friends, refusals"
    assert sets_renew()["gone"] == 6, "a small brand needs none"
    assert sets_renew(smallest=0)["built"] == 6
    assert sets_renew(smallest=0)["built"] == 0
    segment_archive(public_id=other.public_id)
    assert sets_renew(smallest=0)["gone"] == 1
    segment_archive(public_id=kept.public_id)
    sets_renew(smallest=0)
    assert not SegmentSet.objects.exists()


def test_marks_that_a_set_has_not_seen_are_kept(shop: Tenant) -> None:
    segment_create(name="rich", rule=RICH)
    over()
    sets_renew(smallest=0)
    order(phone=phone_of(1), paid_fen=90_000, at=NOW)
    assert sets_renew(smallest=0)["trimmed"] == 0
    assert by_sets(RICH) == by_sql(RICH)
    # The control: marks from before every snapshot go.
    SetDirty.objects.update(xid=3)
    assert sets_renew(smallest=0)["trimmed"] > 0


def test_a_set_counts_without_reading_members(shop: Tenant) -> None:
    built(RICH)
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert len(sets_answer(RICH) or ()) == 2
    assert len(asked) == 1
    assert "members_rollup" not in asked[0]["sql"]
    assert "members_member " not in asked[0]["sql"]


def test_a_batch_of_orders_leaves_one_mark(shop: Tenant) -> None:
    over()
    orders_apply([order_facts(phone=phone_of(number), at=NOW) for number in range(4)])
    assert SetDirty.objects.filter(grp="orders").count() == 1


def test_the_samples_are_the_newest_with_sets_and_without(
    shop: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody: dict[str, Any] = {"all": []}
    without = [each.pk for each in segment_samples(everybody, count=3)]
    assert len(without) == 3
    built(everybody, RICH)
    assert [each.pk for each in segment_samples(everybody, count=3)] == without
    monkeypatch.setattr(selectors, "_MOST_NAMED", 0)
    assert [each.pk for each in segment_samples(everybody, count=3)] == without
    rich = [each.pk for each in segment_samples(RICH, count=3)]
    monkeypatch.setattr(selectors, "_MOST_LOOKED", 1)
    assert [each.pk for each in segment_samples(RICH, count=3)] == rich != []
