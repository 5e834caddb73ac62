"""Keys, scopes and how often they may call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings

from scrm.access.keys import api_key_create
from scrm.access.models import ApiKey
from scrm.api import limits
from scrm.core import clock
from scrm.events.models import AuditLog
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant, TenantStatus
from tests.support.api import ApiClient, client
from tests.support.api import tenant as new_tenant

pytestmark = pytest.mark.db


def test_a_key_opens_its_own_brand(brand: Tenant, api: ApiClient) -> None:
    assert api.ask("GET", "tenant").json()["id"] == brand.public_id
    with tenant_scope(brand):
        assert ApiKey.objects.get().last_used_at is not None


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic abc", "Bearer sk_live_1_x", "Bearer {secret}x", "Token {secret}",
     "Bearer sk_live_zzzzzzzzzzzz_abcdefgh" + "x" * 32, "Bearer é"],
)  # fmt: skip
def test_what_is_no_key_opens_nothing(api: ApiClient, header: str) -> None:
    visitor = ApiClient(None)
    response = visitor.ask("GET", "tenant", Authorization=header.format(secret=api.secret))
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'
    assert response.json()["code"] == "unauthenticated"


def test_the_mode_is_part_of_the_key(api: ApiClient) -> None:
    assert api.secret is not None
    other = ApiClient(api.secret.replace("sk_live", "sk_test"))
    assert other.ask("GET", "tenant").status_code == 401


def test_closed_expired_and_suspended_keys_open_nothing(brand: Tenant, api: ApiClient) -> None:
    with tenant_scope(brand):
        made = api_key_create(name="x", scopes=["*"], expires_at=clock.now() + timedelta(hours=1))
    other = ApiClient(made.secret)
    assert other.ask("GET", "tenant").status_code == 200
    later = (clock.now() + timedelta(hours=2)).isoformat()
    assert other.ask("GET", "tenant", now=later).status_code == 401
    assert api.ask("DELETE", f"keys/{made.key.public_id}").status_code == 204
    assert api.ask("DELETE", f"keys/{made.key.public_id}").status_code == 204
    assert other.ask("GET", "tenant").status_code == 401
    Tenant.objects.filter(pk=brand.pk).update(status=TenantStatus.SUSPENDED)
    assert api.ask("GET", "tenant").status_code == 401


def test_a_key_does_what_its_scopes_say(brand: Tenant) -> None:
    reader = client(brand, ["keys.view"])
    assert reader.ask("GET", "keys").status_code == 200
    for method, path in (("POST", "keys"), ("GET", "tenant"), ("DELETE", "keys/key_x")):
        response = reader.ask(method, path, None if method == "GET" else {})
        assert (response.status_code, response.json()["code"]) == (403, "forbidden")


def test_nobody_gives_away_more_than_they_hold(brand: Tenant) -> None:
    maker = client(brand, ["keys.edit", "jobs.view"])
    assert maker.ask("POST", "keys", {"name": "a", "scopes": ["jobs.view"]}).status_code == 201
    for scopes in (["*"], ["jobs.run"], ["jobs.view", "tenant.edit"]):
        response = maker.ask("POST", "keys", {"name": "a", "scopes": scopes})
        assert (response.status_code, response.json()["code"]) == (403, "scope_not_held")


def test_the_secret_is_shown_once_and_stored_never(brand: Tenant, api: ApiClient) -> None:
    told = api.ask("POST", "keys", {"name": "shown", "scopes": ["jobs.view"]}).json()
    assert told["secret"].startswith("sk_live_")
    listed = api.ask("GET", "keys").content.decode()
    assert told["secret"] not in listed
    with tenant_scope(brand):
        row = ApiKey.objects.get(name="shown")
        assert told["secret"][-32:] not in str(row.__dict__)
        log = AuditLog.objects.get(action="key.created", object_id=row.public_id)
    assert log.actor_kind == "api_key"
    assert told["secret"] not in str(log.after)


def test_another_brands_key_cannot_be_closed(brand: Tenant, api: ApiClient) -> None:
    """EC-101: the same 404 as for a key that never was."""
    other = new_tenant()
    theirs = client(other)
    [key] = theirs.ask("GET", "keys").json()["data"]
    refused, unknown = (
        api.ask("DELETE", f"keys/{name}") for name in (key["id"], "key_" + "0" * 26)
    )
    for response in (refused, unknown):
        assert response.status_code == 404
    assert {**refused.json(), "request_id": ""} == {**unknown.json(), "request_id": ""}
    assert theirs.ask("GET", "tenant").status_code == 200


def test_calls_are_counted_and_then_refused(api: ApiClient, settings: Any) -> None:
    settings.API_CALLS_PER_MINUTE = 3
    told = [api.ask("GET", "tenant") for _ in range(5)]
    statuses = [response.status_code for response in told]
    if 200 in statuses[3:]:  # a new minute began in between
        told = [api.ask("GET", "tenant") for _ in range(5)]
        statuses = [response.status_code for response in told]
    assert statuses == [200, 200, 200, 429, 429]
    assert told[0]["RateLimit-Limit"] == "3"
    assert told[4].json()["code"] == "rate_limited"
    assert 0 < int(told[4]["Retry-After"]) <= 60


def test_without_redis_everybody_may_pass(api: ApiClient, settings: Any, monkeypatch: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.API_CALLS_PER_MINUTE = 1
    monkeypatch.setattr(limits._Breaker, "until", 0.0)
    for _ in range(3):
        response = api.ask("GET", "tenant")
        assert response.status_code == 200
        assert "RateLimit-Limit" not in response
    monkeypatch.setattr(limits._Breaker, "until", 0.0)
    assert django_settings.REDIS_URL.endswith(":1/0")
