from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection, transaction

from analytics.overview import services
from analytics.overview.marks import days_mark
from analytics.overview.models import DirtyDay
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.support.api import tenant

pytestmark = [pytest.mark.db, pytest.mark.race, pytest.mark.django_db(transaction=True)]
DAY = date(2026, 3, 1)
LOSING = """
    INSERT INTO analytics_dirtyday (tenant_id, local_date, created_at, updated_at)
    VALUES (%s, %s, now(), now()) ON CONFLICT (tenant_id, local_date) DO NOTHING
"""


def mark_while_settling(
    brand: Tenant, mark: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> bool:
    """Mark a day after its figures were read and before its mark is gone; whether the mark survives."""

    def marking() -> None:
        try:
            with tenant_scope(brand), transaction.atomic():
                mark()
        finally:
            connection.close()

    other = threading.Thread(target=marking)
    counted = services.days_count

    def count_then_be_overtaken(days: list[date]) -> None:
        counted(days)
        other.start()
        other.join(timeout=0.5)

    monkeypatch.setattr(services, "days_count", count_then_be_overtaken)
    with tenant_scope(brand):
        with transaction.atomic():
            days_mark([DAY])
        services.days_settle(seconds=0)
        other.join(timeout=10)
        return DirtyDay.objects.filter(local_date=DAY).exists()


def test_a_mark_during_settling_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    assert mark_while_settling(tenant(), lambda: days_mark([DAY]), monkeypatch)


def test_control_a_mark_that_does_not_wait_would_be_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    brand = tenant()

    def careless() -> None:
        with connection.cursor() as cursor:
            cursor.execute(LOSING, [brand.pk, DAY])

    assert not mark_while_settling(brand, careless, monkeypatch)


def test_two_who_settle_at_once_do_not_count_the_same_days_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    brand = tenant()
    seen: list[int] = []

    def second() -> None:
        try:
            with tenant_scope(brand):
                seen.append(services.days_settle(seconds=0))
        finally:
            connection.close()

    counted = services.days_count

    def count(days: list[date]) -> None:
        counted(days)
        other = threading.Thread(target=second)
        other.start()
        other.join(timeout=10)

    monkeypatch.setattr(services, "days_count", count)
    with tenant_scope(brand):
        with transaction.atomic():
            days_mark([DAY])
        assert services.days_settle(seconds=0) == 1
    assert seen == [0]
