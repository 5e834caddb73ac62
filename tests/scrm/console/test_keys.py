"""Page 46, first half, as an operator uses it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from scrm.access.keys import api_key_create
from scrm.access.models import ApiKey, Operator
from scrm.access.services import membership_grant
from scrm.core import clock
from scrm.events.models import AuditLog
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.support.api import ApiClient
from tests.support.api import tenant as new_tenant

pytestmark = pytest.mark.db
WANTED = {"name": "ERP", "mode": "live", "reach": "some", "scopes": ["members.view", "orders.view"]}


@pytest.fixture
def brand(db: None) -> Tenant:
    return new_tenant()


@pytest.fixture
def browser(brand: Tenant) -> Client:
    operator = Operator.objects.create_user(email="a@example.com", password=None, name="A")
    membership_grant(operator=operator, tenant=brand, roles=["tenant_admin"])
    found = Client()
    found.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    return found


def at(brand: Tenant, path: str = "") -> str:
    return f"/console/{brand.slug}/settings/keys/{path}"


def secret_of(page: Any) -> str:
    found = re.search(r"sk_(?:live|test)_[0-9a-z]+_[0-9a-zA-Z_-]{40}", page.content.decode())
    return found[0] if found else ""


def test_a_key_is_made_shown_once_and_opens_what_was_ticked(brand: Tenant, browser: Client) -> None:
    made = browser.post(at(brand, "new/"), WANTED, headers={"X-Request-Id": "from-a-proxy-1"})
    assert made.status_code == 302
    assert not any("sk_live" in str(session.get_decoded()) for session in Session.objects.all())
    shown = browser.get(made.headers["Location"])
    secret = secret_of(shown)
    assert secret
    assert shown["Cache-Control"] == "no-store"
    assert secret_of(browser.get(made.headers["Location"])) == ""
    caller = ApiClient(secret)
    assert caller.ask("GET", "members").status_code == 200
    assert caller.ask("GET", "jobs").status_code == 403
    with tenant_scope(brand):
        row = AuditLog.objects.get(action="key.created")
    assert (row.actor_kind, row.request_id) == ("operator", "from-a-proxy-1")


def test_without_a_tick_nothing_is_made(brand: Tenant, browser: Client) -> None:
    told = browser.post(at(brand, "new/"), {**WANTED, "scopes": []})
    assert told.status_code == 422
    assert "至少勾选一项权限" in told.content.decode()
    with tenant_scope(brand):
        assert not ApiKey.objects.exists()


def test_what_was_ticked_stays_ticked_when_the_form_is_refused(
    brand: Tenant, browser: Client
) -> None:
    told = browser.post(at(brand, "new/"), {**WANTED, "name": ""}).content.decode()
    assert re.search(r'value="members.view" checked', told)
    assert not re.search(r'value="jobs.view" checked', told)


def test_only_scopes_that_an_endpoint_asks_for_are_offered(brand: Tenant, browser: Client) -> None:
    offered = set(
        re.findall(
            r'name="scopes" value="([a-z_.]+)"', browser.get(at(brand, "new/")).content.decode()
        )
    )
    assert {"members.view", "orders.write", "keys.edit"} <= offered
    told = browser.post(at(brand, "new/"), {**WANTED, "scopes": ["no.such"]})
    assert told.status_code == 422


def test_a_rotation_shows_the_new_secret_and_says_until_when_the_old_one_works(
    brand: Tenant, browser: Client
) -> None:
    with tenant_scope(brand):
        key = api_key_create(name="ERP", scopes=["*"])
    told = browser.post(at(brand, f"{key.key.public_id}/rotate/"), {"overlap_hours": "24"})
    secret = secret_of(browser.get(told.headers["Location"]))
    assert secret not in {"", key.secret}
    for one in (secret, key.secret):
        assert ApiClient(one).ask("GET", "tenant").status_code == 200
    assert "轮换中" in browser.get(at(brand, f"{key.key.public_id}/")).content.decode()
    later = (clock.now() + timedelta(hours=25)).isoformat()
    assert ApiClient(key.secret).ask("GET", "tenant", now=later).status_code == 401


def test_an_expiry_day_ends_at_the_brands_midnight(brand: Tenant, browser: Client) -> None:
    browser.post(at(brand, "new/"), {**WANTED, "expires_on": "2030-05-01"})
    with tenant_scope(brand):
        key = ApiKey.objects.get()
    assert key.expires_at is not None
    assert key.expires_at.isoformat() == "2030-05-01T16:00:00+00:00"
    form = browser.get(at(brand, f"{key.public_id}/edit/")).content.decode()
    assert 'value="2030-05-01"' in form
    browser.post(at(brand, f"{key.public_id}/edit/"), {**WANTED, "name": "B", "expires_on": ""})
    with tenant_scope(brand):
        key.refresh_from_db()
    assert (key.name, key.expires_at) == ("B", None)


def test_a_closed_key_offers_nothing_more(brand: Tenant, browser: Client) -> None:
    with tenant_scope(brand):
        key = api_key_create(name="ERP", scopes=["*"])
    address = at(brand, f"{key.key.public_id}/")
    assert "rotate/" in browser.get(address).content.decode()
    browser.post(at(brand, f"{key.key.public_id}/revoke/"))
    page = browser.get(address).content.decode()
    assert "已停用" in page
    assert "rotate/" not in page
    assert ApiClient(key.secret).ask("GET", "tenant").status_code == 401


@pytest.mark.parametrize(
    ("query", "shown"),
    [("", {"a", "b", "c"}), ("?state=revoked", {"b"}), ("?mode=test", {"c"}), ("?q=a", {"a"})],
)
def test_the_list_narrows(brand: Tenant, browser: Client, query: str, shown: set[str]) -> None:
    with tenant_scope(brand):
        api_key_create(name="a", scopes=["*"])
        closed = api_key_create(name="b", scopes=["*"]).key
        api_key_create(name="c", scopes=["jobs.view"], mode="test")
    browser.post(at(brand, f"{closed.public_id}/revoke/"))
    browser.get(at(brand))  # takes the toast
    page = browser.get(at(brand) + query).content.decode()
    assert set(re.findall(r'class="cell-link"[^>]*>(\w)<', page)) == shown
