"""Reads of the audit log for lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from scrm.core import clock
from scrm.events.models import AuditLog
from scrm.tenants.context import current_tenant

if TYPE_CHECKING:
    from django.db.models import QuerySet


def audit_list(
    *,
    object_id: str = "",
    actions: Sequence[str] = (),
    actor_kinds: Sequence[str] = (),
    days: tuple[date | None, date | None] = (None, None),
) -> QuerySet[AuditLog]:
    """The tenant's audit rows of the given days in its own zone, both included; the caller orders."""
    rows = AuditLog.objects.all()
    if object_id:
        rows = rows.filter(object_id=object_id)
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
