"""Facts that no relay tries any more, and how a person sends them on their way again."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scrm.core.errors import NotFound
from scrm.events.audit import audit_register, record
from scrm.events.bell import ring
from scrm.events.models import OutboxEvent

if TYPE_CHECKING:
    from django.db.models import QuerySet

audit_register("event.retried", _("重新送达事件"))


def parked_list() -> QuerySet[OutboxEvent]:
    """Facts whose subscribers failed too often, in no order."""
    return OutboxEvent.objects.filter(parked_at__isnull=False, dispatched_at=None)


def event_retry(event_id: str) -> OutboxEvent:
    """Let the relay try a parked fact again; who heard it already does not hear it twice."""
    try:
        key = uuid.UUID(event_id)
    except ValueError as error:
        raise NotFound from error
    with transaction.atomic():
        row = parked_list().select_for_update(of=("self",)).filter(pk=key).first()
        if row is None:
            raise NotFound
        _unpark(row)
    return row


def events_retry_all() -> int:
    """Let the relay try every parked fact again; returns how many."""
    with transaction.atomic():
        rows = list(parked_list().select_for_update(of=("self",)).order_by("id"))
        for row in rows:
            _unpark(row)
    return len(rows)


def _unpark(row: OutboxEvent) -> None:
    record(
        "event.retried",
        object_type="event",
        object_id=str(row.pk),
        before={"type": row.type, "attempts": row.attempts, "error": row.error[:200]},
    )
    row.attempts, row.parked_at, row.not_before = 0, None, None
    row.save(update_fields=["attempts", "parked_at", "not_before", "updated_at"])
    ring("events")
