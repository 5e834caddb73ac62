"""Page 11 with persona, sources, relations and notes; the form of a person; the list of fields."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from members.identity.rules import Claim
from members.identity.services import identity_resolve
from members.people.models import Member
from members.people.services import member_touch
from members.profile.models import CustomField, CustomValue, Note, TagGroupDirection
from members.profile.notes import note_add
from members.profile.services import custom_field_create, custom_values_change
from members.tags.models import Tag
from members.tags.services import member_tag_add
from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.events.models import AuditLog
from scrm.tenants.models import Tenant
from scrm.wecom.models import ExternalContact, FollowRelation, Staff, WeComCorp
from tests.factories.members import START, member, order

HTMX = {"HX-Request": "true"}


@pytest.fixture
def browser(brand: Tenant) -> Client:
    operator = Operator.objects.create_user(email="lin@example.com", password="x" * 12, name="林晓")
    membership_grant(operator=operator, tenant=brand, roles=["private_domain_lead"])
    client = Client()
    client.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def who(brand: Tenant) -> Member:
    return member(phone="13800000001", display_name="王宇轩", city="上海")


def base_of(who: Member) -> str:
    return f"/console/{Tenant.objects.get(pk=who.tenant_id).slug}/"


def address(who: Member, rest: str = "") -> str:
    return f"{base_of(who)}members/{who.public_id}/{rest}"


def part(browser: Client, who: Member, name: str) -> str:
    got = browser.get(address(who, f"about/?part={name}"), headers=HTMX)
    assert got.status_code == 200, name
    return str(got.content.decode())


def followed(who: Member, names: list[str]) -> None:
    """The member is one customer of the corp, followed by these members of staff."""
    corp = WeComCorp.objects.create(
        corp_id="ww1", name="木棉", agent_id=1, secret="s", token="t", aes_key="k"
    )
    contact = ExternalContact.objects.create(corp=corp, external_userid="wm1", name="宇轩")
    identity_resolve(
        claims=[Claim("phone", "13800000001"), Claim("external_userid", "wm1", "ww1")],
        source="wecom",
        occurred_at=START,
    )
    for place, name in enumerate(names):
        FollowRelation.objects.create(
            corp=corp,
            contact=contact,
            staff=Staff.objects.create(corp=corp, userid=f"s{place}", name=name),
            state="deleted" if place == 0 else "active",
            added_at=START + timedelta(days=place),
            event_at=START,
            deleted_at=START + timedelta(days=30) if place == 0 else None,
            deleted_by="customer" if place == 0 else "",
            remark="老客户" if place == 1 else "",
        )


def test_one_customer_of_three_staff_is_one_person_with_three_relations(
    who: Member, browser: Client
) -> None:
    """peers.md row 6."""
    followed(who, ["陈一", "李二", "赵三"])
    assert Member.objects.count() == 1
    cards = part(browser, who, "cards")
    assert all(name in cards for name in ("陈一", "李二", "赵三", "老客户"))
    assert (cards.count("好友"), cards.count("已删除")) == (2, 1)
    head = part(browser, who, "head")
    assert "李二" in head
    assert "陈一" not in head
    story = browser.get(
        address(who, "?tab=timeline&kind=contacts"), headers={**HTMX, "HX-Target": "tab-panel"}
    )
    told = story.content.decode()
    assert told.count("添加了") == 3
    assert "客户删除了 陈一" in told


def test_the_persona_has_four_directions_with_facts_fields_and_tags(
    who: Member, browser: Client
) -> None:
    """M-12."""
    for label, direction in (
        ("肤质", "basic"),
        ("偏好曲风", "content"),
        ("常去社区", "social"),
    ):
        field = custom_field_create(label=label, kind="text", direction=direction)
        custom_values_change(member_public_id=who.public_id, custom={field.key: f"{label}的值"})
    order(external_id="1", phone="13800000001", paid_fen=20_000)
    order(external_id="2", phone="13800000001", paid_fen=10_000, at=START + timedelta(days=30))
    member_tag_add([who.pk], ["爱茶"], "operator")
    TagGroupDirection.objects.create(group=Tag.objects.get().group, direction="content")
    seen = part(browser, who, "persona")
    places = [seen.index(name) for name in ("基础属性", "内容偏好", "消费习惯", "社交习惯")]
    assert places == sorted(places)
    basic, content, spending, social = (
        seen[start:end] for start, end in zip(places, [*places[1:], None], strict=True)
    )
    assert "上海" in basic
    assert "肤质的值" in basic
    assert "偏好曲风的值" in content
    assert "爱茶" in content
    assert "¥150.00" in spending
    assert "30 天" in spending
    assert "常去社区的值" in social


def test_first_and_latest_source_stand_with_their_occasion(who: Member, browser: Client) -> None:
    """M-21."""
    later = START + timedelta(days=3)
    member_touch(member_id=who.pk, source="tmall", at=START)
    member_touch(member_id=who.pk, source="store", campaign="春茶快闪", at=later)
    cards = part(browser, who, "cards")
    assert "天猫" in cards
    assert "活动 春茶快闪" in cards
    assert "2026-01-18" in cards


def test_the_story_is_narrowed_by_channel(who: Member, browser: Client) -> None:
    """M-25: also where only old entries came by that channel."""
    for number in range(40):
        at = START + timedelta(days=number)
        order(external_id=f"t{number}", phone="13800000001", at=at)
    order(external_id="jd", phone="13800000001", channel="jd", at=START - timedelta(days=9))
    headers = {**HTMX, "HX-Target": "tab-panel"}
    told = browser.get(address(who, "?tab=timeline&channel=jd"), headers=headers).content.decode()
    assert told.count("timeline-entry") == 1
    assert 'value="jd" selected' in told
    both = browser.get(address(who, "?tab=timeline&channel=jd&kind=notes"), headers=headers)
    assert "没有符合条件的动态" in both.content.decode()
    everything = browser.get(address(who, "?tab=timeline"), headers=headers).content.decode()
    assert everything.count("timeline-entry") == 30


def test_notes_are_written_pinned_changed_and_deleted_with_a_way_back(
    who: Member, browser: Client
) -> None:
    assert (
        browser.post(address(who, "note/"), {"text": "周五回电", "is_pinned": "on"}).status_code
        == 302
    )
    note = Note.objects.get()
    assert "周五回电" in part(browser, who, "cards")
    tab = browser.get(address(who, "?tab=notes"), headers={**HTMX, "HX-Target": "tab-panel"})
    assert "周五回电" in tab.content.decode()
    base = f"{base_of(who)}notes/{note.public_id}/"
    browser.post(f"{base}edit/", {"text": "周六回电"})
    browser.post(f"{base}unpin/")
    assert "周六回电" not in part(browser, who, "cards")
    gone = browser.post(f"{base}delete/", follow=True)
    assert "撤销" in gone.content.decode() or "undo" in gone.content.decode()
    assert Note.objects.get().deleted_at is not None
    # Somebody else may pin and delete, and not change the words.
    other = note_add(member_public_id=who.public_id, text="系统写的")
    refused = browser.post(f"{base_of(who)}notes/{other.public_id}/edit/", {"text": "我改的"})
    assert refused.status_code == 403


def test_the_form_of_a_person_has_the_brands_own_fields(who: Member, browser: Client) -> None:
    skin = custom_field_create(label="肤质", kind="choice", key="skin", choices=("干性", "油性"))
    custom_field_create(label="有孩子", kind="bool", key="kids")
    custom_field_create(label="开店日", kind="date", key="since")
    custom_values_change(member_public_id=who.public_id, custom={"skin": "干性"})
    # The word is no option any more; whoever has it keeps it.
    CustomField.objects.filter(pk=skin.pk).update(choices=["油性"])
    form = browser.get(address(who, "edit/")).content.decode()
    assert 'value="干性" selected' in form
    told: dict[str, Any] = {
        "display_name": "王宇轩", "kind": "consumer", "occupation": "教师", "custom_skin": "干性",
        "custom_kids": "false", "custom_since": "2020-05-31",
    }  # fmt: skip
    assert browser.post(address(who, "edit/"), told).status_code == 302
    assert Member.objects.get().occupation == "教师"
    values = dict(CustomValue.objects.values_list("field__key", "text"))
    assert values["skin"] == "干性"
    assert CustomValue.objects.get(field__key="kids").flag is False
    logged = AuditLog.objects.filter(action="members.custom_changed").latest("id")
    assert logged.after == {"fields": ["开店日", "有孩子"]}
    assert browser.post(address(who, "edit/"), {**told, "custom_skin": "没有的"}).status_code == 422


def test_fields_are_made_changed_and_put_away_on_their_page(who: Member, browser: Client) -> None:
    empty = browser.get(f"{base_of(who)}members/fields/").content.decode()
    assert "还没有自定义字段" in empty
    base = f"{base_of(who)}members/fields/"
    told = {"label": "肤质", "kind": "choice", "choices": "干性\n油性", "direction": "basic"}
    assert browser.post(f"{base}new/", told).status_code == 302
    assert browser.post(f"{base}new/", told).status_code == 422
    field = CustomField.objects.get()
    assert field.choices == ["干性", "油性"]
    one = f"{base}{field.public_id}/"
    browser.post(f"{one}edit/", {"label": "皮肤", "choices": "干性", "direction": "content"})
    browser.post(f"{one}archive/")
    listed = browser.get(base).content.decode()
    assert "皮肤" in listed
    assert "已停用" in listed
    browser.post(f"{one}restore/")
    assert CustomField.objects.get().archived_at is None
    member_tag_add([who.pk], ["爱茶"], "operator")
    group = Tag.objects.get().group_id
    assert browser.post(f"{base}groups/", {f"group_{group}": "social"}).status_code == 302
    assert TagGroupDirection.objects.get().direction == "social"
