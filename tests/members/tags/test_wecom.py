"""Corp tags both ways, against the sandbox: names, marks of two staff, no echo, deletion, and deaths."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from members.identity.rules import Claim
from members.identity.selectors import member_find
from members.people.models import Member
from members.tags.bulk import tags_take_off
from members.tags.corp import outbound
from members.tags.corp.outbound import call_make, calls_claim, pushes_drain
from members.tags.errors import TagInUse
from members.tags.keeping import tag_create, tag_delete, tag_link, tag_push_retry, tag_update
from members.tags.models import MemberTag, PushState, Tag, TagGone, TagGroup, TagLink, TagPush
from members.tags.services import member_tag_add
from scrm.core.errors import InvalidValue
from scrm.events.actor import acting_as
from scrm.events.relay import relay_tenant
from scrm.wecom.callbacks.services import callbacks_process
from scrm.wecom.contacts.tags import tags_told
from scrm.wecom.gateway import gateway_for
from scrm.wecom.models import FollowRelation, WeComCorp
from scrm.wecom.sandbox.control import SandboxControl
from tests.scrm.wecom.conftest import CORP, T0
from tests.scrm.wecom.test_callbacks_processing import event, store

pytestmark = pytest.mark.db


@pytest.fixture(autouse=True)
def somebody() -> Iterator[None]:
    with acting_as("operator", id="7", label="林"):
        yield


def called_back(corp: WeComCorp, *events: str) -> None:
    for raw in events:
        store(corp, raw)
    callbacks_process()
    relay_tenant()


def befriended(corp: WeComCorp, *staff: str) -> Member:
    """The customer wm1, as everybody of these staff has them, and the corp's tags."""
    tags_told(corp=corp, groups=gateway_for(corp).tags(), change="synced", is_complete=True)
    called_back(
        corp,
        *(
            event("add_external_contact", T0, UserID=userid, ExternalUserID="wm1")
            for userid in staff
        ),
    )
    member = member_find(Claim("external_userid", "wm1", CORP))
    assert member is not None
    return member


def edited(
    corp: WeComCorp, sandbox: SandboxControl, userid: str, at: int, **tags: tuple[str, ...]
) -> None:
    ids = {way: tuple(corp_tag(name) for name in names) for way, names in tags.items()}
    sandbox.staff_edit(CORP, external_userid="wm1", userid=userid, **ids)
    called_back(corp, event("edit_external_contact", at, UserID=userid, ExternalUserID="wm1"))


def corp_tag(name: str) -> str:
    return TagLink.objects.get(tag__name=name).corp_tag_id


def renamed(corp: WeComCorp, corp_tag_id: str, change: str = "update") -> None:
    called_back(
        corp,
        f"<xml><CreateTime>{T0}</CreateTime><Event>change_external_tag</Event><Id>{corp_tag_id}</Id>"
        f"<TagType>tag</TagType><ChangeType>{change}</ChangeType></xml>",
    )


def worn(member: Member) -> dict[str, str]:
    return dict(MemberTag.objects.filter(member=member).values_list("tag__name", "source"))


def marked(sandbox: SandboxControl) -> int:
    return sum(1 for each in sandbox.requests(api="externalcontact/mark_tag"))


def at_wecom(userid: str = "li.na") -> set[str]:
    kept = FollowRelation.objects.get(staff__userid=userid, contact__external_userid="wm1")
    return set(kept.tag_ids)


def test_tags_and_groups_of_wecom_are_ours_with_who_wears_them(
    corp: WeComCorp, sandbox: SandboxControl
) -> None:
    member = befriended(corp, "li.na")
    assert set(Tag.objects.values_list("name", "kind", "group__name")) == {
        ("金", "wecom", "等级"),
        ("银", "wecom", "等级"),
    }
    assert worn(member) == {"金": "wecom"}
    tags_told(corp=corp, groups=gateway_for(corp).tags(), change="synced", is_complete=True)
    edited(corp, sandbox, "li.na", T0 + 90)  # told again: nothing twice
    assert Tag.objects.count() == TagLink.objects.count() == 2
    assert not TagPush.objects.exists()  # no echo: what WeCom says is not told back


def test_a_rename_in_wecom_arrives_with_its_callback(
    corp: WeComCorp, sandbox: SandboxControl
) -> None:
    member = befriended(corp, "li.na")
    link = TagLink.objects.get(tag__name="金")
    sandbox.admin_tag(CORP, tag_id=link.corp_tag_id, name="黑金")
    renamed(corp, link.corp_tag_id)
    assert worn(member) == {"黑金": "wecom"}
    assert not TagPush.objects.exists()


def test_a_tag_of_two_staff_stays_until_the_second_takes_it_off(
    corp: WeComCorp,
    sandbox: SandboxControl,
) -> None:
    member = befriended(corp, "li.na", "wang.wu")
    edited(corp, sandbox, "wang.wu", T0 + 90, add_tags=("金",))
    edited(corp, sandbox, "li.na", T0 + 91, remove_tags=("金",))
    assert worn(member) == {"金": "wecom"}
    edited(corp, sandbox, "wang.wu", T0 + 92, remove_tags=("金",))
    assert worn(member) == {}
    assert TagGone.objects.get().cause == "wecom"


def test_a_tag_put_on_here_is_marked_for_every_friend_and_not_told_back(
    corp: WeComCorp,
    sandbox: SandboxControl,
) -> None:
    member = befriended(corp, "li.na", "wang.wu")
    silver = TagLink.objects.get(tag__name="银").corp_tag_id
    member_tag_add([member.pk], ["银"], "operator")
    assert TagPush.objects.count() == 2
    pushes_drain()
    relay_tenant()  # our own marks come back as facts
    assert silver in at_wecom("li.na")
    assert silver in at_wecom("wang.wu")
    assert worn(member) == {"金": "wecom", "银": "operator"}
    assert (TagPush.objects.count(), marked(sandbox)) == (0, 2)
    edited(corp, sandbox, "li.na", T0 + 90, remove_tags=("银",))
    assert "银" in worn(member)  # the other friend shows it still
    tags_take_off([member.pk], ["银"])
    pushes_drain()
    assert silver not in at_wecom("wang.wu")
    assert marked(sandbox) == 3  # the first friendship had lost it already


def test_what_is_not_marked_yet_is_not_taken_for_taken_off(
    corp: WeComCorp,
    sandbox: SandboxControl,
) -> None:
    member = befriended(corp, "li.na")
    member_tag_add([member.pk], ["银"], "operator")
    edited(corp, sandbox, "li.na", T0 + 90, remove_tags=("金",))
    assert worn(member) == {"银": "operator"}


def test_a_worker_that_dies_in_the_call_leaves_it_to_the_next(
    corp: WeComCorp,
    sandbox: SandboxControl,
    settings: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.PUSH_LEASE_SECONDS = 0
    member = befriended(corp, "li.na")
    member_tag_add([member.pk], ["银"], "operator")
    (lost,) = calls_claim()
    call_made = lost  # it reached WeCom; nobody wrote the answer down
    outbound.contact_tags_mark(corp=corp, userid="li.na", external_userid="wm1", add=call_made.add)
    assert TagPush.objects.get().state == PushState.SENDING
    pushes_drain()
    assert not TagPush.objects.exists()
    assert worn(member)["银"] == "operator"
    call_make(lost)  # the dead one wakes up: it owns nothing any more
    assert not TagPush.objects.exists()


def test_a_wish_changed_during_the_call_is_told_too(corp: WeComCorp) -> None:
    member = befriended(corp, "li.na")
    silver = TagLink.objects.get(tag__name="银").corp_tag_id
    member_tag_add([member.pk], ["银"], "operator")
    (call,) = calls_claim()
    tags_take_off([member.pk], ["银"])
    assert calls_claim() == []  # the customer is busy
    call_make(call)
    assert silver in at_wecom()
    pushes_drain()
    assert silver not in at_wecom()
    assert not TagPush.objects.exists()


def test_a_refusal_stays_to_be_seen_and_tried_again(
    corp: WeComCorp, sandbox: SandboxControl
) -> None:
    member = befriended(corp, "li.na")
    sandbox.fault("errcode", api="externalcontact/mark_tag", code=40068, times=1)
    member_tag_add([member.pk], ["银"], "operator")
    pushes_drain()
    failed = TagPush.objects.get()
    assert failed.state == PushState.FAILED
    assert "40068" in failed.error
    assert tag_push_retry(public_id=failed.tag.public_id) == 1
    pushes_drain()
    assert not TagPush.objects.exists()


def test_patience_asked_for_is_given(corp: WeComCorp, sandbox: SandboxControl) -> None:
    member = befriended(corp, "li.na")
    sandbox.fault("errcode", api="externalcontact/mark_tag", code=45035)
    member_tag_add([member.pk], ["银"], "operator")
    pushes_drain()
    waiting = TagPush.objects.get()
    assert waiting.state == PushState.PENDING
    assert waiting.not_before is not None


def test_our_tag_is_made_named_and_deleted_there(corp: WeComCorp, sandbox: SandboxControl) -> None:
    member = befriended(corp, "li.na")
    tag = tag_create(name="高客单", group="")
    member_tag_add([member.pk], ["高客单"], "operator")
    assert not TagPush.objects.exists()  # nobody asked for it in WeCom
    tag_link(public_id=tag.public_id)
    for _turn in range(2):
        pushes_drain()
        relay_tenant()
    link = TagLink.objects.get(tag=tag)
    assert link.corp_tag_id in at_wecom()
    assert Tag.objects.filter(archived_at=None).count() == 3  # not once more as WeCom's
    tag_update(public_id=tag.public_id, name="大客户")
    pushes_drain()
    relay_tenant()
    names = {each.name for group in gateway_for(corp).tags() for each in group.tags}
    assert "大客户" in names
    assert Tag.objects.get(pk=tag.pk).name == "大客户"
    with pytest.raises(TagInUse) as asked:
        tag_delete(public_id=tag.public_id)
    assert asked.value.details["members"] == 1
    tag_delete(public_id=tag.public_id, is_sure=True)
    pushes_drain()
    relay_tenant()
    names = {each.name for group in gateway_for(corp).tags() for each in group.tags}
    assert "大客户" not in names
    assert worn(member) == {"金": "wecom"}
    assert TagGone.objects.get(tag=tag).cause == "tag_removed"
    assert not TagPush.objects.exists()


def test_a_tag_deleted_in_wecom_stays_on_whoever_wears_it(
    corp: WeComCorp,
    sandbox: SandboxControl,
) -> None:
    member = befriended(corp, "li.na")
    link = TagLink.objects.get(tag__name="金")
    sandbox.admin_tag(CORP, tag_id=link.corp_tag_id)
    renamed(corp, link.corp_tag_id, "delete")
    assert worn(member) == {"金": "wecom"}
    tag = Tag.objects.get(name="金")
    assert (tag.kind, tag.links.get().ended_at is not None) == ("manual", True)


def test_a_name_too_long_for_wecom_is_refused_before_it_is_sent(corp: WeComCorp) -> None:
    tag = tag_create(name="长" * 31)
    with pytest.raises(InvalidValue):
        tag_link(public_id=tag.public_id)
    assert not TagPush.objects.exists()


def test_twins_of_two_groups_and_our_own_of_the_name_do_not_collide(
    corp: WeComCorp,
    sandbox: SandboxControl,
) -> None:
    mine = tag_create(name="金")
    befriended(corp, "li.na")
    assert TagLink.objects.get(tag=mine)  # one of ours with the name is that tag
    sandbox.admin_tag(CORP, group="别的组", name="金")
    tags_told(corp=corp, groups=gateway_for(corp).tags(), change="synced", is_complete=True)
    relay_tenant()
    assert set(Tag.objects.values_list("name", flat=True)) == {"金", "银", "金 2"}
    assert TagGroup.objects.filter(name="别的组").exists()
