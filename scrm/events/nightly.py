"""Housekeeping of the outbox: what every subscriber heard long ago need not be kept."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from scrm.core import clock
from scrm.events.jobs.nightly import nightly_register
from scrm.events.models import EventHeard, OutboxEvent

KEEP = timedelta(days=30)


def events_purge_run(_as_of: date) -> dict[str, int]:
    """Delete dispatched facts, and who heard them, after thirty days."""
    before = clock.now() - KEEP
    facts, _by_model = OutboxEvent.objects.filter(dispatched_at__lt=before).delete()
    heard, _by_model = EventHeard.objects.filter(created_at__lt=before).delete()
    return {"facts": facts, "heard": heard}


nightly_register("events_purge", order=950, run=events_purge_run, label=_("清理已送达事件"))
