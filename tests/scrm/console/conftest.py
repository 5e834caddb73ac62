from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client

from scrm.access.models import Operator
from scrm.access.services import membership_grant
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
