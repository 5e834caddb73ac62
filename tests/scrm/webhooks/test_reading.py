"""What a key that may only look at endpoints reads of their addresses."""

from __future__ import annotations

import pytest

from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.webhooks.models import WebhookEndpoint
from scrm.webhooks.switching import url_shown
from tests.scrm.webhooks.conftest import Receiver
from tests.support.api import client

pytestmark = pytest.mark.db


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://crm.example.com/hooks/T0/B0/secret", "https://crm.example.com/***"),
        ("https://crm.example.com/?key=secret", "https://crm.example.com/***"),
        ("https://crm.example.com?key=secret", "https://crm.example.com/***"),
        ("https://crm.example.com:8443/secret", "https://crm.example.com:8443/***"),
        ("https://crm.example.com/", "https://crm.example.com"),
        ("https://crm.example.com", "https://crm.example.com"),
    ],
)
def test_an_address_is_shown_without_path_and_query(url: str, shown: str) -> None:
    assert url_shown(url) == shown


def test_only_a_key_that_may_change_an_endpoint_reads_its_whole_address(
    brand: Tenant, receiver: Receiver, next_door: None
) -> None:
    whole = f"{receiver.url}hooks/T0?token=abcdef" if receiver.url.endswith("/") else ""
    whole = whole or f"{receiver.url}/hooks/T0?token=abcdef"
    editor = client(brand, scopes=["webhooks.edit", "webhooks.view"])
    made = editor.ask("POST", "webhooks", {"url": whole, "types": ["member.created"]}).json()
    assert made["webhook"]["url"] == whole
    key = made["webhook"]["id"]
    assert editor.ask("GET", f"webhooks/{key}").json()["url"] == whole  # the control
    reader = client(brand, scopes=["webhooks.view"])
    one = reader.ask("GET", f"webhooks/{key}")
    listed = reader.ask("GET", "webhooks")
    for answer in (one, listed):
        assert answer.status_code == 200
        assert b"abcdef" not in answer.content
        assert b"hooks/T0" not in answer.content
    assert one.json()["url"].endswith("/***")
    assert listed.json()["data"][0]["url"] == one.json()["url"]
    with tenant_scope(brand):
        assert WebhookEndpoint.objects.get().url == whole
