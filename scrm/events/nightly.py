"""Housekeeping of the outbox: what every subscriber heard long ago need not be kept."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from scrm.core import clock
from scrm.events.jobs.nightly import nightly_register
from scrm.events.models import EventHeard, OutboxEvent
from scrm.events.notices import notices_forget
from scrm.events.relay import relay_tenant

KEEP = timedelta(days=30)


def events_purge_run(_as_of: date) -> dict[str, int]:
    """Delete dispatched facts, and who heard them, after thirty days."""
    before = clock.now() - KEEP
    facts, _by_model = OutboxEvent.objects.filter(dispatched_at__lt=before).delete()
    # A parked fact may be sent again by hand: who heard it is kept as long as it is.
    open_facts = OutboxEvent.objects.filter(dispatched_at=None).values("id")
    gone = EventHeard.objects.filter(created_at__lt=before).exclude(event_id__in=open_facts)
    heard, _by_model = gone.delete()
    return {"facts": facts, "heard": heard}


def notices_forget_run(_as_of: date) -> dict[str, int]:
    """Nobody looks for a notice of last year."""
    return notices_forget()


def outbox_drain_run(_as_of: date) -> dict[str, int]:
    """Let every fact be heard before the night counts anything."""
    return {"facts": relay_tenant()}


nightly_register("outbox", order=10, run=outbox_drain_run, label=_("送达待处理事件"))
nightly_register("events_purge", order=950, run=events_purge_run, label=_("清理已送达事件"))
nightly_register("notices_forget", order=960, run=notices_forget_run, label=_("清理旧通知"))
