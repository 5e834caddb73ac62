"""The scope and the database agree on whom the code serves."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from scrm.events.models import Job
from scrm.tenants.context import (
    CrossTenantWrite,
    NoTenant,
    across_tenants,
    current_tenant,
    current_tenant_id,
    no_tenant,
    require_tenant_id,
    tenant_scope,
)
from scrm.tenants.models import Tenant, TenantStatus
from tests.support.api import tenant as new_tenant

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def said() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nullif(current_setting('app.tenant_id', true), '')")
        found: str | None = cursor.fetchone()[0]
    return found


@pytest.fixture
def two() -> tuple[Tenant, Tenant]:
    return new_tenant(), new_tenant()


def test_the_database_is_told_at_the_next_statement(two: tuple[Tenant, Tenant]) -> None:
    a, b = two
    assert said() is None
    with tenant_scope(a):
        assert said() == str(a.pk)
        with tenant_scope(b):
            assert said() == str(b.pk)
        assert said() == str(a.pk)
        with no_tenant():
            assert said() is None
    assert said() is None


def test_a_rolled_back_savepoint_does_not_change_whom_we_serve(two: tuple[Tenant, Tenant]) -> None:
    a, b = two
    with tenant_scope(a):
        assert said() == str(a.pk)
        with transaction.atomic(), tenant_scope(b):
            assert said() == str(b.pk)
            transaction.set_rollback(True)
        assert said() == str(a.pk)


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_each_statement_says_it(two: tuple[Tenant, Tenant]) -> None:
    a, _b = two
    with tenant_scope(a):
        assert said() == str(a.pk)
        Job.objects.create(kind="x")
        assert Job.objects.count() == 1
    assert said() is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM events_job")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db(transaction=True)
def test_threads_do_not_share_a_scope(two: tuple[Tenant, Tenant]) -> None:
    seen: list[int | None] = []
    with tenant_scope(two[0]):
        thread = threading.Thread(target=lambda: seen.append(current_tenant_id()))
        thread.start()
        thread.join()
    assert seen == [None]


def test_a_row_of_another_brand_cannot_be_saved(two: tuple[Tenant, Tenant]) -> None:
    a, b = two
    with tenant_scope(a):
        row = Job.objects.create(kind="x")
    with tenant_scope(b):
        for write in (row.save, row.delete, lambda: Job.objects.bulk_create([row])):
            with pytest.raises(CrossTenantWrite):
                write()
        row.tenant = b
        row.kind = "taken"
        row.save()
    with tenant_scope(a):
        assert list(Job.objects.values_list("kind", flat=True)) == ["x"]


def test_without_a_scope_there_is_nobody_to_serve() -> None:
    for ask in (require_tenant_id, current_tenant):
        with pytest.raises(NoTenant):
            ask()


def test_the_exit_visits_active_brands_one_at_a_time(two: tuple[Tenant, Tenant]) -> None:
    a, b = two
    Tenant.objects.filter(pk=b.pk).update(status=TenantStatus.SUSPENDED)
    visited = [(tenant.pk, current_tenant_id()) for tenant in across_tenants("a test")]
    assert (a.pk, a.pk) in visited
    assert b.pk not in {key for key, _scope in visited}
    assert all(key == scope for key, scope in visited)
    assert current_tenant_id() is None
    with pytest.raises(ValueError, match="why"):
        list(across_tenants(""))
