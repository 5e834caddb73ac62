"""Figures of pushes: what waits, what hangs, and how many customers were handed to WeCom."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Min, Q

from communities.outreach.models import PushBatch
from communities.outreach.rules import BatchState
from scrm.core import clock
from scrm.core.metrics import metric_register, reader_register
from scrm.events.metrics import AGE, ROWS, seconds_since
from scrm.events.pulse import tallies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrm.core.metrics import Sample

SUBMITTED = "push_recipients"
STUCK_AFTER = timedelta(minutes=15)
STUCK = metric_register(
    "scrm_push_stuck_calls", "Calls that have been `sending` or `unknown` for 15 minutes"
)
THROUGHPUT = metric_register(
    "scrm_push_recipients_total",
    "Customers handed to WeCom, by what it answered, since Redis was last emptied",
    labels=("outcome",),
    kind="counter",
)


def calls_read() -> Iterator[Sample]:
    """One tenant's calls: all of it stands in partial indexes."""
    at = clock.now()
    due = PushBatch.objects.filter(state=BatchState.PENDING, scheduled_at__lte=at)
    found = due.filter(Q(not_before=None) | Q(not_before__lte=at)).aggregate(
        rows=Count("pk"), oldest=Min("scheduled_at")
    )
    yield ROWS, ("push",), found["rows"]
    yield AGE, ("push",), seconds_since(found["oldest"])
    old = at - STUCK_AFTER
    hanging = PushBatch.objects.filter(
        Q(state=BatchState.UNKNOWN, unknown_at__lt=old)
        | Q(state=BatchState.SENDING, sending_at__lt=old)
    )
    yield STUCK, (), hanging.count()
    leases = PushBatch.objects.filter(
        state__in=[BatchState.CLAIMED, BatchState.SENDING], lease_until__lt=at
    ).aggregate(rows=Count("pk"), oldest=Min("lease_until"))
    yield ROWS, ("sweep",), leases["rows"]
    yield AGE, ("sweep",), seconds_since(leases["oldest"])


def throughput_read() -> Iterator[Sample]:
    """What the senders counted in every process."""
    for labels, count in tallies(SUBMITTED).items():
        yield THROUGHPUT, labels, count


reader_register("push-calls", calls_read, per_tenant=True)
reader_register("push-throughput", throughput_read, per_tenant=False)
