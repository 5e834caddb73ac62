from __future__ import annotations

from collections.abc import Iterator

import pytest

from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.support.api import tenant as new_tenant


@pytest.fixture
def brand(db: None) -> Iterator[Tenant]:
    made = new_tenant()
    with tenant_scope(made):
        yield made
