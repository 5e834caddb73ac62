"""Every field of the registry, with SQL and with sets, against its plain meaning over rows read one by one."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.rfm.models import RfmScore
from members.growth.models import GrowthAccount
from members.layers.models import ChannelLayer
from members.lifecycle.models import MemberPulse
from members.orders.models import MemberRollup, Order
from members.people.models import Member
from members.profile.models import CustomField, CustomValue, FieldKind
from members.profile.rules import COLUMNS
from members.segments.building import sets_for_rule
from members.segments.dirty import mark_dirty
from members.segments.fields import SegmentField, fields_listed
from members.segments.models import SegmentSet, SetDirty
from members.segments.rules import UNARY, Condition, Group, Node, Not, conditions, rule_json
from members.segments.selectors import segment_query
from members.segments.sets import rule_count, rule_member_ids, sets_answer
from members.segments.words import rule_words
from members.tags.models import MemberTag, Tag, TagGroup
from members.tiers.models import MemberTier, Tier
from points.lots.models import PointsAccount
from scrm.core import clock
from scrm.tenants.context import current_tenant, tenant_scope
from tests.factories.members import START
from tests.support.api import tenant

NOW = START + timedelta(days=30, hours=3)
_NUMBERS = (0, 1, 2, 5, 100, 30_000)


def moment(dice: random.Random) -> datetime:
    return NOW - timedelta(days=dice.randrange(40), hours=dice.randrange(24))


def person_write(member: Member, dice: random.Random) -> None:
    """Every column a field reads, thrown anew."""
    member.display_name = dice.choice(["", "王子涵", "a"])
    member.gender = dice.choice(["", "male", "female"])
    member.city = dice.choice(["", "上海", "杭州"])
    member.kind = dice.choice(["consumer", "small_b"])
    member.first_source, member.latest_source = dice.choice(["", "tmall"]), dice.choice(["", "jd"])
    member.registered_at = moment(dice)
    member.is_wecom_friend, member.is_opted_out = dice.random() < 0.5, dice.random() < 0.3
    member.phone_tail = dice.choice(["", "0001"])
    member.save()


def orders_write(member: Member, dice: random.Random) -> None:
    day = dice.choice([None, (NOW - timedelta(days=dice.randrange(40))).date()])
    figures = {name: dice.choice(_NUMBERS) for name in ("orders_count", "net_fen", "refunded_fen")}
    window = {name: dice.choice(_NUMBERS) for name in ("window_orders", "window_net_fen")}
    row = {**figures, **window, "paid_fen": 1, "last_paid_date": day}
    MemberRollup.objects.update_or_create(member=member, defaults=row)
    Order.objects.filter(member=member).delete()
    for number in range(dice.randrange(3)):
        at = moment(dice)
        Order.objects.create(
            member=member, channel="t", external_id=f"{member.pk}-{number}", placed_at=at, paid_at=at,
            occurred_at=at, paid_date=at.date(), paid_fen=dice.choice([0, 5]), net_fen=1,
            cancelled_at=dice.choice([None, at]),
        )  # fmt: skip


def tags_write(member: Member, dice: random.Random) -> None:
    MemberTag.objects.filter(member=member).delete()
    for tag in Tag.objects.order_by("pk"):
        if dice.random() < 0.4:
            MemberTag.objects.create(member=member, tag=tag, at=NOW)


def points_write(member: Member, dice: random.Random) -> None:
    PointsAccount.objects.filter(member=member).delete()
    if dice.random() < 0.6:
        PointsAccount.objects.create(
            member=member, available=dice.choice(_NUMBERS), pending=dice.choice(_NUMBERS),
            expiring_30d=dice.choice(_NUMBERS),
        )  # fmt: skip


def rfm_write(member: Member, dice: random.Random) -> None:
    RfmScore.objects.filter(member=member).delete()
    if dice.random() < 0.6:
        r, f, m = (dice.randrange(1, 6) for _ in range(3))
        RfmScore.objects.create(
            member=member, r=r, f=f, m=m, code=f"{r}{f}{m}",
            segment=dice.choice(["loyal", "lost"]), since=NOW.date(),
        )  # fmt: skip


def tier_write(member: Member, dice: random.Random) -> None:
    MemberTier.objects.filter(member=member).delete()
    if dice.random() < 0.6:
        MemberTier.objects.create(
            member=member, tier=dice.choice(list(Tier.objects.order_by("pk"))), state="active",
            started_at=moment(dice), valid_until=dice.choice([None, moment(dice)]),
            metric=dice.choice(_NUMBERS), metric_as_of=NOW.date(),
        )  # fmt: skip


def growth_write(member: Member, dice: random.Random) -> None:
    GrowthAccount.objects.filter(member=member).delete()
    if dice.random() < 0.6:
        GrowthAccount.objects.create(member=member, lifetime=dice.choice(_NUMBERS))


def pulse_write(member: Member, dice: random.Random) -> None:
    MemberPulse.objects.filter(member=member).delete()
    if dice.random() < 0.6:
        figures = ("active_days_7", "visit_seconds_7", "app_uses_7", "net_90_fen", "spend_30_fen")
        MemberPulse.objects.create(
            member=member, stage=dice.choice(["new", "loyal"]), pool=dice.choice(["core", "public"]),
            stage_since=dice.choice([None, moment(dice).date()]),
            last_active_date=dice.choice([None, moment(dice).date()]),
            score_points=dice.randrange(100), **{name: dice.choice(_NUMBERS) for name in figures},
        )  # fmt: skip


def layer_write(member: Member, dice: random.Random) -> None:
    ChannelLayer.objects.filter(member=member).delete()
    if dice.random() < 0.6:
        ChannelLayer.objects.create(member=member, layer=dice.randrange(1, 5), since=NOW)


def custom_write(member: Member, dice: random.Random) -> None:
    CustomValue.objects.filter(member=member).delete()
    for field in CustomField.objects.order_by("pk"):
        value: Any = {
            "text": dice.choice(["a", "上海"]), "number": dice.choice(_NUMBERS), "day": moment(dice).date(),
            "flag": dice.random() < 0.5,
        }[COLUMNS[field.kind]]  # fmt: skip
        if dice.random() < 0.6:
            CustomValue.objects.create(member=member, field=field, **{COLUMNS[field.kind]: value})


WRITERS = {
    "custom": custom_write,
    "layer": layer_write,
    "pulse": pulse_write,
    "person": person_write,
    "orders": orders_write,
    "tags": tags_write,
    "points": points_write,
    "rfm": rfm_write,
    "tier": tier_write,
    "growth": growth_write,
}


def world_make(dice: random.Random) -> list[Member]:
    group = TagGroup.objects.create(name="g")
    for name in ("甲", "乙", "丙"):
        Tag.objects.create(group=group, name=name)
    for rank, code in enumerate(("base", "gold")):
        Tier.objects.create(
            rank=rank, code=code, name=code, threshold=rank * 100, is_base=rank == 0
        )
    for kind in FieldKind.values:
        CustomField.objects.create(key=kind, label=kind, kind=kind)
    people = []
    for number in range(dice.randrange(1, 7)):
        people.append(Member.objects.create(member_no=f"{number:012d}", registered_at=NOW))
        for write in WRITERS.values():
            write(people[-1], dice)
    return people


# -- the plain meaning -----------------------------------------------------------------------------------
def values_of(field: SegmentField) -> dict[int, list[Any]]:
    """What stands behind the field for each member, as Python values; one per row."""
    found: dict[int, list[Any]] = {}
    if field.rows is None:
        rows = Member.objects.values_list("pk", field.path)
    else:
        rows = field.rows.queryset().values_list(field.rows.member, field.path)
    for key, value in rows:
        found.setdefault(key, []).append(value)
    return found


def holds(node: Node, known: dict[str, tuple[SegmentField, list[Any]]]) -> bool:
    if isinstance(node, Not):
        return not holds(node.node, known)
    if isinstance(node, Group):
        return (all if node.mode == "all" else any)(holds(part, known) for part in node.nodes)
    field, values = known[node.field]
    opposites = {"not_in": "in", "ne": "eq", "has_none": "has_any", "not_set": "is_set"}
    if node.op in opposites:
        return not fulfils(field, opposites[node.op], node.value, values)
    return fulfils(field, node.op, node.value, values)


def fulfils(field: SegmentField, op: str, wanted: Any, values: list[Any]) -> bool:
    known = [value for value in values if value is not None]
    if op == "is_set":
        return any(value != "" for value in known)
    if field.is_integer:
        known = [str(value) for value in known]
    if field.kind == "words":
        return (set(known) >= set(wanted)) if op == "has_all" else bool(set(known) & set(wanted))
    return any(one(field, op, wanted, value) for value in known)


def one(field: SegmentField, op: str, wanted: Any, value: Any) -> bool:
    zone = current_tenant().timezone
    if field.kind in {"date", "days"}:
        day = clock.local_date(value, zone) if isinstance(value, datetime) else value
        today = clock.local_date(NOW, zone)
        value = day.isoformat() if field.kind == "date" else (today - day).days
    if op == "between":
        return bool(wanted[0] <= value <= wanted[1])
    if op == "in":
        return value in wanted
    if op in {"eq", "is"}:
        return bool(value == wanted)
    return bool(value >= wanted if op == "gte" else value <= wanted)


# -- rules over whatever is registered -------------------------------------------------------------------
def value_thrown(field: SegmentField, seen: list[Any], dice: random.Random) -> Any:
    if field.kind == "bool":
        return dice.random() < 0.5
    if field.kind == "days":
        return dice.randrange(-1, 42)
    if field.kind == "date":
        return (NOW.date() - timedelta(days=dice.randrange(-1, 42))).isoformat()
    if field.kind in {"number", "yuan"}:
        return dice.choice(_NUMBERS) + dice.choice([-1, 0, 1])
    return dice.choice([*(str(value) for value in seen if value), "无"])


def condition_thrown(field: SegmentField, seen: list[Any], dice: random.Random) -> Condition:
    op = dice.choice(field.operators)
    if op in UNARY:
        return Condition(field.key, op, True)
    values = [value_thrown(field, seen, dice) for _ in range(2)]
    if op == "between":
        return Condition(field.key, op, tuple(sorted(values)))
    if op.startswith(("in", "not_in", "has")):
        return Condition(field.key, op, tuple(dict.fromkeys(values)))
    return Condition(field.key, op, values[0])


def rule_thrown(
    fields: list[SegmentField], seen: dict[str, list[Any]], dice: random.Random
) -> Group:
    def leaf() -> Node:
        field = dice.choice(fields)
        found: Node = condition_thrown(field, seen[field.key], dice)
        return Not(found) if dice.random() < 0.25 else found

    def group(depth: int) -> Group:
        nodes: list[Node] = [leaf() for _ in range(dice.randrange(3 if depth else 4))]
        if depth == 0 and dice.random() < 0.5:
            inner: Node = group(1)
            nodes.append(Not(inner) if dice.random() < 0.3 else inner)
        return Group(dice.choice(["all", "any"]), tuple(nodes))

    return group(0)


def known_of(
    fields: list[SegmentField], people: list[Member]
) -> dict[int, dict[str, tuple[SegmentField, list[Any]]]]:
    read = {field.key: (field, values_of(field)) for field in fields}
    return {
        member.pk: {
            key: (field, rows.get(member.pk, [] if field.absent is None else [field.absent]))
            for key, (field, rows) in read.items()
        }
        for member in people
    }


def expected(rule: Group, known: dict[int, Any]) -> list[int]:
    return sorted(key for key, person in known.items() if holds(rule, person))


@pytest.mark.django_db
@settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.integers(0, 2**32))
def test_sql_sets_and_the_plain_meaning_name_the_same_members(seed: int) -> None:
    dice = random.Random(seed)
    with transaction.atomic(), tenant_scope(tenant()), clock.frozen(NOW):
        people = world_make(dice)
        fields = fields_listed()
        assert {field.dirty for field in fields} >= WRITERS.keys(), "every writer has a field"
        known = known_of(fields, people)
        seen = {
            field.key: [value for person in known.values() for value in person[field.key][1]]
            for field in fields
        }
        rules = [rule_thrown(fields, seen, dice) for _ in range(6)]
        # As if everything so far had been over before the sets were built.
        SetDirty.objects.all().delete()
        for rule in rules:
            sets_for_rule(rule, smallest=0)
        _agree(rules, known)
        for group, write in WRITERS.items():
            changed = [member for member in people if dice.random() < 0.3]
            for member in changed:
                write(member, dice)
            mark_dirty([member.pk for member in changed], group)
        _agree(rules, known_of(fields, people))
        transaction.set_rollback(True)


def _agree(rules: list[Group], known: dict[int, Any]) -> None:
    groups = {field.key: field.dirty for field in fields_listed()}
    for rule in rules:
        wanted = expected(rule, known)
        words = rule_words(rule)
        stored = rule_json(rule)
        found = segment_query(stored).order_by("pk").values_list("pk", flat=True)
        assert list(found) == wanted, words
        told = sets_answer(rule)
        is_kept = all(groups[each.field] for each in conditions(rule))
        assert (told is not None) == is_kept, words
        if told is not None:
            assert list(told) == wanted, words
        assert list(rule_member_ids(rule)) == wanted
        assert rule_count(rule) == len(wanted)


@pytest.mark.django_db
def test_sets_that_miss_a_change_would_be_noticed_here() -> None:
    """The control: the same comparison with the marks thrown away fails."""
    dice = random.Random(7)
    with transaction.atomic(), tenant_scope(tenant()), clock.frozen(NOW):
        people = world_make(dice)
        rule = Group("all", (Condition("orders.net", "gte", 1),))
        SetDirty.objects.all().delete()
        assert sets_for_rule(rule, smallest=0)
        before = set(sets_answer(rule) or ())
        for member in people:
            had = member.pk in before
            MemberRollup.objects.filter(member=member).update(net_fen=0 if had else 5)
        assert (
            set(sets_answer(rule) or ())
            == before
            != set(segment_query(rule).values_list("pk", flat=True))
        )
        mark_dirty([member.pk for member in people], "orders")
        assert list(sets_answer(rule) or ()) == sorted(
            segment_query(rule).values_list("pk", flat=True)
        )
        assert SegmentSet.objects.exists()
        assert isinstance(NOW.date(), date)
        transaction.set_rollback(True)
