"""Reads of the audit log for lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from scrm.core import clock
from scrm.core.errors import NotFound
from scrm.events.models import AuditLog
from scrm.tenants.context import current_tenant

if TYPE_CHECKING:
    from django.db.models import QuerySet


def audit_get(row_id: str) -> AuditLog:
    """The row with that id; NotFound otherwise, also for another brand's."""
    try:
        key = UUID(row_id)
    except ValueError:
        raise NotFound from None
    found = AuditLog.objects.filter(pk=key).first()
    if found is None:
        raise NotFound
    return found


def audit_list(
    *,
    object_id: str = "",
    object_types: Sequence[str] = (),
    actors: Sequence[str] = (),
    actions: Sequence[str] = (),
    actor_kinds: Sequence[str] = (),
    days: tuple[date | None, date | None] = (None, None),
) -> QuerySet[AuditLog]:
    """The tenant's audit rows of the given days in its own zone, both included; the caller orders."""
    rows = AuditLog.objects.all()
    if object_id:
        rows = rows.filter(object_id=object_id)
    if object_types:
        rows = rows.filter(object_type__in=object_types)
    if actors:
        rows = rows.filter(actor_id__in=actors)
    if actions:
        rows = rows.filter(action__in=actions)
    if actor_kinds:
        rows = rows.filter(actor_kind__in=actor_kinds)
    zone = current_tenant().timezone
    first, last = days
    if first is not None:
        rows = rows.filter(at__gte=clock.local_midnight(first, zone))
    if last is not None:
        rows = rows.filter(at__lt=clock.local_midnight(last + timedelta(days=1), zone))
    return rows
