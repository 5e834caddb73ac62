"""The audit log: written by services in the transaction of the change, never edited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scrm.core import clock
from scrm.events.actor import current_actor
from scrm.events.masking import masked, masked_text
from scrm.events.models import AuditLog

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.utils.functional import _StrPromise

AUDIT_ACTIONS: dict[str, str | _StrPromise] = {}


@dataclass(frozen=True, kw_only=True)
class AuditObject:
    """What a kind of object is called, and the console page of one of them."""

    key: str
    label: str | _StrPromise
    page: str = ""
    argument: str = ""
    # Ids → what these objects are called, for rows that do not say it themselves.
    names: Callable[[Sequence[str]], Mapping[str, str]] | None = None


AUDIT_OBJECTS: dict[str, AuditObject] = {}
AUDIT_FIELDS: dict[str, str | _StrPromise] = {}
AUDIT_VALUES: dict[str, dict[str, str | _StrPromise]] = {}


def audit_object_register(
    key: str,
    label: str | _StrPromise,
    *,
    page: str = "",
    argument: str = "",
    names: Callable[[Sequence[str]], Mapping[str, str]] | None = None,
) -> None:
    """Say what objects of this type are called; ``page`` with the id as ``argument`` shows one.

    ``names`` finds what many of them are called now, in one question.
    """
    if key in AUDIT_OBJECTS:
        message = f"audit object {key} is registered twice"
        raise ValueError(message)
    AUDIT_OBJECTS[key] = AuditObject(
        key=key, label=label, page=page, argument=argument, names=names
    )


def audit_fields_register(**labels: str | _StrPromise) -> None:
    """Words for members of before and after. The first room to name one wins: words are shared."""
    for name, label in labels.items():
        AUDIT_FIELDS.setdefault(name, label)


def audit_values_register(name: str, values: Mapping[str, str | _StrPromise]) -> None:
    """Words for what a member of before and after may hold; a value without words is shown as it is."""
    AUDIT_VALUES.setdefault(name, {}).update(values)


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
    """Write who did what to which object. Only listed fields go in; what is personal is masked here."""
    if action not in AUDIT_ACTIONS:
        message = f"audit action {action} is not registered"
        raise ValueError(message)
    actor = current_actor()
    AuditLog.objects.create(
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=masked_text(actor.label),
        action=action,
        object_type=object_type,
        object_id=object_id,
        before=masked(before or {}),
        after=masked(after or {}),
        ip=actor.ip,
        request_id=actor.request_id,
        at=clock.now(),
    )
