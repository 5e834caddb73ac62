"""Computed tags: who wears them by the day, by the fact, and after a definition goes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from members.people.models import Member, MemberStatus
from members.tags import measures
from members.tags.bulk import tags_take_off
from members.tags.engine import rules_run, statistical_run, tag_evaluate, tags_touch
from members.tags.errors import TagComputed
from members.tags.keeping import rule_approved, tag_create, tag_define, tag_rule_remove
from members.tags.measures import TagAlgorithm, TagMeasure
from members.tags.models import MemberTag, Tag, TagDay, TagGone, TagKind, TagState
from members.tags.services import member_tag_add
from scrm.approvals.models import Approval, ApprovalState
from scrm.core import clock
from scrm.core.errors import InvalidValue
from scrm.events.actor import acting_as
from scrm.events.models import OutboxEvent
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.tenants.services import tenant_create
from tests.factories.members import member, order, refund

pytestmark = pytest.mark.db
DAY = date(2026, 3, 31)
NOON = datetime(2026, 3, 31, 4, tzinfo=UTC)  # Asia/Shanghai noon


@pytest.fixture(autouse=True)
def somebody() -> Iterator[None]:
    with acting_as("operator", id="7", label="林"):
        yield


def ago(days: int) -> datetime:
    return NOON - timedelta(days=days)


def statistical(name: str, **definition: object) -> Tag:
    return tag_create(name=name, kind=TagKind.STATISTICAL, definition=definition)


def ruled(name: str, condition: dict[str, object]) -> Tag:
    """A rule tag whose first version was agreed."""
    tag = tag_create(name=name, kind=TagKind.RULE, definition={"rule": {"all": [condition]}})
    return agreed(tag, 1)


def agreed(tag: Tag, number: int) -> Tag:
    version = tag.versions.get(number=number)
    Approval.objects.update(
        state=ApprovalState.WITHDRAWN
    )  # tests/members/tags/test_pages.py asks it
    return rule_approved(
        {"tag": tag.public_id, "version": number, "definition": version.definition}
    )


def wearers(tag: Tag) -> dict[int, int | None]:
    return dict(MemberTag.objects.filter(tag=tag).values_list("member_id", "value"))


SPENDS = {"field": "orders.net", "op": "gte", "value": 50_000}


def test_n_25_spend_30_counts_paid_less_refunded_over_thirty_local_days(brand: Tenant) -> None:
    with clock.frozen(NOON):
        tag = statistical("近30天有消费", measure="spend_30", **{"from": 1})
        first = order(
            phone="13800000001", paid_fen=10_000, at=ago(29), refunds=(refund("r1", 2_500),)
        )
        order(phone="13800000001", paid_fen=5_000, at=ago(0))
        order(phone="13800000002", paid_fen=10_000, at=ago(30))  # the day before the window
        cancelled = order(phone="13800000003", paid_fen=10_000, at=ago(1), cancelled_at=ago(0))
        tag_evaluate(tag.pk, day=DAY)
        assert wearers(tag) == {first.member_id: 12_500}
        assert cancelled.member_id not in wearers(tag)


def test_n_25_spend_30_ends_where_the_brands_own_day_ends(brand: Tenant) -> None:
    """The same instant is another day elsewhere."""
    bought = datetime(2026, 3, 31, 17, tzinfo=UTC)  # 1 April in Shanghai, 31 March in New York
    found = {}
    elsewhere = tenant_create(slug="elsewhere", name="B", timezone="America/New_York")
    for shop in (brand, elsewhere):
        with tenant_scope(shop), clock.frozen(bought + timedelta(hours=1)):
            tag = statistical("近30天有消费", measure="spend_30", **{"from": 1})
            order(phone="13800000001", paid_fen=10_000, at=bought)
            tag_evaluate(tag.pk, day=DAY)
            found[shop.slug] = len(wearers(tag))
    assert found == {brand.slug: 0, "elsewhere": 1}


def test_n_25_spend_30_counts_an_order_that_is_told_twice_once(brand: Tenant) -> None:
    with clock.frozen(NOON):
        tag = statistical("近30天有消费", measure="spend_30", **{"from": 1})
        for _time in range(2):
            told = order(external_id="one", phone="13800000001", paid_fen=10_000, at=ago(1))
        tag_evaluate(tag.pk, day=DAY)
    assert wearers(tag) == {told.member_id: 10_000}


def test_n_25_spend_30_follows_a_refund_down_and_off_at_nothing(brand: Tenant) -> None:
    with clock.frozen(NOON):
        tag = statistical("近30天有消费", measure="spend_30", **{"from": 1})
        paid = {"external_id": "one", "phone": "13800000001", "paid_fen": 10_000, "at": ago(3)}
        buyer = order(**paid).member_id
        tag_evaluate(tag.pk, day=DAY)
        assert wearers(tag) == {buyer: 10_000}
        order(**paid, refunds=(refund("r1", 4_000, at=ago(2)),))
        tag_evaluate(tag.pk, day=DAY)
        assert wearers(tag) == {buyer: 6_000}
        order(**paid, refunds=(refund("r1", 4_000, at=ago(2)), refund("r2", 6_000, at=ago(1))))
        tag_evaluate(tag.pk, day=DAY)
    assert not wearers(tag)


def test_n_25_spend_30_counts_the_day_of_payment_not_of_the_order(brand: Tenant) -> None:
    with clock.frozen(NOON):
        tag = statistical("近30天有消费", measure="spend_30", **{"from": 1})
        inside = order(phone="13800000001", at=ago(40), paid_at=ago(29)).member_id
        outside = order(phone="13800000002", at=ago(40), paid_at=ago(30)).member_id
        unpaid = order(phone="13800000003", at=ago(1), paid_at=None).member_id
        tag_evaluate(tag.pk, day=DAY)
    assert wearers(tag).keys() == {inside}
    assert not {outside, unpaid} & wearers(tag).keys()


def test_n_25_churned_has_no_order_in_thirty_days_or_never_ordered_and_came_before(
    brand: Tenant,
) -> None:
    with clock.frozen(NOON):
        tag = statistical("流失用户", measure="churned")
        at_the_edge = order(phone="13800000001", at=ago(29)).member_id
        too_old = order(phone="13800000002", at=ago(30)).member_id
        never_old = member(at=ago(31)).pk
        never_new = member(at=ago(29)).pk
        paid_later = order(phone="13800000005", at=ago(40), paid_at=ago(2)).member_id
        tag_evaluate(tag.pk, day=DAY)
    assert wearers(tag).keys() == {too_old, never_old}
    assert not {at_the_edge, never_new, paid_later} & wearers(tag).keys()


def test_gender_and_age_are_tags_of_bands(brand: Tenant) -> None:
    with clock.frozen(NOON):
        women = statistical("女性", measure="gender", **{"in": ["female"]})
        young = statistical("18到25岁", measure="age", **{"from": 18, "to": 25})
        one = member(gender="female", birthday=date(2008, 3, 31))  # 18 on the very day
        two = member(gender="male", birthday=date(2008, 4, 1))
        statistical_run(DAY)
    assert wearers(women) == {one.pk: None}
    assert wearers(young) == {one.pk: 18}
    assert two.pk not in wearers(young)


def test_a_night_writes_only_differences_and_keeps_what_came_off(brand: Tenant) -> None:
    with clock.frozen(NOON):
        statistical("近30天有消费", measure="spend_30", **{"from": 1})
        stays = order(phone="13800000001", at=ago(1)).member_id
        leaves = order(phone="13800000002", at=ago(29)).member_id
        statistical_run(DAY)
        rows = dict(MemberTag.objects.values_list("member_id", "pk"))
        before = OutboxEvent.objects.count()
        assert statistical_run(DAY)["on"] == 0
        assert OutboxEvent.objects.count() == before  # nothing changed, nothing is told
        assert statistical_run(DAY + timedelta(days=1)) == {
            "tags": 1,
            "on": 0,
            "off": 1,
            "changed": 0,
        }
    assert dict(MemberTag.objects.values_list("member_id", "pk")) == {stays: rows[stays]}
    gone = TagGone.objects.get()
    assert (gone.member_id, gone.source, gone.cause) == (leaves, "statistical", "no_longer")


def test_merged_and_erased_members_wear_nothing(brand: Tenant) -> None:
    with clock.frozen(NOON):
        tag = statistical("近30天有消费", measure="spend_30", **{"from": 1})
        gone = order(at=ago(1)).member_id
        tag_evaluate(tag.pk, day=DAY)
        assert gone in wearers(tag)  # the control
        Member.objects.filter(pk=gone).update(status=MemberStatus.ERASED)
        tag_evaluate(tag.pk, day=DAY)
    assert not wearers(tag)


def test_a_rule_holds_once_somebody_agreed_and_follows_orders_as_they_come(brand: Tenant) -> None:
    rich = order(phone="13800000001", paid_fen=60_000).member_id
    tag = tag_create(name="高客单", kind=TagKind.RULE, definition={"rule": {"all": [SPENDS]}})
    assert (tag.state, tag.version) == (TagState.DRAFT, 0)
    tag_evaluate(tag.pk)
    assert not wearers(tag)  # not before it is agreed
    agreed(tag, 1)
    tag_evaluate(tag.pk)
    assert wearers(tag) == {rich: None}
    later = order(phone="13800000002", paid_fen=70_000).member_id
    assert tags_touch([later], frozenset({"points"})) == 0  # a fact the rule does not read
    assert tags_touch([later], frozenset({"orders"})) == 1
    assert wearers(tag).keys() == {rich, later}
    row = MemberTag.objects.get(member_id=later)
    assert (row.source, row.version) == ("rule", 1)


def test_the_version_before_holds_until_the_next_is_agreed(brand: Tenant) -> None:
    tag = ruled("高客单", SPENDS)
    order(phone="13800000001", paid_fen=60_000)
    tag_define(public_id=tag.public_id, definition={"rule": {"all": [{**SPENDS, "value": 90_000}]}})
    tag_evaluate(tag.pk)
    assert len(wearers(tag)) == 1
    agreed(tag, 2)
    tag_evaluate(tag.pk)
    assert not wearers(tag)
    ends = dict(tag.versions.values_list("number", "ended_at"))
    assert ends[1] is not None and ends[2] is None  # noqa: PT018
    assert tag.versions.get(number=2).author == "林"


def test_removing_a_rule_undoes_what_it_set_and_only_that(brand: Tenant) -> None:
    tag = ruled("高客单", SPENDS)
    by_rule = order(phone="13800000001", paid_fen=60_000).member_id
    by_both = order(phone="13800000002", paid_fen=60_000).member_id
    by_hand = order(phone="13800000003", paid_fen=100).member_id
    tag_evaluate(tag.pk)
    member_tag_add([by_hand, by_both], ["高客单"], "operator")  # a hand makes a rule's row its own
    assert tag_rule_remove(public_id=tag.public_id, is_undone=True) == 1
    assert wearers(tag).keys() == {by_both, by_hand}
    assert TagGone.objects.get().member_id == by_rule
    tag.refresh_from_db()
    assert (tag.kind, tag.definition) == (TagKind.MANUAL, {})


def test_removing_a_rule_may_leave_what_it_set(brand: Tenant) -> None:
    tag = ruled("高客单", SPENDS)
    rich = order(paid_fen=60_000).member_id
    tag_evaluate(tag.pk)
    assert tag_rule_remove(public_id=tag.public_id, is_undone=False) == 1
    tag_evaluate(tag.pk)
    assert MemberTag.objects.get(member_id=rich).source == "kept"


def test_hands_do_not_take_off_what_a_rule_would_put_on_again(brand: Tenant) -> None:
    tag = ruled("高客单", SPENDS)
    rich = order(paid_fen=60_000).member_id
    tag_evaluate(tag.pk)
    with pytest.raises(TagComputed):
        tags_take_off([rich], ["高客单"])
    member_tag_add([rich], ["高客单"], "operator")
    assert tags_take_off([rich], ["高客单"]).count == 1  # the control: a hand's own row


def test_the_day_keeps_how_many_wear_each_tag(brand: Tenant) -> None:
    tag = ruled("高客单", SPENDS)
    order(paid_fen=60_000)
    rules_run(DAY)
    rules_run(DAY)
    assert list(TagDay.objects.values_list("tag_id", "as_of", "count")) == [(tag.pk, DAY, 1)]


def test_an_algorithm_names_its_members(brand: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = member().pk, member().pk
    named = [(one, 3), (two, None)]
    known = TagAlgorithm(key="k", label="聚类", model_version="1", run=lambda _day: named)
    monkeypatch.setitem(measures.ALGORITHMS, "k", known)
    tag = tag_create(name="数码达人", kind=TagKind.ALGORITHMIC, definition={"algorithm": "k"})
    statistical_run(DAY)
    assert wearers(tag) == {one: 3, two: None}
    del named[0]
    statistical_run(DAY)
    assert wearers(tag) == {two: None}


def test_ec_98_one_member_may_wear_two_measures_at_once(
    brand: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tags are independent of each other: a second measure over the same people changes nothing."""
    everybody = TagMeasure(
        key="everybody",
        label="全部",
        kind="number",
        sql="SELECT m.id, 0::bigint FROM members_member m WHERE m.tenant_id = %(tenant)s",
    )
    monkeypatch.setitem(measures.MEASURES, "everybody", everybody)
    with clock.frozen(NOON):
        both = member(at=ago(60)).pk
        few = statistical("用得少", measure="everybody", to=3)
        churned = statistical("流失用户", measure="churned")
        statistical_run(DAY)
    assert both in wearers(few)
    assert both in wearers(churned)


@pytest.mark.parametrize(
    ("kind", "definition"),
    [
        ("statistical", {"measure": "nothing"}),
        ("statistical", {"measure": "spend_30"}),
        ("statistical", {"measure": "spend_30", "from": 2, "to": 1}),
        ("statistical", {"measure": "spend_30", "from": "1); DROP TABLE members_tag; --"}),
        ("statistical", {"measure": "gender", "in": ["x"]}),
        ("statistical", {"measure": "churned", "from": 1}),
        ("rule", {"rule": {"all": []}}),
        ("rule", {"rule": {"all": [{"field": "no.such", "op": "is", "value": True}]}}),
        ("manual", {"measure": "churned"}),
        ("wecom", {}),
        ("algorithmic", {"algorithm": "none"}),
    ],
)
def test_a_definition_that_cannot_be_computed_is_refused(
    brand: Tenant, kind: str, definition: dict[str, object]
) -> None:
    with pytest.raises((InvalidValue, Exception)) as refused:
        tag_create(name="x", kind=kind, definition=definition)
    assert getattr(refused.value, "code", "") in {"invalid_value", "invalid_rule"}
    assert not Tag.objects.exists()
