"""Two people add the last endpoint at once: one of them is refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from scrm.core.ids import uuid7
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.webhooks import services
from scrm.webhooks.models import WebhookEndpoint
from scrm.webhooks.rules import secret_new
from tests.support.api import tenant as new_tenant

pytestmark = [pytest.mark.race, pytest.mark.db]
PATIENCE = 30
URL = "https://receiver.invalid/"


@pytest.fixture
def brand(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    """A brand with room for one more."""
    monkeypatch.setattr(services, "url_check", lambda _url: None)
    made = new_tenant(slug=f"room-{uuid7().hex[-12:]}")
    with tenant_scope(made):
        for _number in range(services.MOST_ENDPOINTS - 1):
            WebhookEndpoint.objects.create(url=URL, types=["member.created"], secret=secret_new())
    return made


def two_at_once(brand: Tenant) -> tuple[int, int]:
    """How many were refused, and how many endpoints there are then."""
    start = threading.Barrier(2)

    def create() -> bool:
        try:
            with tenant_scope(brand):
                start.wait(PATIENCE)
                services.endpoint_create(url=URL, types=["member.created"])
        except services.TooManyEndpoints:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(create) for _person in range(2)]
        made = [call.result(PATIENCE) for call in calls]
    with tenant_scope(brand):
        return made.count(False), WebhookEndpoint.objects.count()


def test_the_limit_holds_for_two_at_once(brand: Tenant) -> None:
    assert two_at_once(brand) == (1, services.MOST_ENDPOINTS)


def test_without_the_lock_there_would_be_one_too_many(
    brand: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: both have counted before either writes."""
    counted = threading.Barrier(2)
    check: Callable[[], Any] = services._room_check

    def check_together() -> None:
        check()
        counted.wait(PATIENCE)

    monkeypatch.setattr(services, "_room_lock", lambda: None)
    monkeypatch.setattr(services, "_room_check", check_together)
    assert two_at_once(brand) == (0, services.MOST_ENDPOINTS + 1)
