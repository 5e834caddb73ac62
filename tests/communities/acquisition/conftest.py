"""A brand with staff in the sandbox and no customers yet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from scrm.tenants.context import tenant_scope
from scrm.wecom import store
from scrm.wecom.sandbox.control import SandboxControl
from tests.support.api import tenant
from tests.support.pushes import Brand, brand, seed_sandbox
from tests.support.sandbox import _sandbox_session, wecom_sandbox  # noqa: F401


@pytest.fixture
def sandbox(wecom_sandbox: SandboxControl, settings: Any) -> SandboxControl:  # noqa: F811
    settings.WECOM_BASE_URL = wecom_sandbox.base_url
    settings.WECOM_HTTP_TIMEOUT = (1.0, 2.0)
    store.store().flushdb()
    return wecom_sandbox


@pytest.fixture
def shop(db: None, sandbox: SandboxControl) -> Iterator[Brand]:
    owner = tenant()
    seed_sandbox(sandbox, owner, customers=1, staff=2)
    made = brand(owner, customers=0, staff=2)
    with tenant_scope(owner):
        yield made
