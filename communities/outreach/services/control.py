"""What an operator may do to a push under way: stop it, remind staff, ask now."""

from __future__ import annotations

from django.db import transaction

from communities.outreach.models import Push, PushBatch, PushRecipient
from communities.outreach.rules import (
    LIVE_STATES,
    REMINDER_WINDOW,
    REMINDERS,
    BatchState,
    Reason,
    RecipientState,
)
from communities.outreach.services.states import push_advance, push_lock
from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind, InvalidTransition, NotFound
from scrm.events.audit import record
from scrm.events.bell import ring


class RemindLimit(DomainError):
    """WeCom reminds a member of staff at most three times in 24 hours."""

    code = "remind_limit"
    kind = ErrorKind.LIMITED


def _live(public_id: str) -> Push:
    push = push_lock(public_id)
    if push is None:
        raise NotFound
    if push.state not in LIVE_STATES:
        raise InvalidTransition(f"push is {push.state}", current=str(push.state))
    return push


@transaction.atomic
def push_stop(*, public_id: str) -> Push:
    """Nothing more leaves; broadcasts that staff have not confirmed are taken back at WeCom.

    What was sent stays sent. A call on its way right now is taken back once it is known.
    """
    push = _live(public_id)
    if push.stopped_at is not None:
        return push
    now = clock.now()
    push.stopped_at = now
    push.planned_at = push.planned_at or now
    push.save(update_fields=["stopped_at", "planned_at", "updated_at"])
    PushBatch.objects.filter(push=push, state=BatchState.PENDING).update(state=BatchState.CANCELLED)
    waiting = PushRecipient.objects.filter(push=push, state=RecipientState.QUEUED)
    waiting.filter(batch=None).update(state=RecipientState.SUPPRESSED, reason=Reason.STOPPED)
    waiting.filter(batch__state=BatchState.CANCELLED).update(
        state=RecipientState.SUPPRESSED, reason=Reason.STOPPED
    )
    PushBatch.objects.filter(push=push, state=BatchState.SENT, settled_at=None).update(
        cancel_wanted_at=now, next_poll_at=now
    )
    record("push.stopped", object_type="push", object_id=push.public_id)
    push_advance(push.pk)
    ring("poll")
    push.refresh_from_db()
    return push


@transaction.atomic
def push_remind(*, public_id: str, sender: str = "") -> int:
    """Remind one sender, or all who have not confirmed; returns how many tasks will be reminded."""
    push = _live(public_id)
    now = clock.now()
    rows = PushBatch.objects.select_for_update(of=("self",)).filter(
        push=push,
        state=BatchState.SENT,
        settled_at=None,
        confirmed_at=None,
        cancel_wanted_at=None,
        remind_wanted_at=None,
    )
    if sender:
        rows = rows.filter(sender=sender)
    batches = list(rows.order_by("id"))
    if not batches:
        raise NotFound
    allowed = [
        batch.pk
        for batch in batches
        if batch.remind_count < REMINDERS
        or batch.remind_window_at is None
        or now - batch.remind_window_at >= REMINDER_WINDOW
    ]
    if not allowed:
        raise RemindLimit("reminded three times in 24 hours already")
    PushBatch.objects.filter(pk__in=allowed).update(remind_wanted_at=now, next_poll_at=now)
    record(
        "push.reminded",
        object_type="push",
        object_id=push.public_id,
        after={"sender": sender, "tasks": len(allowed)},
    )
    ring("poll")
    return len(allowed)


@transaction.atomic
def push_refresh(*, public_id: str) -> None:
    """Ask WeCom about every open broadcast of this push now."""
    push = _live(public_id)
    PushBatch.objects.filter(push=push, state=BatchState.SENT, settled_at=None).update(
        next_poll_at=clock.now()
    )
    ring("poll")
