"""Pushes that wait for people, and the latest ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import QuerySet

from communities.outreach.models import Push
from communities.outreach.rules import PushState
from scrm.core import clock

_LATELY = timedelta(days=7)


def pushes_awaiting() -> QuerySet[Push]:
    """Pushes that wait for staff to confirm them."""
    return Push.objects.filter(state=PushState.AWAITING_STAFF)


def pushes_failed() -> QuerySet[Push]:
    """Pushes that failed in the past seven days."""
    return Push.objects.filter(state=PushState.FAILED, updated_at__gte=clock.now() - _LATELY)


def pushes_latest(limit: int) -> Sequence[Push]:
    """The pushes worked on last."""
    return list(Push.objects.order_by("-updated_at", "-id")[:limit])
