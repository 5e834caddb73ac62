"""The audit log: written by services in the transaction of the change, never edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrm.core import clock
from scrm.events.actor import current_actor
from scrm.events.models import AuditLog

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

AUDIT_ACTIONS: dict[str, str | _StrPromise] = {}


def audit_register(action: str, label: str | _StrPromise) -> None:
    """Declare an action with the words people read."""
    if action in AUDIT_ACTIONS:
        message = f"audit action {action} is registered twice"
        raise ValueError(message)
    AUDIT_ACTIONS[action] = label


def record(
    action: str,
    *,
    object_type: str,
    object_id: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write who did what to which object. Only listed fields go in; no secrets, no phones."""
    if action not in AUDIT_ACTIONS:
        message = f"audit action {action} is not registered"
        raise ValueError(message)
    actor = current_actor()
    AuditLog.objects.create(
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        action=action,
        object_type=object_type,
        object_id=object_id,
        before=before or {},
        after=after or {},
        ip=actor.ip,
        request_id=actor.request_id,
        at=clock.now(),
    )
