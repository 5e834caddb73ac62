"""Page 21 and the REST door: made, agreed by a second person, tried out, counted, put away."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from members.segments.rules import rule_parse
from members.segments.words import rule_words
from members.tags.engine import rules_run, tag_evaluate
from members.tags.errors import TagInUse, TagNameTaken
from members.tags.keeping import tag_create, tag_delete, tag_group_create, tag_group_delete
from members.tags.models import MemberTag, Tag, TagState
from members.tags.selectors import tag_changes, tag_choices
from members.tags.services import member_tag_add, member_tag_remove
from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.approvals.models import Approval
from scrm.approvals.services import FourEyes, approval_decide
from scrm.console.models import UndoStep
from scrm.console.panels import timeline_for
from scrm.core import clock
from scrm.core.errors import Forbidden
from scrm.events.actor import acting_as
from scrm.events.relay import relay_tenant
from scrm.tenants.models import Tenant
from tests.factories.members import member, order

pytestmark = pytest.mark.db
RULE = {"all": [{"field": "orders.net", "op": "gte", "value": 50_000}]}


def somebody(brand: Tenant, name: str, role: str) -> Operator:
    who = Operator.objects.create_user(email=f"{name}@example.com", password=None, name=name)
    membership_grant(operator=who, tenant=brand, roles=[role])
    return who


def page(brand: Tenant, who: Operator, path: str, **data: object) -> Any:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/console/{brand.slug}/{path}"
    return client.post(address, data) if data else client.get(address)


def test_a_rule_is_asked_for_by_one_person_and_agreed_by_another(brand: Tenant) -> None:
    author = somebody(brand, "ann", "member_ops")
    lead = somebody(brand, "bob", "private_domain_lead")
    rich = order(paid_fen=60_000).member_id
    with acting_as("operator", id=str(author.pk), label="ann"):
        tag = tag_create(name="高客单", kind="rule", definition={"rule": RULE}, reason="大促")
        approval = Approval.objects.get(kind="tags.rule", subject=tag.public_id)
        with pytest.raises((FourEyes, Forbidden)):
            approval_decide(approval.public_id, approve=True)
    with acting_as("operator", id=str(lead.pk), label="bob"):
        approval_decide(approval.public_id, approve=True)
    relay_tenant()
    tag.refresh_from_db()
    assert (tag.state, tag.version) == (TagState.ACTIVE, 1)
    version = tag.versions.get()
    assert (version.author, version.approver) == ("ann", "bob")
    assert MemberTag.objects.get(tag=tag).member_id == rich
    shown = page(brand, lead, f"tags/{tag.public_id}/").content.decode()
    tried = page(brand, lead, f"tags/{tag.public_id}/try/").content.decode()
    assert "ann" in shown
    assert "bob" in shown
    assert "今天符合 1 人" in tried
    assert "累计" in shown  # the rule in words


def test_a_refused_rule_never_tags_anybody(brand: Tenant) -> None:
    author = somebody(brand, "ann", "member_ops")
    lead = somebody(brand, "bob", "private_domain_lead")
    order(paid_fen=60_000)
    with acting_as("operator", id=str(author.pk), label="ann"):
        tag = tag_create(name="高客单", kind="rule", definition={"rule": RULE})
    with acting_as("operator", id=str(lead.pk), label="bob"):
        approval_decide(Approval.objects.get().public_id, approve=False)
    relay_tenant()
    rules_run(date(2026, 1, 15))
    assert not MemberTag.objects.exists()
    assert Tag.objects.get(pk=tag.pk).state == TagState.DRAFT


def test_the_list_shows_kinds_groups_and_counts_in_few_queries(brand: Tenant) -> None:
    lead = somebody(brand, "bob", "private_domain_lead")
    group = tag_group_create(name="消费习惯")
    tea = tag_create(name="爱茶", group=group.public_id)
    spent = tag_create(
        name="近30天有消费", kind="statistical", definition={"measure": "spend_30", "from": 1}
    )
    member_tag_add([member().pk, member().pk], ["爱茶"], "operator")
    client = Client()
    client.force_login(lead, backend="django.contrib.auth.backends.ModelBackend")
    client.get(f"/console/{brand.slug}/tags/list/")
    with CaptureQueriesContext(connection) as asked:
        shown = client.get(f"/console/{brand.slug}/tags/list/").content.decode()
    assert len([each for each in asked.captured_queries if "SAVEPOINT" not in each["sql"]]) <= 12
    for word in ("消费习惯", "爱茶", "近 30 天累计消费 ≥ ¥0.01", f"tag={tea.public_id}"):
        assert word in shown
    narrowed = client.get(f"/console/{brand.slug}/tags/list/?kind=statistical").content.decode()
    assert spent.public_id in narrowed
    assert tea.public_id not in narrowed


def test_forms_make_tags_by_figures_and_by_rule(brand: Tenant) -> None:
    lead = somebody(brand, "bob", "private_domain_lead")
    made = page(
        brand,
        lead,
        "tags/figures/",
        name="大单",
        measure="spend_30",
        low_0="500",
        high_0="",
        group="",
    )
    assert made.status_code == 302
    tag = Tag.objects.get(name="大单")
    assert tag.definition == {"measure": "spend_30", "from": 50_000}
    refused = page(brand, lead, "tags/figures/", name="坏", measure="spend_30", low_0="x", group="")
    assert refused.status_code == 422
    assert not Tag.objects.filter(name="坏").exists()
    wrong = page(brand, lead, f"tags/{tag.public_id}/delete/", name="别的")
    assert wrong.status_code == 422
    right = page(brand, lead, f"tags/{tag.public_id}/delete/", name="大单")
    assert right.status_code == 302
    assert Tag.objects.get(pk=tag.pk).archived_at is not None


def test_each_measure_asks_for_what_it_needs_and_nothing_else(brand: Tenant) -> None:
    lead = somebody(brand, "bob", "private_domain_lead")
    asked = page(brand, lead, "tags/figures/").content.decode()
    assert 'data-when="measure spend_30"' in asked
    assert 'data-when="measure gender"' in asked
    assert "不小于（元）" in asked
    made = page(
        brand,
        lead,
        "tags/figures/",
        name="女性",
        measure="gender",
        words_gender="female",
        low_0="5",
    )
    assert made.status_code == 302
    women = Tag.objects.get(name="女性")
    assert women.definition == {"measure": "gender", "in": ["female"]}  # the band is another's
    again = page(brand, lead, f"tags/{women.public_id}/figures/").content.decode()
    assert 'value="gender" selected' in again
    assert again.count("checked") == 1
    neither = page(brand, lead, "tags/figures/", name="空", measure="spend_30", words_gender="male")
    assert neither.status_code == 422
    assert "请填写统计项的取值范围" in neither.content.decode()


def test_a_tag_goes_into_another_from_its_page_and_comes_back(brand: Tenant) -> None:
    lead = somebody(brand, "bob", "private_domain_lead")
    one = member()
    member_tag_add([one.pk], ["爱茶"], "operator")
    guest = tag_create(name="茶客")
    tea = Tag.objects.get(name="爱茶")
    address = f"tags/{tea.public_id}/merge/"
    drawer = page(brand, lead, address).content.decode()
    assert '<option value="茶客">' in drawer
    assert '<option value="爱茶">' not in drawer
    for wrong in ("爱茶", "没有这个"):
        assert page(brand, lead, address, name=wrong).status_code == 422
    client = Client()
    client.force_login(lead, backend="django.contrib.auth.backends.ModelBackend")
    done = client.post(f"/console/{brand.slug}/{address}", {"name": "茶客"})
    assert done.headers["Location"].endswith(f"/tags/{guest.public_id}/")
    assert MemberTag.objects.get().tag_id == guest.pk
    step = UndoStep.objects.get()
    client.post(f"/console/{brand.slug}/undo/{step.public_id}/")
    assert MemberTag.objects.get().tag_id == tea.pk
    card = page(brand, lead, f"members/{one.public_id}/")
    assert card.status_code == 200


def test_the_timeline_tells_what_went_on_and_what_came_off(brand: Tenant) -> None:
    one = member().pk
    at = clock.now() - timedelta(days=3)
    member_tag_add([one], ["爱茶", "高复购"], "operator", at=at)
    member_tag_remove([one], ["爱茶"])
    told = [
        (str(each.title), each.body)
        for each in timeline_for(
            member_id=one,
            before=clock.now(),
            limit=10,
            may=lambda _word: True,
            only=frozenset({"tags"}),
        )
    ]
    assert told[0] == ("去除标签 爱茶", "手工去除")
    assert told[1][1] == "手工"
    assert sorted(told[1][0].removeprefix("打上标签 ").split("、")) == ["爱茶", "高复购"]
    assert len(told) == 2
    with CaptureQueriesContext(connection) as asked:
        tag_changes(one, before=clock.now(), limit=10)
    assert len(asked) == 1
    before = timeline_for(member_id=one, before=at, limit=10, may=lambda _word: True)
    assert not [each for each in before if each.kind == "tag"]  # nothing earlier than the first


def test_a_name_is_free_again_once_its_tag_is_gone(brand: Tenant) -> None:
    tag = tag_create(name="爱茶")
    with pytest.raises(TagNameTaken):
        tag_create(name="爱茶")
    tag_delete(public_id=tag.public_id)
    member_tag_add([member().pk], ["爱茶"], "operator")
    assert MemberTag.objects.get().tag_id != tag.pk


def test_a_group_goes_only_when_it_is_empty(brand: Tenant) -> None:
    group = tag_group_create(name="消费习惯")
    tag = tag_create(name="爱茶", group=group.public_id)
    with pytest.raises(TagInUse):
        tag_group_delete(public_id=group.public_id)
    tag_delete(public_id=tag.public_id)
    tag_group_delete(public_id=group.public_id)
    assert Tag.objects.get().group.name == "未分组"


def test_tags_beyond_the_menu_are_found_by_name_and_rules_keep_their_words(
    brand: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = somebody(brand, "bob", "private_domain_lead")
    Tag.objects.bulk_create(
        Tag(name=f"标签{n:04d}", group=tag_group_create(name=f"组{n}")) for n in range(3)
    )
    monkeypatch.setattr("members.tags.selectors.MOST_CHOICES", 2)
    last = Tag.objects.get(name="标签0002")
    assert last.public_id not in dict(tag_choices())  # the control: the menu ends before
    found = page(brand, lead, "segments/choices/?field=tags&q=0002").json()["choices"]
    assert found == [[last.public_id, "标签0002"]]
    rule = rule_parse({"field": "tags", "op": "has_any", "value": [last.public_id]})
    tag_delete(public_id=last.public_id)
    assert "标签0002" in rule_words(rule)
    named = page(brand, lead, f"segments/choices/?field=tags&values={last.public_id}").json()
    assert named["choices"] == [[last.public_id, "标签0002"]]


def test_the_chart_shows_the_nights(brand: Tenant) -> None:
    lead = somebody(brand, "bob", "private_domain_lead")
    tag = tag_create(name="有消费", kind="statistical", definition={"measure": "orders", "from": 1})
    order()
    tag_evaluate(tag.pk)
    for days in range(3):
        rules_run(date(2026, 1, 15) + timedelta(days=days))
    shown = page(brand, lead, f"tags/{tag.public_id}/").content.decode()
    assert "2026-01-17" in shown
