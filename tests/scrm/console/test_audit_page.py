from __future__ import annotations

import pytest
from django.db import transaction
from django.test import Client

from scrm.events import audit
from scrm.events.actor import acting_as
from scrm.tenants.context import tenant_scope
from tests.scrm.console.conftest import House

PAGE = "/console/mumian/audit/"


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
        return "tier_1" in body, "rule_9" in body

    assert shown("") == (True, True)
    assert shown("?q=rule_9") == (False, True)
    assert shown("?action=kit.changed") == (True, False)
    assert shown("?kind=system") == (False, True)
    assert shown("?day_from=2001-01-01&day_to=2001-01-02") == (False, False)


def test_the_log_of_another_brand_stays_there(lin: Client, rows: None) -> None:
    assert "tier_1" not in lin.get("/console/chayu/audit/").content.decode()


def test_the_log_is_in_the_navigation_of_those_who_may_read_it(
    lin: Client, house: House, client: Client
) -> None:
    assert f'href="{PAGE}"' in lin.get("/console/mumian/jobs/").content.decode()
    client.force_login(house.wang, backend="django.contrib.auth.backends.ModelBackend")
    assert f'href="{PAGE}"' not in client.get("/console/mumian/jobs/").content.decode()
    assert client.get(PAGE).status_code == 403
