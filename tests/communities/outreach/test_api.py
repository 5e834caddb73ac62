"""Pushes by REST."""

from __future__ import annotations

from datetime import timedelta

import pytest

from communities.outreach.models import PushBatch
from communities.outreach.selectors import audience
from communities.outreach.services.polling import pushes_poll
from communities.outreach.services.sending import pushes_drain
from scrm.events.models import AuditLog
from scrm.wecom.sandbox.control import SandboxControl
from tests.support.api import ApiClient, client
from tests.support.pushes import NOON, Brand, corp_name

pytestmark = pytest.mark.db
LINK = {"msgtype": "link", "link": {"title": "春茶", "url": "https://tea.example/1"}}


@pytest.fixture
def api(shop: Brand) -> ApiClient:
    return client(shop.tenant)


def made(api: ApiClient, shop: Brand, **more: object) -> str:
    body = {"name": "春茶", "segment": shop.segment.public_id, "text": "春茶上架", **more}
    answer = api.ask("POST", "pushes", body)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def test_a_preview_says_how_many_friends_it_did_not_look_at(
    api: ApiClient, shop: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience, "PREVIEW_CHUNK", 2)
    monkeypatch.setattr(audience, "PREVIEW_MOST", 4)
    found = api.ask("GET", f"pushes/{made(api, shop)}/preview").json()
    assert (found["audience"], found["addressed"], found["unchecked"]) == (12, 4, 6)
    assert found["reasons"] == {"no_friend": 2}


def test_a_push_is_made_previewed_scheduled_and_followed(
    api: ApiClient, shop: Brand, sandbox: SandboxControl
) -> None:
    push = made(api, shop, attachments=[LINK])
    preview = api.ask("GET", f"pushes/{push}/preview").json()
    assert preview == {
        "audience": 12,
        "addressed": 10,
        "unchecked": 0,
        "senders": 2,
        "reasons": {"no_friend": 2},
    }
    scheduled = api.ask("POST", f"pushes/{push}/schedule", {})
    assert scheduled.json()["state"] == "scheduled"
    pushes_drain(seconds=10)
    sandbox.confirm(corp_name(shop.tenant))
    PushBatch.objects.update(next_poll_at=NOON)
    pushes_poll(seconds=10)
    card = api.ask("GET", f"pushes/{push}").json()
    assert card["push"]["state"] == "done"
    assert card["counts"]["sent"] == 10
    assert card["counts"]["reasons"] == {"no_friend": 2}
    sent = api.ask("GET", f"pushes/{push}/recipients?state=sent&limit=4").json()
    assert len(sent["data"]) == 4
    assert sent["has_more"]
    assert sandbox.sends(corp_name(shop.tenant))[0].attachments == (LINK,)
    assert [row.action for row in AuditLog.objects.filter(object_type="push").order_by("id")] == [
        "push.created",
        "push.scheduled",
    ]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"text": "亲爱的{余额}"}, "/text"),
        ({"text": "茶" * 1400}, "/text"),
        ({"segment": "seg_00000000000000000000000000"}, "/segment"),
        ({"purpose": "spam"}, "/purpose"),
        ({"attachments": [{"msgtype": "link", "link": {"title": "x"}}]}, "/attachments/0/link/url"),
        ({"attachments": [{"msgtype": "song", "song": {}}]}, "/attachments/0/msgtype"),
        ({"attachments": [LINK] * 10}, "/attachments"),
        ({"scheduled_at": "tomorrow"}, "/scheduled_at"),
        ({"unknown": 1}, "/unknown"),
    ],
)
def test_bad_pushes_are_refused_with_a_pointer(
    api: ApiClient, shop: Brand, change: dict[str, object], pointer: str
) -> None:
    body = {"name": "春茶", "segment": shop.segment.public_id, "text": "春茶上架", **change}
    answer = api.ask("POST", "pushes", body)
    assert answer.status_code == 422, answer.content
    assert pointer in {fault["pointer"] for fault in answer.json()["errors"]}
    assert api.ask("GET", "pushes").json()["data"] == []


def test_an_incomplete_push_is_not_scheduled(api: ApiClient, shop: Brand) -> None:
    push = api.ask("POST", "pushes", {"name": "empty"}).json()["id"]
    answer = api.ask("POST", f"pushes/{push}/schedule", {})
    assert answer.status_code == 422
    assert api.ask("GET", f"pushes/{push}").json()["push"]["state"] == "draft"


def test_moves_that_d2_does_not_know_are_conflicts(api: ApiClient, shop: Brand) -> None:
    push = made(api, shop)
    for act in ("cancel", "stop", "remind"):
        answer = api.ask("POST", f"pushes/{push}/{act}", {})
        assert (answer.status_code, answer.json()["code"]) == (409, "invalid_transition")
    later = (NOON + timedelta(days=1)).isoformat()
    assert api.ask("POST", f"pushes/{push}/schedule", {"scheduled_at": later}).status_code == 200
    assert api.ask("PATCH", f"pushes/{push}", {"text": "x"}).status_code == 409
    assert api.ask("DELETE", f"pushes/{push}").status_code == 409
    assert api.ask("POST", f"pushes/{push}/cancel", {}).json()["state"] == "cancelled"


def test_the_same_schedule_twice_is_one(api: ApiClient, shop: Brand) -> None:
    push = made(api, shop)
    first = api.ask("POST", f"pushes/{push}/schedule", {}, key="k1")
    again = api.ask("POST", f"pushes/{push}/schedule", {}, key="k1")
    assert first.json() == again.json()
    assert api.ask("POST", f"pushes/{push}/schedule", {}).status_code == 200


def test_the_test_clock_moves_a_push(api: ApiClient, shop: Brand) -> None:
    push = made(api, shop)
    later = NOON + timedelta(days=3)
    answer = api.ask("POST", f"pushes/{push}/schedule", {}, now=later.isoformat())
    assert answer.json()["scheduled_at"].startswith("2026-11-21T04:00:00")


def test_reminding_is_limited(api: ApiClient, shop: Brand, sandbox: SandboxControl) -> None:
    push = made(api, shop)
    api.ask("POST", f"pushes/{push}/schedule", {})
    pushes_drain(seconds=10)
    for _ in range(3):
        assert api.ask("POST", f"pushes/{push}/remind", {}).json() == {"tasks": 2}
        pushes_poll(seconds=10)
    answer = api.ask("POST", f"pushes/{push}/remind", {})
    assert (answer.status_code, answer.json()["code"]) == (429, "remind_limit")
