"""One tag becomes another, with its members and its history, and can be taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from members.people.models import Member
from members.segments.compiler import rule_filter
from members.segments.rules import rule_parse
from members.segments.words import rule_words
from members.tags.errors import TagNameTaken
from members.tags.keeping import rule_approved, tag_create, tag_delete, tag_update
from members.tags.merging import tag_merge, tag_merge_undo
from members.tags.models import MemberTag, Tag, TagGone, TagKind, TagLink, TagMerge
from members.tags.services import member_tag_add, member_tag_remove
from scrm.core import clock
from scrm.core.errors import DomainError, InvalidTransition, InvalidValue, NotFound
from scrm.events.actor import acting_as
from scrm.events.models import AuditLog
from scrm.events.relay import relay_tenant
from scrm.tenants.models import Tenant
from scrm.wecom.models import WeComCorp
from tests.factories.members import member

pytestmark = pytest.mark.db
LONG_AGO = clock.now() - timedelta(days=90)


def worn() -> set[tuple[str, int, str]]:
    rows = MemberTag.objects.values_list("tag__name", "member_id", "source", "at")
    return {(name, who, f"{source} {at.isoformat()}") for name, who, source, at in rows}


def two_tags() -> tuple[Tag, Tag, int, int, int]:
    """爱茶 on the first and the second, 茶客 on the second and the third."""
    first, second, third = (member().pk for _ in range(3))
    member_tag_add([first, second], ["爱茶"], "import", at=LONG_AGO)
    member_tag_add([second, third], ["茶客"], "operator")
    tea, guest = (Tag.objects.get(name=name) for name in ("爱茶", "茶客"))
    return tea, guest, first, second, third


def test_whoever_wore_the_tag_wears_the_other_since_when_they_did(brand: Tenant) -> None:
    tea, guest, first, second, third = two_tags()
    done = tag_merge(public_id=tea.public_id, into=guest.public_id)
    assert (done.members, done.both) == (1, 1)
    rows = {row.member_id: row for row in MemberTag.objects.select_related("tag")}
    assert {key: row.tag.name for key, row in rows.items()} == dict.fromkeys(
        (first, second, third), "茶客"
    )
    assert (rows[first].source, rows[first].at) == ("import", LONG_AGO)
    assert rows[second].source == "operator"  # who wore both keeps the other's row
    gone = TagGone.objects.get()
    assert (gone.member_id, gone.cause, gone.at) == (second, "merged", LONG_AGO)
    tea.refresh_from_db()
    assert tea.archived_at is not None
    told = AuditLog.objects.get(action="tags.merged")
    assert told.after == {"name": "茶客", "other": "爱茶", "members": 1, "both": 1}


def test_taking_it_back_leaves_everything_as_it_was(brand: Tenant) -> None:
    tea, guest, *_people = two_tags()
    before = worn()
    done = tag_merge(public_id=tea.public_id, into=guest.public_id)
    assert worn() != before
    tag_merge_undo(public_id=done.merge.public_id)
    assert worn() == before
    assert not TagGone.objects.exists()
    with pytest.raises(InvalidTransition):
        tag_merge_undo(public_id=done.merge.public_id)
    with pytest.raises(NotFound):
        tag_merge_undo(public_id="tgm_none")


def test_what_happened_since_stands_when_it_is_taken_back(brand: Tenant) -> None:
    tea, guest, first, second, _third = two_tags()
    done = tag_merge(public_id=tea.public_id, into=guest.public_id)
    member_tag_remove([first], ["茶客"])  # taken off: it does not come back
    fresh = member().pk
    member_tag_add([fresh], ["爱茶"], "operator")  # the old name means the other tag
    tag_merge_undo(public_id=done.merge.public_id)
    names = set(MemberTag.objects.values_list("tag__name", "member_id"))
    assert ("爱茶", first) not in names
    assert ("茶客", fresh) in names
    assert ("爱茶", second) in names


def test_the_old_name_means_the_other_tag_until_somebody_uses_it_anew(brand: Tenant) -> None:
    tea, guest, *_people = two_tags()
    done = tag_merge(public_id=tea.public_id, into=guest.public_id)
    one = member().pk
    assert member_tag_add([one], ["爱茶", "茶客"], "api") == 1
    assert MemberTag.objects.get(member_id=one).tag_id == guest.pk
    other = tag_create(name="爱茶")
    assert other.pk != tea.pk
    with pytest.raises(TagNameTaken):
        tag_merge_undo(public_id=done.merge.public_id)
    member_tag_add([member().pk], ["爱茶"], "api")
    assert MemberTag.objects.filter(tag=other).count() == 1


def test_rules_that_name_the_old_tag_mean_the_other_and_say_so(brand: Tenant) -> None:
    tea, guest, first, second, third = two_tags()
    rule = {"all": [{"field": "tags", "op": "has_any", "value": [tea.public_id]}]}
    with acting_as("operator", id="7", label="林"):
        ruled = tag_create(name="规则", kind=TagKind.RULE, definition={"rule": rule})
        rule_approved({"tag": ruled.public_id, "version": 1, "definition": {"rule": rule}})
    relay_tenant()

    def found() -> set[int]:
        return set(rule_filter(Member.objects.all(), rule_parse(rule)).values_list("pk", flat=True))

    def ruled_on() -> set[int]:
        return set(MemberTag.objects.filter(tag=ruled).values_list("member_id", flat=True))

    assert found() == ruled_on() == {first, second}
    done = tag_merge(public_id=tea.public_id, into=guest.public_id)
    relay_tenant()
    assert found() == ruled_on() == {first, second, third}
    assert "茶客" in rule_words(rule_parse(rule))
    tag_merge_undo(public_id=done.merge.public_id)
    relay_tenant()
    assert found() == ruled_on() == {first, second}
    assert "爱茶" in rule_words(rule_parse(rule))


def test_a_chain_of_merges_is_followed_and_taken_back_from_its_end(brand: Tenant) -> None:
    tea, guest, first, *_others = two_tags()
    drink = tag_create(name="饮品")
    rule = {"all": [{"field": "tags", "op": "has_all", "value": [tea.public_id]}]}
    one = tag_merge(public_id=tea.public_id, into=guest.public_id)
    two = tag_merge(public_id=guest.public_id, into=drink.public_id)
    assert rule_filter(Member.objects.all(), rule_parse(rule)).count() == 3
    with pytest.raises(InvalidTransition):  # the tag it went into is not in use
        tag_merge_undo(public_id=one.merge.public_id)
    tag_merge_undo(public_id=two.merge.public_id)
    tag_merge_undo(public_id=one.merge.public_id)
    assert MemberTag.objects.get(tag=tea, member_id=first).source == "import"
    assert not TagMerge.objects.filter(undone_at=None).exists()


def test_what_must_stay_two_is_refused(brand: Tenant, corp: WeComCorp) -> None:
    tea, guest, *_people = two_tags()
    spent = tag_create(
        name="有消费", kind="statistical", definition={"measure": "spend_30", "from": 1}
    )

    def refused(source: Tag, into: str, kind: type[DomainError]) -> None:
        with pytest.raises(kind):
            tag_merge(public_id=source.public_id, into=into)

    refused(tea, tea.public_id, InvalidValue)
    refused(tea, "tag_none", InvalidValue)
    refused(spent, guest.public_id, InvalidTransition)
    refused(tea, spent.public_id, InvalidTransition)
    link = TagLink.objects.create(tag=tea, corp=corp, corp_tag_id="et1")
    refused(tea, guest.public_id, InvalidTransition)  # it is in WeCom
    link.delete()
    gone = tag_create(name="旧的")
    tag_delete(public_id=gone.public_id)
    refused(tea, gone.public_id, InvalidValue)
    refused(gone, tea.public_id, NotFound)
    tag_update(public_id=tea.public_id, name="茶")
    assert tag_merge(public_id=tea.public_id, into=guest.public_id).members == 1  # the control
