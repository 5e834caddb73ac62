"""The suite itself: made by the owner, run as the app role."""

from __future__ import annotations

import os

import pytest
from django.db import ProgrammingError, connection

pytestmark = [pytest.mark.db]


def _one(sql: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_tests_run_as_the_app_role() -> None:
    assert _one("SELECT session_user || ' ' || current_user") == "scrm_app scrm_app"


@pytest.mark.django_db
def test_the_owner_made_the_tables() -> None:
    owners = _one(
        "SELECT string_agg(DISTINCT tableowner, ',') FROM pg_tables WHERE schemaname = 'public'"
    )
    assert owners == "scrm_owner"


@pytest.mark.django_db
def test_the_app_role_cannot_change_the_schema() -> None:
    with pytest.raises(ProgrammingError, match=r"must be owner|permission denied"):
        _one("DROP TABLE tenants_tenant")


@pytest.mark.django_db(transaction=True)
def test_a_transactional_test_is_emptied_by_the_owner() -> None:
    from scrm.tenants.models import Tenant

    assert Tenant.objects.count() == 0
    Tenant.objects.create(slug="left-over", name="x")


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_of_the_test_before() -> None:
    from scrm.tenants.models import Tenant

    assert Tenant.objects.count() == 0


@pytest.mark.skipif(
    "SCRM_TEST_REDIS" in os.environ, reason="a given broker counts from its own number"
)
def test_each_worker_has_its_own_broker_database() -> None:
    number = int(os.environ["REDIS_URL"].rpartition("/")[2])
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    assert number == int(worker.removeprefix("gw")) * 16
