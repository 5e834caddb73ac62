from __future__ import annotations

import pytest

from scrm.console.keyset import keyset_slice, total_capped
from scrm.events.models import Job
from scrm.tenants.context import tenant_scope
from tests.scrm.console.conftest import House

ORDER = ("-total", "kind", "-id")


@pytest.fixture
def jobs(house: House) -> None:
    with tenant_scope(house.mumian):
        Job.objects.bulk_create(
            [Job(kind="ab"[number % 2], total=number // 4) for number in range(23)]
        )


def _walk(direction: str, token: str = "") -> list[list[int]]:
    pages = []
    while True:
        part = keyset_slice(Job.objects.all(), order=ORDER, limit=5, **{direction: token})
        pages.append([row.pk for row in part.rows])
        token = part.next if direction == "after" else part.previous
        if not token:
            return pages


def test_walking_forward_shows_every_row_once_in_order(house: House, jobs: None) -> None:
    with tenant_scope(house.mumian):
        whole = list(Job.objects.order_by(*ORDER).values_list("pk", flat=True))
        pages = _walk("after")
    assert [key for page in pages for key in page] == whole
    assert [len(page) for page in pages] == [5, 5, 5, 5, 3]


def test_walking_back_from_the_end_meets_the_same_rows(house: House, jobs: None) -> None:
    with tenant_scope(house.mumian):
        whole = list(Job.objects.order_by(*ORDER).values_list("pk", flat=True))
        last = keyset_slice(Job.objects.all(), order=ORDER, limit=5)
        while last.next:
            last = keyset_slice(Job.objects.all(), order=ORDER, limit=5, after=last.next)
        pages = _walk("before", last.previous)
    seen = [key for page in reversed(pages) for key in page]
    assert seen == whole[: len(seen)]
    assert len(seen) == 20


@pytest.mark.parametrize(
    "token", ["%%%", "bm90anNvbg", "W10", "WzEsMiwzXQ", "WyJ4IiwieSIsInoiXQ", "W251bGwsIngiLDFd"]
)
def test_a_token_that_means_nothing_shows_a_page_and_never_an_error(
    house: House, jobs: None, token: str
) -> None:
    with tenant_scope(house.mumian):
        assert len(keyset_slice(Job.objects.all(), order=ORDER, limit=5, after=token).rows) in {
            0,
            5,
        }


def test_counting_stops_at_the_cap(house: House, jobs: None) -> None:
    with tenant_scope(house.mumian):
        assert total_capped(Job.objects.all()).count == 23
        capped = total_capped(Job.objects.all(), cap=10)
    assert (capped.count, capped.is_capped) == (10, True)
