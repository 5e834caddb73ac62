"""Rules as SQL against the same rules in plain Python: count, list and audience agree with both."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.identity.rules import Claim
from members.orders.models import MemberRollup
from members.orders.services import orders_apply
from members.people.models import Member
from members.people.rules import Profile
from members.people.services import member_friendship_set
from members.segments.compiler import rule_filter
from members.segments.fields import FIELDS
from members.segments.models import Segment
from members.segments.rules import UNARY, Condition, Group, Node, Not, rule_json, rule_parse
from members.segments.selectors import (
    segment_count,
    segment_estimate,
    segment_member_ids,
    segment_query,
    segment_reach,
)
from members.segments.words import rule_words
from members.tags.models import MemberTag, Tag
from members.tags.services import member_tag_add, tags_ensure
from scrm.core import clock
from scrm.tenants.context import tenant_scope
from tests.factories.members import START, order_facts, phone_of
from tests.support.api import tenant

NOW = START + timedelta(days=30)
CITIES = ("上海", "杭州", "")
TAGS = ("甲", "乙", "丙")
_SLOW = settings(
    deadline=None,
    max_examples=120,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

people = st.lists(
    st.fixed_dictionaries(
        {
            "city": st.sampled_from(CITIES),
            "gender": st.sampled_from(["male", "female", ""]),
            "days": st.integers(0, 40),
            "friend": st.booleans(),
            "tags": st.sets(st.sampled_from(TAGS)),
            "orders": st.lists(st.tuples(st.integers(0, 300), st.integers(0, 29)), max_size=3),
        }
    ),
    min_size=1,
    max_size=6,
)


def _range(low: int, high: int) -> Any:
    return st.tuples(st.integers(low, high), st.integers(low, high)).map(
        lambda pair: tuple(sorted(pair))
    )


def _number(key: str, high: int) -> Any:
    one = st.builds(
        Condition, st.just(key), st.sampled_from(["gte", "lte", "eq"]), st.integers(0, high)
    )
    return one | st.builds(Condition, st.just(key), st.just("between"), _range(0, high))


def _days(key: str) -> Any:
    one = st.builds(Condition, st.just(key), st.sampled_from(["gte", "lte"]), st.integers(0, 40))
    return one | st.builds(Condition, st.just(key), st.just("between"), _range(0, 40))


def _dates(key: str) -> Any:
    day = st.integers(0, 40).map(lambda back: (NOW - timedelta(days=back)).date().isoformat())
    one = st.builds(Condition, st.just(key), st.sampled_from(["gte", "lte"]), day)
    both = st.tuples(day, day).map(lambda pair: tuple(sorted(pair)))
    return one | st.builds(Condition, st.just(key), st.just("between"), both)


def _among(key: str, ops: list[str], values: Any) -> Any:
    chosen = st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True).map(tuple)
    return st.builds(Condition, st.just(key), st.sampled_from(ops), chosen)


condition = st.one_of(
    _number("orders.count", 3),
    _number("orders.net", 600),
    _number("orders.window_net", 600),
    _days("orders.last_paid_days"),
    _days("member.registered_days"),
    _dates("orders.last_paid_date"),
    _dates("member.registered_date"),
    _among("member.city", ["in", "not_in"], ["上海", "杭州", "北京"]),
    _among("member.gender", ["in", "not_in"], ["male", "female"]),
    _among("tags", ["has_any", "has_all", "has_none"], [*TAGS, "无"]),
    st.builds(Condition, st.just("member.is_wecom_friend"), st.just("is"), st.booleans()),
)


def _wrapped(node: Any) -> Any:
    return node | st.builds(Not, node)


_leaves = st.lists(_wrapped(condition), max_size=3).map(tuple)
_inner = st.builds(Group, st.sampled_from(["all", "any"]), _leaves)
rules = st.builds(
    Group,
    st.sampled_from(["all", "any"]),
    st.lists(_wrapped(condition | _inner), max_size=3).map(tuple),
)


def world_make(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The people, taken in; each with its key and what it comes to."""
    facts = []
    for number, person in enumerate(told):
        for place, (paid, back) in enumerate(person["orders"]):
            at = NOW - timedelta(days=back)
            facts.append(
                order_facts(
                    external_id=f"{number}-{place}", phone=phone_of(number), paid_fen=paid, at=at
                )
            )
        first = replace(
            order_facts(
                external_id=f"{number}",
                phone=phone_of(number),
                at=NOW - timedelta(days=person["days"]),
            ),
            paid_at=None,
            profile=Profile(
                display_name=f"人{number}", city=person["city"], gender=person["gender"]
            ),
        )
        facts.insert(0, first)
    orders_apply(facts)
    return [_filled(number, person) for number, person in enumerate(told)]


def _filled(number: int, person: dict[str, Any]) -> dict[str, Any]:
    member = Member.objects.get(phone_tail=phone_of(number)[-4:])
    if person["friend"]:
        member_friendship_set(member_id=member.pk, is_friend=True, at=NOW)
    if person["tags"]:
        member_tag_add([member.pk], sorted(person["tags"]), "test")
    sums = MemberRollup.objects.get(member=member)
    today = clock.local_date(NOW, "Asia/Shanghai")
    registered = clock.local_date(member.registered_at, "Asia/Shanghai")
    last = sums.last_paid_date
    return {
        "key": member.pk,
        "orders.count": sums.orders_count,
        "orders.net": sums.net_fen,
        "orders.window_net": sums.window_net_fen,
        "orders.last_paid_days": None if last is None else (today - last).days,
        "orders.last_paid_date": last,
        "member.registered_days": (today - registered).days,
        "member.registered_date": registered,
        "member.city": member.city,
        "member.gender": member.gender,
        "member.is_wecom_friend": person["friend"],
        "tags": person["tags"],
    }


def holds(node: Node, person: dict[str, Any]) -> bool:
    """The naive meaning of a rule; somebody of whom nothing is known does not fulfil a condition."""
    if isinstance(node, Not):
        return not holds(node.node, person)
    if isinstance(node, Group):
        found = [holds(part, person) for part in node.nodes]
        return all(found) if node.mode == "all" else any(found)
    return _fulfils(node, person[node.field])


def _fulfils(condition: Condition, actual: Any) -> bool:
    op, wanted = condition.op, condition.value
    if condition.field == "tags":
        return {
            "has_any": bool(actual & set(wanted)),
            "has_all": actual >= set(wanted),
            "has_none": not actual & set(wanted),
        }[op]
    if op == "not_in":
        return actual not in wanted
    if actual is None:
        return False
    if isinstance(actual, date):
        actual = actual.isoformat()
    if op == "between":
        return bool(wanted[0] <= actual <= wanted[1])
    if op == "in":
        return actual in wanted
    if op in {"eq", "is"}:
        return bool(actual == wanted)
    return bool(actual >= wanted if op == "gte" else actual <= wanted)


def with_tag_ids(node: Node, ids: dict[str, str]) -> Node:
    """The rule with tags named by their public ids, as pickers write them."""
    if isinstance(node, Not):
        return Not(with_tag_ids(node.node, ids))
    if isinstance(node, Group):
        return Group(node.mode, tuple(with_tag_ids(part, ids) for part in node.nodes))
    if node.field == "tags" and isinstance(node.value, tuple):
        return Condition("tags", node.op, tuple(ids[str(value)] for value in node.value))
    return node


@pytest.mark.django_db
@_SLOW
@given(people, st.lists(rules, min_size=1, max_size=6))
def test_sql_and_plain_python_find_the_same_people(
    told: list[dict[str, Any]], asked: list[Group]
) -> None:
    with transaction.atomic(), tenant_scope(tenant()), clock.frozen(NOW):
        world = world_make(told)
        ids = {name: tag.public_id for name, tag in tags_ensure([*TAGS, "无"]).items()}
        for naive in asked:
            rule = with_tag_ids(naive, ids)
            assert isinstance(rule, Group)
            expected = sorted(person["key"] for person in world if holds(naive, person))
            stored = rule_json(rule)
            assert rule_parse(stored) == rule
            listed = list(segment_query(stored).order_by("pk").values_list("pk", flat=True))
            assert listed == expected, rule_words(rule)
            assert segment_count(stored) == len(expected)
            sent = [
                key for chunk in segment_member_ids(Segment(rule=stored), size=2) for key in chunk
            ]
            assert sent == expected
            reach = segment_reach(stored)
            assert reach is not None
            assert reach.members == len(expected)
            assert reach.net_fen == sum(p["orders.net"] for p in world if p["key"] in expected)
            assert segment_estimate(stored) >= 0
            assert "失效" not in rule_words(rule)
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_every_registered_field_can_be_run_with_every_operator() -> None:
    """Also the fields of other apps: none may break the query or find another brand's people."""
    values: dict[str, tuple[Any, Any]] = {
        "number": (1, (1, 2)),
        "yuan": (100, (100, 200)),
        "days": (3, (3, 5)),
        "date": ("2026-01-01", ("2026-01-01", "2026-02-01")),
        "choice": ("x", ("x", "y")),
        "text": ("x", ("x", "y")),
        "bool": (True, True),
        "words": ("x", ("x", "y")),
    }
    with transaction.atomic(), tenant_scope(tenant()), clock.frozen(NOW):
        orders_apply([order_facts()])
        for field in FIELDS.values():
            for op in field.operators:
                one, many = (True, True) if op in UNARY else values[field.kind]
                takes_list = op == "between" or op.startswith(("in", "not_in", "has"))
                found = Condition(field.key, op, many if takes_list else one)
                for node in (found, Not(found)):
                    query = segment_query(Group("all", (node,)))
                    assert query.count() <= 1
                    assert query.count() + segment_count(Group("all", (Not(node),))) == 1


@pytest.mark.django_db
def test_a_value_is_bound_never_written_into_the_query() -> None:
    evil = "x' OR ''='"
    with transaction.atomic(), tenant_scope(tenant()), clock.frozen(NOW):
        orders_apply([order_facts(claims=(Claim("phone", phone_of(1)),))])
        rule = Group("all", (Condition("member.city", "in", (evil,)),))
        sql, params = rule_filter(Member.objects.all(), rule).query.sql_with_params()
        assert evil not in sql
        assert evil in params
        assert segment_count(rule) == 0
        assert Tag.objects.count() == MemberTag.objects.count() == 0
