"""Webhooks by console and by API."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from standardwebhooks import Webhook

from scrm.access.services import membership_grant
from scrm.events.models import AuditLog
from scrm.events.relay import relay_tenant
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.webhooks.deliveries import deliveries_claim, delivery_settle
from scrm.webhooks.draining import claim_send
from scrm.webhooks.models import WebhookEndpoint
from tests.scrm.console.conftest import house_made
from tests.scrm.webhooks.conftest import Receiver, drain, endpoint, happen, only
from tests.support.api import client

pytestmark = pytest.mark.db
BASE = "/console/mumian/settings/webhooks/"
BACKEND = "django.contrib.auth.backends.ModelBackend"


def test_an_engineer_goes_the_whole_way_by_api(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    api = client(brand)
    kinds = {row["type"]: row for row in api.ask("GET", "webhooks/types").json()["data"]}
    assert kinds["member.created"]["schema"]["properties"].keys() == {"member_ids"}
    wanted = {"url": receiver.url, "types": ["member.created"]}
    made = api.ask("POST", "webhooks", wanted, key="k-1")
    assert made.status_code == 201
    secret, public_id = made.json()["secret"], made.json()["webhook"]["id"]
    # A repeated key answers what was answered, and makes nothing more.
    assert api.ask("POST", "webhooks", wanted, key="k-1").json()["webhook"]["id"] == public_id
    assert WebhookEndpoint.objects.count() == 1
    assert "secret" not in api.ask("GET", f"webhooks/{public_id}").json()

    member = {"identities": [{"type": "phone", "value": "13800000001"}]}
    assert api.ask("POST", "members", member).status_code == 201
    relay_tenant()
    drain()
    said = Webhook(secret).verify(receiver.heard[0].body, receiver.heard[0].headers)
    [row] = api.ask("GET", f"webhooks/{public_id}/deliveries?state=delivered").json()["data"]
    assert (row["type"], row["status"], row["attempts"]) == ("member.created", 204, 1)
    full = api.ask("GET", f"webhooks/deliveries/{row['id']}").json()
    assert full["body"] == said
    assert [call["outcome"] for call in full["calls"]] == ["taken"]
    again = api.ask("POST", f"webhooks/deliveries/{row['id']}/replay", {})
    assert (again.status_code, again.json()["state"]) == (202, "pending")
    drain()
    assert receiver.ids == [row["message_id"]] * 2
    new = api.ask("POST", f"webhooks/{public_id}/rotate", {}).json()["secret"]
    assert new != secret
    assert api.ask("POST", f"webhooks/{public_id}/test", {}).status_code == 202
    drain()
    Webhook(new).verify(receiver.heard[-1].body, receiver.heard[-1].headers)
    off = api.ask("PATCH", f"webhooks/{public_id}", {"is_active": False}).json()
    assert (off["is_active"], off["off_reason"]) == (False, "paused")
    assert api.ask("DELETE", f"webhooks/{public_id}").status_code == 204
    assert api.ask("GET", f"webhooks/{public_id}").status_code == 404
    actions = set(AuditLog.objects.filter(object_type="webhook").values_list("action", flat=True))
    assert actions == {
        f"webhook.{act}"
        for act in ("created", "replayed", "secret_rotated", "tested", "switched_off", "removed")
    }


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"url": "https://127.0.0.1/"}, "webhook_url_refused", "/url"),
        ({"url": "https://[::1]/"}, "webhook_url_refused", "/url"),
        ({"url": "http://receiver.invalid/"}, "webhook_url_refused", "/url"),
        ({"types": ["no.such"]}, "invalid_value", "/types"),
    ],
)
def test_a_bad_endpoint_is_refused_where_it_is_bad(
    brand: Tenant, body: dict[str, Any], code: str, pointer: str
) -> None:
    sound = {"url": "https://receiver.invalid/", "types": ["member.created"]}
    refused = client(brand).ask("POST", "webhooks", {**sound, **body})
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
    assert not WebhookEndpoint.objects.exists()


@pytest.fixture
def lin(db: None, client: Client) -> Client:
    client.force_login(house_made().lin, backend=BACKEND)
    return client


def of(slug: str) -> Any:
    return tenant_scope(Tenant.objects.get(slug=slug))


def test_the_secret_is_shown_on_the_first_look_only(lin: Client) -> None:
    made = lin.post(
        f"{BASE}new/", {"url": "https://receiver.invalid/x?token=t", "types": ["member.created"]}
    )
    page = made.headers["Location"]
    with of("mumian"):
        secret = WebhookEndpoint.objects.get().secret
    assert secret in lin.get(page).content.decode()
    assert "whsec_" not in lin.get(page).content.decode()
    rotated = lin.post(f"{page}rotate/")
    with of("mumian"):
        secret = WebhookEndpoint.objects.get().secret
    shown = lin.get(rotated.headers["Location"]).content.decode()
    assert secret in shown
    assert "whsec_" not in lin.get(page).content.decode()
    assert "token=t" not in lin.get(BASE).content.decode()


def test_who_may_not_change_it_reads_the_host_only(
    db: None, client: Client, receiver: Receiver, next_door: None
) -> None:
    """Path and query of an address are often as good as a password."""
    house = house_made()
    membership_grant(operator=house.zhao, tenant=house.mumian, roles=["private_domain_lead"])
    with of("mumian"):
        made = endpoint(receiver.url)
        happen("thg_1")
        pages = [f"{made.endpoint.public_id}/", f"deliveries/{only().public_id}/"]
    for person, sees in ((house.lin, True), (house.zhao, False)):
        client.force_login(person, backend=BACKEND)
        for page in pages:
            body = client.get(f"{BASE}{page}").content.decode()
            assert made.endpoint.url.split("/")[2] in body
            assert ("secret-in-url" in body) is sees


def test_a_delivery_is_watched_until_its_call_is_back(
    lin: Client, receiver: Receiver, next_door: None
) -> None:
    with of("mumian"):
        endpoint(receiver.url)
        happen("thg_1")
        page = f"{BASE}deliveries/{only().public_id}/"
        [claim] = deliveries_claim()
    assert 'hx-trigger="every 2s"' in lin.get(page).content.decode()
    with of("mumian"):
        delivery_settle(claim, claim_send(claim))
    assert 'hx-trigger="every 2s"' not in lin.get(page).content.decode()


def test_a_refused_address_stays_in_the_form(lin: Client) -> None:
    got = lin.post(f"{BASE}new/", {"url": "https://10.0.0.1/x", "types": ["member.created"]})
    assert got.status_code == 422
    assert "https://10.0.0.1/x" in got.content.decode()
    assert "内网或保留地址" in got.content.decode()


def test_the_log_says_what_happened_and_sends_it_again(
    lin: Client, receiver: Receiver, next_door: None
) -> None:
    receiver.answer = lambda _heard: 500
    with of("mumian"):
        public_id = endpoint(receiver.url).endpoint.public_id
        happen("thg_1")
        drain()
        row = only().public_id
    body = lin.get(f"{BASE}{public_id}/").content.decode()
    for text in ("等待重试", "500", "接收方返回错误"):
        assert text in body
    body = lin.get(f"{BASE}deliveries/{row}/").content.decode()
    for text in ("thg_1", "msg_", "500"):
        assert text in body
    with of("mumian"):
        type(only()).objects.update(state="failed")
    receiver.answer = lambda _heard: 204
    lin.post(f"{BASE}{public_id}/replay/", {"since": "2000-01-01T00:00"})
    with of("mumian"):
        drain()
        assert only().state == "delivered"
    sent = lin.post(f"{BASE}{public_id}/test/").headers["Location"]
    assert 'hx-trigger="every 2s"' in lin.get(sent).content.decode()
    with of("mumian"):
        drain()
    assert 'hx-trigger="every 2s"' not in lin.get(sent).content.decode()
    assert lin.get(sent.replace("mumian", "chayu")).status_code == 404
