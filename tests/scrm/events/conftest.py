from __future__ import annotations

from collections.abc import Iterator

import pytest

from scrm.events import bus
from scrm.events.jobs import nightly, services
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.support.api import tenant as new_tenant


@pytest.fixture
def brand(db: None) -> Iterator[Tenant]:
    made = new_tenant()
    with tenant_scope(made):
        yield made


@pytest.fixture(autouse=True)
def own_registries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what the test registers; the rooms' own subscribers and steps stay out of the way."""
    monkeypatch.setattr(bus, "SUBSCRIBERS", {})
    monkeypatch.setattr("scrm.events.relay.SUBSCRIBERS", bus.SUBSCRIBERS)
    monkeypatch.setattr(bus, "EVENT_TYPES", {"test.happened": "a test"})
    monkeypatch.setattr(nightly, "NIGHTLY", {})
    monkeypatch.setattr(services, "JOB_KINDS", {})
    monkeypatch.setattr(services, "JOB_BODIES", {})
    monkeypatch.setattr("scrm.events.jobs.runner.JOB_BODIES", services.JOB_BODIES)
