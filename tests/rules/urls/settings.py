"""Addresses of the brand's own choices: settings, channels, acknowledgements."""

from __future__ import annotations

from scrm.tenants.channels import channel_create
from scrm.tenants.context import require_tenant_id
from scrm.tenants.services import tenant_settings_update
from tests.rules.urls.rows import Api, Page


def objects() -> dict[str, str]:
    tenant_settings_update(tenant_id=require_tenant_id(), values={"push.per_day": 2})
    return {"channel": channel_create(code="of_a", name="of A", kind="own").public_id}


_ONE = {"number": "1"}
_CHANNEL = {"public_id": "{channel}"}

ROWS: list[Api | Page] = [
    Api("settings"),
    Api("settings", "PATCH", body={"values": {"push.per_day": 3}}),
    Api("setting-versions"),
    Api("setting-version", path=_ONE, stranger=404),
    Api("setting-version-restore", "POST", path=_ONE, body={}, stranger=404),
    Api("channels"),
    Api("channels", "POST", body={"code": "fair", "name": "Fair", "kind": "own"}, owner=201),
    Api("channel", path=_CHANNEL),
    Api("channel", "PATCH", path=_CHANNEL, body={"is_archived": True}),
    Api("acknowledgements"),
]
