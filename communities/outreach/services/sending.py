"""Drain the calls of every tenant in turns: claim, write ahead, call WeCom, write down the answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import connection, transaction

from communities.outreach.models import Push, PushBatch, PushRecipient
from communities.outreach.rules import (
    BatchState,
    Purpose,
    Reason,
    RecipientState,
    back_off,
    quiet_until,
)
from communities.outreach.selectors.audience import (
    SendDay,
    friends_find,
    members_capped,
    members_unreachable,
)
from communities.outreach.services import wire
from communities.outreach.services.claims import (
    Claim,
    batch_failed,
    batch_give_back,
    batch_release,
    batch_sent,
    batch_suppress,
    batch_unknown,
    batches_claim,
    claim_renew,
    sending_hold,
    sending_write_ahead,
)
from communities.outreach.services.media import attachments_ready
from communities.outreach.services.planning import pushes_prepare, quiet_end
from communities.outreach.services.states import batches_advance
from communities.outreach.services.unguarded import batches_send_unguarded
from scrm.core import clock
from scrm.events.pulse import tally
from scrm.tenants.context import current_tenant, require_tenant_id
from scrm.tenants.turns import turns_take
from scrm.wecom.errors import WeComLimited, WeComMisconfigured, WeComRefused, WeComUnknown

log = structlog.get_logger(__name__)
DRAIN_SECONDS = 20.0
REASON = "pushes of every tenant are sent in fair turns"
TURN_SECONDS = 3.0  # a slow corp gives way after this
MAX_ATTEMPTS = 50  # calls that left; refusals that ask for patience do not count
NO_CUSTOMER = 41048
NO_WAIT, MOMENT, UNTIL_MENDED = timedelta(0), timedelta(seconds=1), timedelta(minutes=5)
_LOCK_SPACE = 0x5C23


@dataclass(frozen=True, kw_only=True)
class Call:
    """What one call says, read in the transaction that wrote it ahead."""

    claim: Claim
    push_id: int
    corp_id: int
    sender: str
    customers: tuple[str, ...]
    text: str
    attempt: int


def pushes_drain(*, seconds: float = DRAIN_SECONDS) -> int:
    """Visit the tenants in turns, a small chunk each, until nothing is due or the time is up."""
    return turns_take("drain", tenant_drain, reason=REASON, seconds=seconds)


def tenant_drain() -> int:
    """One turn of one tenant: prepare what is due, then one chunk of calls."""
    touched = pushes_prepare()
    if not settings.PUSH_CLAIMING:
        return touched + batches_send_unguarded()
    claims = batches_claim()
    end = time.monotonic() + TURN_SECONDS
    for index, claim in enumerate(claims):
        if time.monotonic() > end:
            _give_back(claims[index:], wait=NO_WAIT)
            break
        call = call_open(claim)
        if call is None:
            continue
        wait = call_make(call)
        if wait:
            _give_back(claims[index + 1 :], wait=wait)
            break
    batches_advance([claim.batch_id for claim in claims])
    return touched + len(claims)


def _give_back(claims: list[Claim], *, wait: timedelta) -> None:
    """The rest of the chunk is anybody's again: WeCom asked for patience, or the turn is over."""
    for claim in claims:
        batch_give_back(claim, wait=wait)


@transaction.atomic
def call_open(claim: Claim) -> Call | None:
    """Test the caps, leave out whom they stop, and write the call ahead under its token."""
    _caps_lock()
    if not claim_renew(claim):
        return None
    batch = PushBatch.objects.select_related("push").get(pk=claim.batch_id)
    now = clock.now()
    if batch.push.stopped_at is not None:
        _cancel(batch, Reason.STOPPED)
        return None
    if batch.push.purpose == Purpose.MARKETING:
        until = quiet_until(now, current_tenant().timezone, quiet_end())
        if until is not None:
            _defer(batch, wait=until - now)
            return None
    if batch.attempt > MAX_ATTEMPTS:
        batch_failed(claim, reason=Reason.ERROR, error=batch.error or "too many attempts")
        return None
    queued = PushRecipient.objects.filter(batch=batch, state=RecipientState.QUEUED)
    people = list(queued.order_by("id").values_list("pk", "member_id", "external_userid"))
    verdicts = _verdicts(batch, {member_id: customer for _pk, member_id, customer in people})
    kept = batch_suppress({member_id: pk for pk, member_id, _ in people}, verdicts)
    if not kept:
        batch.state = BatchState.CANCELLED.value
        batch.save(update_fields=["state", "updated_at"])
        return None
    day = SendDay.at(now)
    PushRecipient.objects.filter(pk__in=kept).update(
        counted_on=day.day, counted_platform_on=day.platform_day, reason=""
    )
    sending_write_ahead(batch, kept, at=now)
    return Call(
        claim=claim,
        push_id=batch.push_id,
        corp_id=batch.corp_id,
        sender=batch.sender,
        customers=tuple(
            customer for _pk, member_id, customer in people if member_id not in verdicts
        ),
        text=batch.text,
        attempt=batch.attempt,
    )


def _caps_lock() -> None:
    # Two calls may hold the same member in two pushes: the caps of a tenant are tested one by one.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, require_tenant_id() % 2**31]
        )


def _verdicts(batch: PushBatch, customers: dict[int, str]) -> dict[int, Reason]:
    member_ids = list(customers)
    verdicts = members_unreachable(member_ids, purpose=batch.push.purpose)
    friends = friends_find(
        corp_id=batch.corp_id, external_userids=list(customers.values()), sender=batch.sender
    )
    for member_id, external_userid in customers.items():
        if external_userid not in friends:
            verdicts.setdefault(member_id, Reason.NO_FRIEND)
    left = [member_id for member_id in member_ids if member_id not in verdicts]
    capped = members_capped(
        left,
        purpose=batch.push.purpose,
        push_id=batch.push_id,
        scheduled_at=batch.scheduled_at,
    )
    return {**verdicts, **capped}


def _cancel(batch: PushBatch, reason: Reason) -> None:
    batch.state = BatchState.CANCELLED.value
    batch.save(update_fields=["state", "updated_at"])
    PushRecipient.objects.filter(batch=batch, state=RecipientState.QUEUED).update(
        state=RecipientState.SUPPRESSED, reason=reason
    )


def _defer(batch: PushBatch, *, wait: timedelta) -> None:
    batch.state = BatchState.PENDING.value
    batch.lease_until, batch.not_before = None, clock.now() + wait
    batch.attempt = max(batch.attempt - 1, 0)
    batch.save(update_fields=["state", "lease_until", "not_before", "attempt", "updated_at"])
    PushRecipient.objects.filter(batch=batch, state=RecipientState.QUEUED).update(
        reason=Reason.QUIET_DEFERRED
    )


def call_make(call: Call) -> timedelta:
    """Make the call and write down its answer; how long this corp's other calls had better wait."""
    try:
        attachments = attachments_ready(push_id=call.push_id, corp_id=call.corp_id)
    except (WeComUnknown, WeComLimited) as refusal:
        # The message itself did not leave: an upload may be repeated without harm.
        wait = back_off(call.attempt, retry_after=None)
        batch_release(call.claim, wait=wait, error=str(refusal))
        return MOMENT
    except (WeComRefused, WeComMisconfigured) as refusal:
        batch_failed(call.claim, reason=Reason.ERROR, error=str(refusal))
        return NO_WAIT
    if attachments and not sending_hold(call.claim):
        # Uploads took longer than the lease: somebody else decides about this call by now, and it has
        # not left. Sending it here would send it twice.
        return NO_WAIT
    return _answer(
        call,
        lambda: wire.broadcast_create(
            corp_id=call.corp_id,
            sender=call.sender,
            customers=call.customers,
            text=call.text,
            attachments=attachments,
        ),
    )


def _answer(call: Call, ask: Callable[[], wire.Created]) -> timedelta:
    try:
        created = ask()
    except WeComLimited as refusal:
        wait = back_off(call.attempt, retry_after=refusal.retry_after)
        batch_give_back(call.claim, wait=wait, error=str(refusal))
        return max(wait, MOMENT)
    except WeComUnknown as refusal:
        tally("push_recipients", "unknown", count=len(call.customers))
        batch_unknown(call.claim, error=str(refusal))
    except WeComMisconfigured as refusal:
        # The binding is wrong, not the message: wait until an operator has mended it.
        batch_give_back(call.claim, wait=UNTIL_MENDED, error=str(refusal))
        return UNTIL_MENDED
    except WeComRefused as refusal:
        reason = Reason.NO_FRIEND if refusal.errcode == NO_CUSTOMER else Reason.ERROR
        tally("push_recipients", "refused", count=len(call.customers))
        batch_failed(call.claim, reason=reason, error=str(refusal))
    else:
        tally("push_recipients", "submitted", count=len(call.customers) - len(created.failed))
        if not batch_sent(call.claim, msgid=created.msgid, failed=created.failed):
            log.error("push_answer_without_row", batch=call.claim.batch_id, msgid=created.msgid)
    return NO_WAIT


__all__ = ["Call", "Push", "call_make", "call_open", "pushes_drain", "tenant_drain"]
