"""EC-102 as a property: whatever is inserted and removed between pages, what stood before the walk and still
stands after it is told exactly once, in order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from scrm.api.models import IdempotencyRecord
from scrm.api.pagination import page_of
from scrm.events.models import AuditLog
from scrm.tenants.context import tenant_scope
from tests.support.api import client
from tests.support.api import tenant as new_tenant

pytestmark = pytest.mark.db
START = datetime(2026, 1, 1, tzinfo=UTC)
minutes = st.integers(0, 6)  # few, so that many rows share a moment
# Between two pages: rows that come, at any moment, and the places of rows that go.
meanwhile = st.tuples(st.lists(minutes, max_size=4), st.lists(st.integers(0, 30), max_size=2))


def row(minute: int, kind: str) -> IdempotencyRecord:
    return IdempotencyRecord(
        api_key_id=0, key=f"{kind}-{uuid4().hex}", request_hash=kind,
        expires_at=START + timedelta(minutes=minute),
    )  # fmt: skip


@examples(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    first=st.lists(minutes, min_size=1, max_size=14),
    limit=st.integers(1, 4),
    between=st.lists(meanwhile, min_size=16, max_size=16),
    is_rising=st.booleans(),
)
def test_a_walk_tells_what_stayed_once_and_in_order(
    db: None,
    first: list[int],
    limit: int,
    between: list[tuple[list[int], list[int]]],
    is_rising: bool,
) -> None:
    order = ("expires_at", "id") if is_rising else ("-expires_at", "-id")
    with tenant_scope(new_tenant()):
        stood = [
            one.pk for one in IdempotencyRecord.objects.bulk_create([row(n, "old") for n in first])
        ]
        told: list[IdempotencyRecord] = []
        cursor, steps = "", iter(between)
        while True:
            rows = IdempotencyRecord.objects.all()
            page = page_of(rows, order=order, limit=limit, cursor=cursor, salt="walk")
            told += page.rows
            if page.next is None:
                break
            cursor = page.next
            came, went = next(steps, ([], []))
            IdempotencyRecord.objects.bulk_create([row(n, "new") for n in came])
            for place in went:
                IdempotencyRecord.objects.filter(pk=stood[place % len(stood)]).delete()
        left = set(
            IdempotencyRecord.objects.filter(request_hash="old").values_list("pk", flat=True)
        )
        keys = [one.pk for one in told]
        assert len(keys) == len(set(keys)), "a row was told twice"
        assert left <= set(keys), "a row that was there all the time was left out"
        places = [(one.expires_at, one.pk) for one in told]
        assert places == sorted(places, reverse=not is_rising)


def test_paging_by_number_would_fail_the_same_walk() -> None:
    """The control: with an offset a row that comes in front pushes another onto the next page again."""
    rows = [3, 2, 1]
    first = rows[:2]
    rows.insert(0, 4)
    assert set(first) & set(rows[2:4])


def log(minute: int) -> AuditLog:
    return AuditLog(
        actor_kind="system", action="x", object_type="walk", object_id="1",
        at=START + timedelta(minutes=minute),
    )  # fmt: skip


@pytest.mark.parametrize("limit", [1, 2])
def test_the_same_holds_through_the_wire(db: None, limit: int) -> None:
    brand = new_tenant()
    api = client(brand, ["audit.view"])
    with tenant_scope(brand):
        stood = [one.pk for one in AuditLog.objects.bulk_create([log(n) for n in range(5)])]
    told: list[str] = []
    cursor = ""
    while True:
        more = f"&cursor={cursor}" if cursor else ""
        page = api.ask("GET", f"audit?object_type=walk&limit={limit}{more}").json()
        told += [one["id"] for one in page["data"]]
        if not page["has_more"]:
            break
        cursor = page["next"]
        with tenant_scope(brand):
            AuditLog.objects.bulk_create([log(9)])
    assert told == [str(pk) for pk in reversed(stood)]
