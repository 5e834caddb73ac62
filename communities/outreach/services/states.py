"""Move a push along D2, with its audit row and, at the end, its fact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from communities.outreach.events import PUSH_COMPLETED
from communities.outreach.models import Push, PushBatch
from communities.outreach.rules import (
    FINAL_STATES,
    LIVE_STATES,
    BatchState,
    PushState,
    push_move,
)
from communities.outreach.selectors.progress import Tally, push_tally
from scrm.core import clock
from scrm.events.bus import publish
from scrm.tenants.settings import setting

_UNDECIDED = (BatchState.PENDING, BatchState.CLAIMED, BatchState.SENDING, BatchState.UNKNOWN)


def push_lock(public_id: str) -> Push | None:
    """The push, locked; None for an unknown id."""
    return Push.objects.select_for_update(of=("self",)).filter(public_id=public_id).first()


def push_state_set(push: Push, target: PushState, **changes: Any) -> None:
    """Make one legal move; reaching the end writes the final tally and publishes the fact."""
    push.state = push_move(push.state, target)
    for name, value in changes.items():
        setattr(push, name, value)
    if target in FINAL_STATES:
        push.finished_at = clock.now()
        push.tally = push_tally(push.pk).as_json()
        _publish_completed(push)
    push.save()


def _publish_completed(push: Push) -> None:
    tally = Tally.from_json(push.tally or {})
    publish(
        PUSH_COMPLETED,
        subject=push.public_id,
        payload={"push_id": push.public_id, "state": str(push.state), **tally.as_json()},
    )


def pushes_advance() -> int:
    """Move every live push of the tenant as far as its calls and answers allow."""
    ids = Push.objects.filter(state__in=[state.value for state in LIVE_STATES]).order_by("id")
    return sum(push_advance(push_id) for push_id in ids.values_list("pk", flat=True))


def batches_advance(batch_ids: Sequence[int]) -> int:
    """Move the pushes that these calls belong to."""
    ids = PushBatch.objects.filter(pk__in=batch_ids).values_list("push_id", flat=True).distinct()
    return sum(push_advance(push_id) for push_id in sorted(ids))


@transaction.atomic
def push_advance(push_id: int) -> int:
    """Decide one live push; returns the number of moves made. Somebody else's lock means: not now."""
    push = Push.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=push_id).first()
    if push is None or push.state not in LIVE_STATES or push.planned_at is None:
        return 0
    moves, state = 0, ""
    while push.state != state and push.state in LIVE_STATES:
        state = push.state
        _advance_once(push)
        moves += push.state != state
    return moves


def _advance_once(push: Push) -> None:
    calls = PushBatch.objects.filter(push=push)
    undecided = [state.value for state in _UNDECIDED]
    # Asked after every few calls of a push that may have a million: no counting before the last one.
    if push.state == PushState.SUBMITTING and calls.filter(state__in=undecided).exists():
        return
    counts = calls.aggregate(
        sent=Count("id", filter=Q(state=BatchState.SENT)),
        failed=Count("id", filter=Q(state=BatchState.FAILED)),
        confirmed=Count("id", filter=Q(confirmed_at__isnull=False)),
        open=Count("id", filter=Q(state=BatchState.SENT, settled_at=None)),
    )
    if push.state == PushState.SUBMITTING:
        if counts["failed"] and not counts["sent"]:
            push_state_set(push, PushState.FAILED)
            return
        days = setting("push.confirm_days")
        push_state_set(
            push, PushState.AWAITING_STAFF, confirm_by=clock.now() + timedelta(days=days)
        )
        return
    is_over = not counts["open"]
    if push.state == PushState.AWAITING_STAFF:
        # A push nobody was left for, or one that was stopped, has nothing to wait for.
        if counts["confirmed"] or (is_over and (push.stopped_at or not counts["sent"])):
            push_state_set(push, PushState.SENDING)
        elif is_over:
            push_state_set(push, PushState.EXPIRED)
    elif is_over:
        push_state_set(push, PushState.DONE)
    if not is_over and push.confirm_by is not None and push.confirm_by <= clock.now():
        _withdraw(push)


def _withdraw(push: Push) -> None:
    """The time to confirm is over: take back what is still open, after one last look at it."""
    PushBatch.objects.filter(
        push=push, state=BatchState.SENT, settled_at=None, cancel_wanted_at=None
    ).update(cancel_wanted_at=clock.now(), next_poll_at=clock.now())
