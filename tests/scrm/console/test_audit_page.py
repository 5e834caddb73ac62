from __future__ import annotations

import re

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from scrm.access.signin.trail import trail_write
from scrm.console.routes import pages_discover
from scrm.console.shell.auditing.words import object_url
from scrm.events import audit
from scrm.events.actor import acting_as
from scrm.events.models import AuditLog
from scrm.tenants.context import tenant_scope
from scrm.tenants.services import tenant_settings_update
from tests.rules.tree import ROOT
from tests.scrm.console.conftest import House

PAGE = "/console/mumian/audit/"
PART = {"HX-Request": "true", "HX-Target": "results"}


@pytest.fixture
def rows(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(audit.AUDIT_ACTIONS, "kit.changed", "改了等级")
    monkeypatch.setitem(audit.AUDIT_ACTIONS, "kit.made", "新建规则")
    with tenant_scope(house.mumian), transaction.atomic():
        with acting_as(kind="operator", id="1", label="林晓", ip="10.0.0.8"):
            audit.record(
                "kit.changed",
                object_type="tier",
                object_id="tier_1",
                before={"name": "银卡", "kept": 1},
                after={"name": "<b>金卡</b>", "kept": 1},
            )
        audit.record("kit.made", object_type="rule", object_id="rule_9")


def test_the_log_shows_who_changed_what_from_where(lin: Client, rows: None) -> None:
    body = lin.get(PAGE).content.decode()
    for text in ("改了等级", "林晓", "10.0.0.8", "银卡 → &lt;b&gt;金卡"):
        assert text in body
    assert "kept" not in body


def test_the_log_is_narrowed_by_object_action_actor_and_day(lin: Client, rows: None) -> None:
    def shown(query: str) -> tuple[bool, bool]:
        body = lin.get(
            PAGE + query, headers={"HX-Request": "true", "HX-Target": "results"}
        ).content.decode()
        return "改了等级" in body, "新建规则" in body

    assert shown("") == (True, True)
    assert shown("?q=rule_9") == (False, True)
    assert shown("?action=kit.changed") == (True, False)
    assert shown("?kind=system") == (False, True)
    assert shown("?day_from=2001-01-01&day_to=2001-01-02") == (False, False)


def test_the_log_of_another_brand_stays_there(lin: Client, rows: None) -> None:
    assert "金卡" not in lin.get("/console/chayu/audit/").content.decode()


def test_the_log_is_in_the_navigation_of_those_who_may_read_it(
    lin: Client, house: House, client: Client
) -> None:
    assert f'href="{PAGE}"' in lin.get("/console/mumian/jobs/").content.decode()
    client.force_login(house.wang, backend="django.contrib.auth.backends.ModelBackend")
    assert f'href="{PAGE}"' not in client.get("/console/mumian/jobs/").content.decode()
    assert client.get(PAGE).status_code == 403


def test_a_line_opens_with_every_difference_and_its_object(
    lin: Client, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenant_scope(house.mumian), transaction.atomic():
        with acting_as(kind="operator", id=str(house.lin.pk), label="林晓", ip="10.0.0.8"):
            audit.record(
                "key.created",
                object_type="api_key",
                object_id="key_1",
                before={"name": "旧", "mode": "live"},
                after={
                    "name": "新",
                    "mode": "live",
                    "note": "找 13812345678 或 fang@example.com",
                    "secret": "sk_live_1_abcdefgh",
                },
            )
        key = AuditLog.objects.get(object_id="key_1").pk
    body = lin.get(f"{PAGE}{key}/").content.decode()
    for text in ("名称", "旧", "新", "138****5678", "f***@example.com", "•••", "10.0.0.8"):
        assert text in body
    for text in ("13812345678", "fang@example.com", "abcdefgh", ">live<"):
        assert text not in body
    assert 'href="/console/mumian/settings/keys/key_1/"' in body
    assert lin.get(f"/console/chayu/audit/{key}/").status_code == 404
    assert lin.get(f"{PAGE}nonsense/").status_code == 404
    listed = lin.get(f"{PAGE}?who={house.lin.pk}").content.decode()
    assert "API 密钥 新" in listed
    assert "key_1" not in listed
    narrowed = lin.get(f"{PAGE}?who={house.wang.pk}&object=api_key", headers=PART)
    assert "API 密钥 新" not in narrowed.content.decode()


def test_a_sign_in_says_who_it_was_and_leads_to_the_person(lin: Client, house: House) -> None:
    """The person is the object by public id, the actor by key."""
    trail_write("access.signed_in", operator=house.wang, after={"by": "password"})
    with tenant_scope(house.mumian):
        row = AuditLog.objects.get(action="access.signed_in", object_id=house.wang.public_id)
        assert row.object_id != row.actor_id
    listed = lin.get(f"{PAGE}?action=access.signed_in").content.decode()
    assert f"人员 {house.wang.name}" in listed
    shown = lin.get(f"{PAGE}{row.pk}/").content.decode()
    assert f"人员 {house.wang.name}" in shown
    assert f'href="/console/mumian/people/{house.wang.public_id}/"' in shown


def test_a_line_leads_to_no_page_that_its_reader_cannot_open(house: House) -> None:
    row = AuditLog(object_type="push", object_id="psh_1")
    pages_discover()

    def leads(*rights: str) -> bool:
        with tenant_scope(house.mumian.pk):
            return bool(object_url(row, tenant_slug="mumian", may=rights.__contains__))

    assert leads("audit.view", "pushes.view")
    assert not leads("audit.view")
    tenant_settings_update(tenant_id=house.mumian.pk, values={"flag.marketing.push": False})
    assert not leads("audit.view", "pushes.view")


def test_every_object_named_in_the_log_has_words_and_a_page_that_exists() -> None:
    for found in audit.AUDIT_OBJECTS.values():
        if found.page:
            arguments = {found.argument: "x"} if found.argument else {}
            assert reverse(f"console:{found.page}", kwargs={"tenant_slug": "mumian", **arguments})
    folders = ("scrm", "members", "points", "communities", "distribution", "analytics")
    used = {
        name
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        for name in re.findall(r'object_type="([a-z_]+)"', path.read_text(encoding="utf-8"))
    }
    assert sorted(used - audit.AUDIT_OBJECTS.keys()) == []
