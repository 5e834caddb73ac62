from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.messages.storage.cookie import CookieStorage
from django.test import Client, RequestFactory

from scrm.access import permissions
from scrm.access.models import Operator
from scrm.access.permissions import Permission
from scrm.access.services import membership_grant
from scrm.console.pages import ConsolePage
from scrm.tenants.models import Tenant
from scrm.tenants.services import tenant_create


@dataclass(frozen=True)
class House:
    """Two brands; Lin serves both, Wang only reads the first, Zhao serves the second."""

    mumian: Tenant
    chayu: Tenant
    lin: Operator
    wang: Operator
    zhao: Operator


def house_made() -> House:
    mumian = tenant_create(slug="mumian", name="木棉家纺")
    chayu = tenant_create(slug="chayu", name="茶屿", timezone="America/New_York")
    people = [
        Operator.objects.create_user(
            email=f"{name}@example.com", password="long-enough-1", name=label
        )
        for name, label in (("lin", "林晓"), ("wang", "王一"), ("zhao", "赵二"))
    ]
    lin, wang, zhao = people
    membership_grant(operator=lin, tenant=mumian, roles=["tenant_admin"])
    membership_grant(operator=lin, tenant=chayu, roles=["tenant_admin"])
    membership_grant(operator=wang, tenant=mumian, roles=["read_only"])
    membership_grant(operator=zhao, tenant=chayu, roles=["tenant_admin"])
    return House(mumian=mumian, chayu=chayu, lin=lin, wang=wang, zhao=zhao)


@pytest.fixture
def house(db: None) -> House:
    return house_made()


@pytest.fixture
def lin(house: House, client: Client) -> Client:
    client.force_login(house.lin, backend="django.contrib.auth.backends.ModelBackend")
    return client


def asked(
    view: type[ConsolePage],
    operator: Any,
    *,
    method: str = "get",
    slug: str = "mumian",
    **extra: Any,
) -> Any:
    headers = extra.pop("headers", None)
    query = extra.pop("query", "")
    address = f"/console/{slug}/x/{f'?{query}' if query else ''}"
    request = getattr(RequestFactory(), method)(address, headers=headers, **extra)
    request.user = operator
    request.session = {}
    request._messages = CookieStorage(request)
    response = view.as_view()(request, tenant_slug=slug)
    response.request_seen = request
    return response


@pytest.fixture(autouse=True)
def _permission(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Permission(name="kit.edit", label="试", roles=frozenset({"tenant_admin"}))
    monkeypatch.setitem(permissions.PERMISSIONS, "kit.edit", right)
