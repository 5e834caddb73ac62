"""Tasks know their brand from the message, never from an argument."""

from __future__ import annotations

from typing import Any

import pytest
from celery import Celery

from scrm.tenants.context import current_tenant_id, tenant_scope
from scrm.tenants.models import Tenant
from scrm.tenants.tasks import HEADER, NoTenantHeader, TenantTask
from tests.support.api import tenant as new_tenant

app = Celery("tests", broker="memory://", set_as_current=False)


@app.task(base=TenantTask, name="tests.whose")
def whose() -> int | None:
    return current_tenant_id()


@pytest.fixture
def brand(db: None) -> Tenant:
    return new_tenant()


def test_the_scope_travels_in_the_header(brand: Tenant, monkeypatch: Any) -> None:
    sent: dict[str, Any] = {}
    monkeypatch.setattr(
        "celery.app.task.Task.apply_async", lambda *_args, **options: sent.update(options)
    )
    with tenant_scope(brand):
        whose.delay()
    assert sent["headers"] == {HEADER: brand.pk}


def test_the_worker_opens_the_scope_of_the_header(brand: Tenant) -> None:
    assert whose.apply(headers={HEADER: brand.pk}).get() == brand.pk
    assert current_tenant_id() is None


def test_a_message_without_a_brand_is_refused() -> None:
    with pytest.raises(NoTenantHeader):
        whose.apply(throw=True)
