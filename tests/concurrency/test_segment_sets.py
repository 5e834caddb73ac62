"""A set built while somebody writes does not know what they wrote, and knows that it does not."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections, transaction

from members.segments.building import sets_renew
from members.segments.models import SegmentSet, SetDirty
from members.segments.selectors import segment_query
from members.segments.services import segment_create
from members.segments.sets import sets_answer
from scrm.tenants.context import tenant_scope
from tests.factories.members import order, phone_of
from tests.support.api import tenant

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
RICH: dict[str, Any] = {"all": [{"field": "orders.net", "op": "gte", "value": 10_000}]}


def test_a_write_that_commits_after_the_set_was_built_is_not_missed() -> None:
    brand = tenant()
    written, may_commit = threading.Event(), threading.Event()
    faults: list[BaseException] = []

    def write() -> None:
        try:
            with tenant_scope(brand), transaction.atomic():
                order(phone=phone_of(1), paid_fen=50_000)
                written.set()
                assert may_commit.wait(30)
        except BaseException as fault:  # noqa: BLE001 - shown by the test
            faults.append(fault)
            written.set()
        finally:
            connections.close_all()

    with tenant_scope(brand):
        order(phone=phone_of(1), paid_fen=5_000)
        order(phone=phone_of(2), paid_fen=50_000)
        segment_create(name="rich", rule=RICH)
        writer = threading.Thread(target=write)
        writer.start()
        assert written.wait(30)
        assert sets_renew(smallest=0)["built"] > 0
        assert len(sets_answer(RICH) or ()) == 1, "nobody sees what is not committed"
        kept = SetDirty.objects.count()
        may_commit.set()
        writer.join(30)
        assert faults == []
        assert SetDirty.objects.count() > kept, "the mark came with the write"
        told = sets_answer(RICH)
        assert told is not None
        assert list(told) == sorted(segment_query(RICH).values_list("pk", flat=True))
        assert len(told) == 2
        # The control: the set alone, without its mark, would have told one.
        SetDirty.objects.all().delete()
        assert len(sets_answer(RICH) or ()) == 1
        # Built again, it has seen the write.
        SegmentSet.objects.all().delete()
        sets_renew(smallest=0)
        assert len(sets_answer(RICH) or ()) == 2
