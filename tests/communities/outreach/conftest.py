"""A brand whose customers live in the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scrm.core import clock
from scrm.tenants.context import tenant_scope
from scrm.wecom import store
from scrm.wecom.sandbox.control import SandboxControl
from tests.support.api import tenant
from tests.support.pushes import NOON, Brand, brand, seed_sandbox
from tests.support.sandbox import _sandbox_session, wecom_sandbox  # noqa: F401


@pytest.fixture
def noon() -> Iterator[None]:
    """Twelve o'clock in Shanghai, a Wednesday."""
    with clock.frozen(NOON):
        yield


@pytest.fixture
def sandbox(wecom_sandbox: SandboxControl, settings: Any) -> SandboxControl:  # noqa: F811
    settings.WECOM_BASE_URL = wecom_sandbox.base_url
    settings.WECOM_HTTP_TIMEOUT = (1.0, 2.0)
    settings.PUSH_GRACE_SECONDS = 0
    store.store().flushdb()
    wecom_sandbox.clock_freeze(NOON.timestamp())
    return wecom_sandbox


@pytest.fixture
def shop(db: None, noon: None, sandbox: SandboxControl) -> Iterator[Brand]:
    """Ten customers of two members of staff, and two members who are nobody's friend."""
    with make_brand(sandbox)(customers=10, strangers=2) as made:
        yield made


def make_brand(sandbox: SandboxControl) -> Callable[..., Any]:
    """Builds a brand and stays in its scope."""
    from contextlib import contextmanager

    @contextmanager
    def make(*, customers: int, staff: int = 2, strangers: int = 0) -> Iterator[Brand]:
        owner = tenant()
        seed_sandbox(sandbox, owner, customers=customers, staff=staff)
        made = brand(owner, customers=customers, staff=staff, strangers=strangers)
        with tenant_scope(owner):
            yield made

    return make
