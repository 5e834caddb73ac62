from __future__ import annotations

from collections.abc import Iterator

import pytest

from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.support.api import tenant


@pytest.fixture
def brand(db: None) -> Iterator[Tenant]:
    """A brand whose scope is open for the test."""
    made = tenant()
    with tenant_scope(made):
        yield made
