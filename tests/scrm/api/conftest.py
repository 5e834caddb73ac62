from __future__ import annotations

import pytest

from scrm.tenants.models import Tenant
from tests.support.api import ApiClient, client
from tests.support.api import tenant as new_tenant


@pytest.fixture
def brand(db: None) -> Tenant:
    return new_tenant()


@pytest.fixture
def api(brand: Tenant) -> ApiClient:
    return client(brand)
