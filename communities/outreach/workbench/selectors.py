"""Pushes that wait for people, and the latest ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Count, Min

from communities.outreach.models import Push
from communities.outreach.rules import PushState
from scrm.core import clock

_LATELY = timedelta(days=7)


def pushes_awaiting() -> tuple[int, datetime | None]:
    """How many wait for staff, and since when the oldest does."""
    return _counted(PushState.AWAITING_STAFF)


def pushes_failed() -> tuple[int, datetime | None]:
    """How many failed in the past seven days."""
    return _counted(PushState.FAILED, since=clock.now() - _LATELY)


def _counted(state: PushState, *, since: datetime | None = None) -> tuple[int, datetime | None]:
    rows = Push.objects.filter(state=state)
    if since is not None:
        rows = rows.filter(updated_at__gte=since)
    found = rows.aggregate(count=Count("id"), since=Min("scheduled_at"))
    return found["count"], found["since"]


def pushes_latest(limit: int) -> Sequence[Push]:
    """The pushes worked on last."""
    return Push.objects.order_by("-updated_at", "-id")[:limit]
