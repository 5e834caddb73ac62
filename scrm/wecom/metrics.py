"""Figures of the callback inbox, of welcomes, and of what WeCom refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Max, Min, Q

from scrm.core import clock
from scrm.core.metrics import metric_register, reader_register
from scrm.events.metrics import AGE, ROWS, seconds_since
from scrm.events.pulse import tallies
from scrm.wecom.models import (
    CallbackEvent,
    CorpState,
    InboxState,
    WeComCorp,
    WelcomeState,
    WelcomeTask,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrm.core.metrics import Sample

ERRORS = "wecom_errors"
LAST = metric_register(
    "scrm_callback_last_timestamp_seconds", "When WeCom last told any tenant anything", join="max"
)
FAILED = metric_register("scrm_callback_failed", "Callbacks that were given up and can be replayed")
STOPPED = metric_register("scrm_wecom_stopped", "Bound applications that the gateway has stopped")
REFUSED = metric_register(
    "scrm_wecom_errors_total",
    "Calls that WeCom refused or did not answer (errcode 0), since Redis was last emptied",
    labels=("api", "errcode"),
    kind="counter",
)


def inbox_read() -> Iterator[Sample]:
    """One tenant's callbacks and welcomes."""
    at = clock.now()
    open_states = [InboxState.WAITING, InboxState.WORKING]
    due = Q(not_before=None) | Q(not_before__lte=at)
    found = CallbackEvent.objects.filter(state__in=open_states).aggregate(
        rows=Count("pk", filter=due), oldest=Min("received_at")
    )
    yield ROWS, ("callbacks",), found["rows"]
    yield AGE, ("callbacks",), seconds_since(found["oldest"])
    yield FAILED, (), CallbackEvent.objects.filter(state=InboxState.FAILED).count()
    last = CallbackEvent.objects.aggregate(at=Max("received_at"))["at"]
    yield LAST, (), last.timestamp() if last is not None else 0.0
    welcomes = WelcomeTask.objects.filter(state=WelcomeState.WAITING).aggregate(
        rows=Count("pk"), oldest=Min("received_at")
    )
    yield ROWS, ("welcome",), welcomes["rows"]
    yield AGE, ("welcome",), seconds_since(welcomes["oldest"])
    yield STOPPED, (), WeComCorp.objects.filter(state=CorpState.STOPPED).count()


def errors_read() -> Iterator[Sample]:
    """What the gateway's callers counted in every process."""
    for labels, count in tallies(ERRORS).items():
        yield REFUSED, labels, count


reader_register("wecom-inbox", inbox_read, per_tenant=True)
reader_register("wecom-errors", errors_read, per_tenant=False)
