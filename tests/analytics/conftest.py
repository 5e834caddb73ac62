from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.tenants.services import tenant_create

_numbers = itertools.count(1)


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    """A brand in Shanghai whose scope is open."""
    made = tenant_create(slug=f"analytics-{next(_numbers)}", name="分析测试")
    with tenant_scope(made):
        yield made
