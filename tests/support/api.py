"""Two brands and clients that hold their keys."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from typing import Any

from django.test import Client

from scrm.access.keys import api_key_create
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.tenants.services import tenant_create

_numbers = itertools.count(1)


class ApiClient(Client):
    """Speaks JSON with a key; ``api.post("orders", {...}, key="k1")``."""

    def __init__(self, secret: str | None) -> None:
        headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
        super().__init__(headers=headers)
        self.secret = secret

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str = "",
        now: str = "",
        raw: bytes | None = None,
        **headers: str,
    ) -> Any:
        """Any method; ``key`` is the Idempotency-Key, ``now`` the test clock, ``raw`` a body as it is."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            sent["Idempotency-Key"] = key
        if now:
            sent["Scrm-Test-Now"] = now
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        address = path if path.startswith("/") else f"/api/v1/{path}"
        return self.generic(method, address, data, content_type="application/json", headers=sent)


def tenant(**kwargs: Any) -> Tenant:
    """A brand of its own for one test."""
    number = next(_numbers)
    return tenant_create(
        slug=kwargs.pop("slug", f"brand-{number}"), name=f"Brand {number}", **kwargs
    )


def client(of: Tenant, scopes: Iterable[str] = ("*",)) -> ApiClient:
    """A client that holds a fresh key of the brand."""
    with tenant_scope(of):
        return ApiClient(api_key_create(name="test", scopes=scopes).secret)
