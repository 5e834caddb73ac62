"""Answer a doubt: the two are one person, or they stay apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from members.identity.histories import conflict_get
from members.identity.merging import member_merge
from members.identity.models import ConflictState, IdentityConflict, MergeCause
from scrm.access.scope import scope_refuse
from scrm.core import clock
from scrm.core.errors import InvalidTransition, InvalidValue
from scrm.events.actor import current_actor
from scrm.events.audit import record


def conflict_merge(*, conflict: str, keep: str, reason: str) -> IdentityConflict:
    """Merge the other into the one to keep. Not within a transaction."""
    scope_refuse()
    doubt = conflict_get(conflict)
    both = {doubt.kept.public_id, doubt.other.public_id}
    if keep not in both:
        raise InvalidValue("keep one of the two", pointer="/keep")
    if doubt.state == ConflictState.OPEN:
        source = next(iter(both - {keep}))
        member_merge(source=source, target=keep, reason=reason, cause=MergeCause.CONFLICT)
    elif doubt.state == ConflictState.APART:
        raise InvalidTransition("the two were kept apart; open the doubt again first")
    return conflict_get(conflict)


@transaction.atomic
def conflict_apart(*, conflict: str, note: str = "") -> IdentityConflict:
    """They are two people: the same message does not ask again. Deciding again changes nothing."""
    scope_refuse()
    return _decide(conflict, ConflictState.OPEN, ConflictState.APART, note)


@transaction.atomic
def conflict_reopen(payload: Mapping[str, Any]) -> None:
    """Take that decision back."""
    _decide(str(payload["conflict"]), ConflictState.APART, ConflictState.OPEN, "")


def _decide(conflict: str, before: str, after: str, note: str) -> IdentityConflict:
    doubt = conflict_get(conflict, lock=True)
    if doubt.state == after:
        return doubt
    if doubt.state != before:
        raise InvalidTransition("this doubt has been decided already")
    doubt.state, doubt.note = after, note[:200]
    is_open = after == ConflictState.OPEN
    doubt.decided_at = None if is_open else clock.now()
    doubt.decided_by = "" if is_open else current_actor().label[:80]
    doubt.save(update_fields=["state", "note", "decided_at", "decided_by", "updated_at"])
    record(
        "members.conflict_reopened" if is_open else "members.kept_apart",
        object_type="conflict",
        object_id=doubt.public_id,
        after={
            "kept": doubt.kept.public_id,
            "other": doubt.other.public_id,
            "reason": note[:200],
        },
    )
    return doubt
