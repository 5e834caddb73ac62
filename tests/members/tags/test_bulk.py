"""Tags put on and taken off by hand can be taken back, exactly."""

from __future__ import annotations

import pytest

from members.people.models import Member
from members.tags.bulk import (
    MOST_KEPT,
    tags_put_on,
    tags_put_on_undo,
    tags_take_off,
    tags_take_off_undo,
)
from members.tags.models import MemberTag
from members.tags.services import member_tag_add
from scrm.core import clock
from scrm.events.models import AuditLog
from scrm.tenants.models import Tenant

pytestmark = pytest.mark.db


def people(count: int) -> list[int]:
    made = [
        Member.objects.create(member_no=f"{90_000 + n}", registered_at=clock.now())
        for n in range(count)
    ]
    return [member.pk for member in made]


def worn() -> set[tuple[str, int, str]]:
    return set(MemberTag.objects.values_list("tag__name", "member_id", "source"))


def test_taking_back_leaves_what_was_there_before(brand: Tenant) -> None:
    first, second = people(2)
    member_tag_add([first], ["高复购"], "rule")
    before = worn()
    done = tags_put_on([first, second], ["高复购", "爱茶"])
    assert done.count == 3
    tags_put_on_undo(done.undo)
    assert worn() == before
    assert list(AuditLog.objects.order_by("at", "id").values_list("action", flat=True)) == [
        "members.tagged",
        "members.untagged",
    ]


def test_a_second_batch_is_not_taken_back_with_the_first(brand: Tenant) -> None:
    first, second = people(2)
    done = tags_put_on([first], ["爱茶"])
    tags_put_on([second], ["爱茶"])
    tags_put_on_undo(done.undo)
    assert worn() == {("爱茶", second, "operator")}


def test_what_was_taken_off_comes_back_with_its_source(brand: Tenant) -> None:
    first, second = people(2)
    member_tag_add([first], ["爱茶"], "rule")
    member_tag_add([second], ["爱茶"], "wecom")
    before = worn()
    done = tags_take_off([first, second], ["爱茶"])
    assert (done.count, worn()) == (2, set())
    member_tag_add([second], ["爱茶"], "operator")  # somebody was quicker: theirs stays
    tags_take_off_undo(done.undo)
    assert worn() == (before - {("爱茶", second, "wecom")}) | {("爱茶", second, "operator")}


def test_nothing_done_offers_nothing_back(brand: Tenant) -> None:
    (first,) = people(1)
    assert tags_take_off([first], ["没有"]).undo == {}
    tags_put_on([first], ["爱茶"])
    assert tags_put_on([first], ["爱茶"]).undo == {}


def test_too_much_to_keep_offers_nothing_back(
    brand: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("members.tags.bulk.MOST_KEPT", 1)
    assert MOST_KEPT > 1
    tags_put_on(people(2), ["爱茶"])
    done = tags_take_off(list(Member.objects.values_list("pk", flat=True)), ["爱茶"])
    assert (done.count, done.undo) == (2, {})
