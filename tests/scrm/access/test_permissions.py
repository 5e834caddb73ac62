"""Roles of PL-09: what each may do, and what nobody but the administrator may."""

from __future__ import annotations

import pytest

from scrm.access.models import Membership, Operator
from scrm.access.permissions import PERMISSIONS, ROLES, permission_register, roles_allow
from scrm.access.services import may, membership_grant, membership_roles
from scrm.core.errors import InvalidValue
from scrm.tenants.models import TenantStatus
from tests.support.api import tenant as new_tenant

pytestmark = pytest.mark.db
# Rights that change what others may do, or how the brand is bound to the world.
_ADMINISTRATORS = {"tenant.edit", "keys.view", "keys.edit", "jobs.run"}
_READS = (".view",)


def test_there_are_the_nine_roles() -> None:
    assert set(ROLES) == {
        "tenant_admin", "private_domain_lead", "member_ops", "community_ops", "kol_manager", "finance", "analyst",
        "service_agent", "read_only",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(PERMISSIONS))
def test_an_administrator_may_do_everything(name: str) -> None:
    assert roles_allow(["tenant_admin"], name)
    assert not roles_allow([], name)


def test_who_only_reads_changes_nothing() -> None:
    held = {name for name in PERMISSIONS if roles_allow(["read_only"], name)}
    assert held
    assert sorted(name for name in held if not name.endswith(_READS)) == []


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"tenant_admin"}))
def test_what_binds_the_brand_is_the_administrators_alone(role: str) -> None:
    assert {name for name in _ADMINISTRATORS if roles_allow([role], name)} == set()


def test_a_permission_is_declared_once_with_known_roles() -> None:
    for name, roles in (("tenant.view", []), ("tests.new", ["emperor"])):
        with pytest.raises(ValueError, match="declared twice or names unknown roles"):
            permission_register(name, "x", roles=roles)
    with pytest.raises(KeyError):
        roles_allow(["tenant_admin"], "tests.never")


def test_a_place_in_one_brand_is_none_in_another(db: None) -> None:
    here, there = new_tenant(), new_tenant()
    person = Operator.objects.create_user(email=" Li@Example.com ", password="long enough 7")
    membership_grant(operator=person, tenant=here, roles=["analyst"])
    membership_grant(operator=person, tenant=here, roles=["finance", "analyst"])
    assert person.email == "li@example.com"
    assert Operator.objects.get_by_natural_key("LI@example.com") == person
    assert Membership.objects.count() == 1
    assert membership_roles(operator=person, tenant_id=here.pk) == ["finance", "analyst"]
    assert membership_roles(operator=person, tenant_id=there.pk) is None
    assert may(operator=person, tenant_id=here.pk, permission="jobs.view")
    assert not may(operator=person, tenant_id=here.pk, permission="keys.edit")
    assert not may(operator=person, tenant_id=there.pk, permission="jobs.view")
    here.status = TenantStatus.SUSPENDED
    here.save()
    assert membership_roles(operator=person, tenant_id=here.pk) is None
    with pytest.raises(InvalidValue, match="emperor"):
        membership_grant(operator=person, tenant=there, roles=["emperor"])
