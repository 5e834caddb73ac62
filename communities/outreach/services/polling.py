"""Learn what became of broadcasts: WeCom tells nobody, so somebody has to ask."""

from __future__ import annotations

import time
from collections.abc import Sequence

import structlog
from django.db import connection, transaction

from communities.outreach.models import PushBatch, PushRecipient
from communities.outreach.rules import (
    REMINDER_WINDOW,
    BatchState,
    Reason,
    RecipientState,
    poll_interval,
)
from communities.outreach.services import wire
from communities.outreach.services.states import pushes_advance
from scrm.core import clock
from scrm.tenants.context import require_tenant_id
from scrm.tenants.turns import turns_take
from scrm.wecom.errors import WeComError, WeComRefused

log = structlog.get_logger(__name__)
POLL_SECONDS = 20.0
REASON = "broadcasts of every tenant are asked about in fair turns"
POLL_CHUNK = 16
TURN_SECONDS = 3.0
ALREADY_CANCELLED, REMINDED_TOO_OFTEN = 41093, 41094
SENT, NO_FRIEND, OVER_CAP = 1, 2, 3


def pushes_poll(*, seconds: float = POLL_SECONDS) -> int:
    """Ask about open broadcasts, the tenants in turns, until none is due or the time is up."""
    return turns_take("poll", tenant_poll, reason=REASON, seconds=seconds)


def tenant_poll() -> int:
    """One turn of one tenant; returns the questions asked."""
    batches = polls_claim()
    end = time.monotonic() + TURN_SECONDS
    for batch in batches:
        if time.monotonic() > end:
            break  # the others are asked about when their next time comes
        batch_poll(batch)
    pushes_advance()
    return len(batches)


@transaction.atomic
def polls_claim() -> list[PushBatch]:
    """Open broadcasts whose question is due; asking sets the next time first, so two never ask at once."""
    now = clock.now()
    due = list(
        PushBatch.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(state=BatchState.SENT, settled_at=None, next_poll_at__lte=now)
        .order_by("next_poll_at", "id")[:POLL_CHUNK]
    )
    for batch in due:
        batch.next_poll_at = now + poll_interval(now - (batch.sent_at or now))
    PushBatch.objects.bulk_update(due, ["next_poll_at"])
    return due


def batch_poll(batch: PushBatch) -> None:
    """Take back or remind if asked to, then read the results. A refusal only delays."""
    try:
        if batch.cancel_wanted_at is not None:
            _cancel(batch)
        elif batch.remind_wanted_at is not None:
            _remind(batch)
        confirmed = wire.sender_has_confirmed(
            corp_id=batch.corp_id, msgid=batch.msgid, sender=batch.sender
        )
        outcomes: Sequence[wire.Outcome] = ()
        if confirmed:
            outcomes = wire.broadcast_outcomes(
                corp_id=batch.corp_id, msgid=batch.msgid, sender=batch.sender
            )
    except WeComError as refusal:
        log.info("push_poll_later", batch=batch.pk, error=str(refusal))
        return
    results_apply(batch, outcomes, is_confirmed=bool(confirmed))


def _cancel(batch: PushBatch) -> None:
    try:
        wire.broadcast_cancel(corp_id=batch.corp_id, msgid=batch.msgid)
    except WeComRefused as refusal:
        if refusal.errcode != ALREADY_CANCELLED:
            raise


def _remind(batch: PushBatch) -> None:
    now = clock.now()
    is_sent = True
    try:
        wire.broadcast_remind(corp_id=batch.corp_id, msgid=batch.msgid)
    except WeComRefused as refusal:
        if refusal.errcode != REMINDED_TOO_OFTEN:
            raise
        is_sent = False
    began = batch.remind_window_at
    is_new = began is None or now - began >= REMINDER_WINDOW
    PushBatch.objects.filter(pk=batch.pk).update(
        remind_wanted_at=None,
        remind_window_at=now if is_new else began,
        remind_count=(0 if is_new else batch.remind_count) + is_sent,
    )


@transaction.atomic
def results_apply(
    batch: PushBatch, outcomes: Sequence[wire.Outcome], *, is_confirmed: bool
) -> None:
    """Write the recipients' results; the batch is settled when nobody is open or it was taken back."""
    held = PushBatch.objects.select_for_update(of=("self",)).select_related("push").get(pk=batch.pk)
    if held.settled_at is not None:
        return
    people = PushRecipient.objects.filter(batch=held, state=RecipientState.SUBMITTED)
    _succeed(held, [one for one in outcomes if one.status == SENT])
    _fail(people, outcomes, NO_FRIEND, Reason.NO_FRIEND)
    _fail(people, outcomes, OVER_CAP, Reason.PLATFORM_CAP)
    if is_confirmed and held.confirmed_at is None:
        held.confirmed_at = clock.now()
    if held.cancel_wanted_at is not None:
        reason = Reason.STOPPED if held.push.stopped_at is not None else Reason.UNCONFIRMED
        people.update(**_failure(reason))
    if not people.exists():
        held.settled_at = clock.now()
    held.save(update_fields=["confirmed_at", "settled_at", "updated_at"])


_SUCCEED = """
    UPDATE communities_pushrecipient r
    SET state = 'sent', reason = '', sent_at = v.at, updated_at = now()
    FROM unnest(%(customers)s::text[], %(times)s::timestamptz[]) AS v(customer, at)
    WHERE r.tenant_id = %(tenant)s AND r.batch_id = %(batch)s AND r.state = 'submitted'
      AND r.external_userid = v.customer
"""


def _succeed(batch: PushBatch, outcomes: Sequence[wire.Outcome]) -> None:
    """One statement for thousands of recipients, each with its own time."""
    if not outcomes:
        return
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            _SUCCEED,
            {
                "tenant": require_tenant_id(),
                "batch": batch.pk,
                "customers": [one.external_userid for one in outcomes],
                "times": [one.sent_at or now for one in outcomes],
            },
        )


def _fail(people: object, outcomes: Sequence[wire.Outcome], status: int, reason: Reason) -> None:
    ids = [one.external_userid for one in outcomes if one.status == status]
    if ids:
        people.filter(external_userid__in=ids).update(**_failure(reason))  # type: ignore[attr-defined]


def _failure(reason: Reason) -> dict[str, object]:
    return {
        "state": RecipientState.FAILED,
        "reason": reason,
        "counted_on": None,
        "counted_platform_on": None,
    }
