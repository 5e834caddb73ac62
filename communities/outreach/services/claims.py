"""Design R's rows: who may work on a call, and what its end does to the recipients.

Leases are on the database's clock, which all workers share; waiting times are on the business clock.
Every write is guarded by the claim token: whoever lost the row writes nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from communities.outreach.models import PushBatch, PushRecipient
from communities.outreach.rules import BatchState, Reason, RecipientState
from scrm.core import clock
from scrm.core.ids import uuid7
from scrm.tenants.context import require_tenant_id

CLAIM_CHUNK = 8

_CLAIM = """
    WITH due AS MATERIALIZED (
        SELECT id FROM communities_pushbatch
        WHERE tenant_id = %(tenant)s AND state = 'pending'
          AND (not_before IS NULL OR not_before <= %(now)s)
        ORDER BY scheduled_at, id
        LIMIT %(limit)s
        FOR UPDATE SKIP LOCKED
    )
    UPDATE communities_pushbatch b
    SET state = 'claimed', claim = %(claim)s, attempt = b.attempt + 1,
        lease_until = clock_timestamp() + make_interval(secs => %(lease)s), updated_at = now()
    FROM due WHERE b.tenant_id = %(tenant)s AND b.id = due.id
    RETURNING b.id
"""

_RENEW = """
    UPDATE communities_pushbatch
    SET lease_until = clock_timestamp() + make_interval(secs => %(lease)s), updated_at = now()
    WHERE tenant_id = %(tenant)s AND id = %(id)s AND claim = %(claim)s AND state = 'claimed'
"""


_HOLD = """
    UPDATE communities_pushbatch
    SET lease_until = clock_timestamp() + make_interval(secs => %(lease)s), updated_at = now()
    WHERE tenant_id = %(tenant)s AND id = %(id)s AND claim = %(claim)s AND state = 'sending'
"""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right to work on one call."""

    batch_id: int
    token: uuid.UUID


@transaction.atomic
def batches_claim(limit: int = CLAIM_CHUNK) -> list[Claim]:
    """Take the next due calls of this tenant, earliest scheduled first; others skip them."""
    token = uuid7()
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {
                "tenant": require_tenant_id(),
                "now": clock.now(),
                "limit": limit,
                "claim": token,
                "lease": settings.PUSH_LEASE_SECONDS,
            },
        )
        found = sorted(row[0] for row in cursor.fetchall())
    return [Claim(batch_id=batch_id, token=token) for batch_id in found]


def claim_renew(claim: Claim) -> bool:
    """Start the lease anew; False if the row was taken away meanwhile. Locks the row."""
    return _lease(_RENEW, claim)


def sending_hold(claim: Claim) -> bool:
    """Start the lease of a call written ahead anew; False if the sweeper has given it up meanwhile."""
    return _lease(_HOLD, claim)


def _lease(statement: str, claim: Claim) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "tenant": require_tenant_id(),
                "id": claim.batch_id,
                "claim": claim.token,
                "lease": settings.PUSH_LEASE_SECONDS,
            },
        )
        return bool(cursor.rowcount == 1)


@transaction.atomic
def batch_release(claim: Claim, *, wait: timedelta, error: str = "") -> None:
    """A definite "not now": back to pending, its places given back, its recipients queued."""
    held = PushBatch.objects.filter(
        pk=claim.batch_id,
        claim=claim.token,
        state__in=[BatchState.CLAIMED, BatchState.SENDING],
    )
    if held.update(
        state=BatchState.PENDING,
        lease_until=None,
        not_before=clock.now() + wait,
        error=error[:200],
    ):
        _requeue(claim.batch_id)


@transaction.atomic
def batch_give_back(claim: Claim, *, wait: timedelta, error: str = "") -> None:
    """Release a call that never left: it does not count as an attempt."""
    PushBatch.objects.filter(
        pk=claim.batch_id,
        claim=claim.token,
        state__in=[BatchState.CLAIMED, BatchState.SENDING],
        attempt__gt=0,
    ).update(attempt=F("attempt") - 1)
    batch_release(claim, wait=wait, error=error)


def _requeue(batch_id: int, reason: str = "") -> None:
    PushRecipient.objects.filter(
        batch_id=batch_id, state__in=[RecipientState.QUEUED, RecipientState.UNKNOWN]
    ).update(state=RecipientState.QUEUED, reason=reason, counted_on=None, counted_platform_on=None)


@transaction.atomic
def batch_sent(claim: Claim, *, msgid: str, failed: Iterable[str] = ()) -> bool:
    """WeCom has it. Also accepted from a worker that was given up too early: the fact stands."""
    now = clock.now()
    held = PushBatch.objects.select_for_update(of=("self",)).filter(
        pk=claim.batch_id,
        claim=claim.token,
        state__in=[BatchState.SENDING, BatchState.UNKNOWN, BatchState.PENDING],
    )
    batch = held.select_related("push").first()
    if batch is None:
        return False
    batch.state = BatchState.SENT.value
    batch.msgid, batch.sent_at, batch.lease_until, batch.error = msgid, now, None, ""
    batch.next_poll_at = now + timedelta(seconds=settings.PUSH_FIRST_POLL_SECONDS)
    if batch.push.stopped_at is not None:
        batch.cancel_wanted_at, batch.next_poll_at = now, now
    batch.save()
    people = PushRecipient.objects.filter(
        batch_id=batch.pk, state__in=[RecipientState.QUEUED, RecipientState.UNKNOWN]
    )
    refused = list(failed)
    if refused:
        people.filter(external_userid__in=refused).update(**_failure(Reason.NO_FRIEND))
    people.update(state=RecipientState.SUBMITTED, reason="")
    return True


@transaction.atomic
def batch_failed(claim: Claim, *, reason: Reason, error: str) -> None:
    """A definite no, for everybody in the call."""
    held = PushBatch.objects.filter(
        pk=claim.batch_id,
        claim=claim.token,
        state__in=[BatchState.CLAIMED, BatchState.SENDING, BatchState.UNKNOWN],
    )
    if held.update(state=BatchState.FAILED, lease_until=None, error=error[:200]):
        PushRecipient.objects.filter(
            batch_id=claim.batch_id, state__in=[RecipientState.QUEUED, RecipientState.UNKNOWN]
        ).update(**_failure(reason))


def _failure(reason: Reason) -> dict[str, object]:
    # Who did not get it keeps no place under the caps.
    return {
        "state": RecipientState.FAILED,
        "reason": reason,
        "counted_on": None,
        "counted_platform_on": None,
    }


@transaction.atomic
def batch_unknown(claim: Claim, *, error: str) -> None:
    """No answer: perhaps sent. Nobody sends it again; the sweeper asks WeCom."""
    held = PushBatch.objects.filter(pk=claim.batch_id, claim=claim.token, state=BatchState.SENDING)
    if held.update(
        state=BatchState.UNKNOWN, lease_until=None, unknown_at=clock.now(), error=error[:200]
    ):
        PushRecipient.objects.filter(batch_id=claim.batch_id, state=RecipientState.QUEUED).update(
            state=RecipientState.UNKNOWN
        )


@transaction.atomic
def batch_absent(claim: Claim, *, wanted: int, wait: timedelta) -> bool:
    """WeCom's complete list does not hold it. After `wanted` such looks it may be sent again."""
    batch = (
        PushBatch.objects.select_for_update(of=("self",))
        .filter(pk=claim.batch_id, claim=claim.token, state=BatchState.UNKNOWN)
        .first()
    )
    if batch is None:
        return False
    batch.absences += 1
    if batch.absences < wanted:
        batch.next_poll_at = clock.now() + wait
        batch.save(update_fields=["absences", "next_poll_at", "updated_at"])
        return False
    batch.state = BatchState.PENDING.value
    batch.absences, batch.unknown_at, batch.next_poll_at = 0, None, None
    batch.save(update_fields=["state", "absences", "unknown_at", "next_poll_at", "updated_at"])
    _requeue(batch.pk)
    return True


def batch_suppress(rows: dict[int, int], verdicts: dict[int, Reason]) -> list[int]:
    """Leave out members at the last moment; returns the recipients that stay. Needs a transaction."""
    for reason in set(verdicts.values()):
        out = [rows[member_id] for member_id, why in verdicts.items() if why == reason]
        PushRecipient.objects.filter(pk__in=out).update(
            state=RecipientState.SUPPRESSED, reason=reason
        )
    return [pk for member_id, pk in rows.items() if member_id not in verdicts]


def sending_write_ahead(batch: PushBatch, recipients: list[int], *, at: datetime) -> None:
    """Say that the call is about to leave, before it leaves. Needs a transaction."""
    batch.state = BatchState.SENDING.value
    batch.size, batch.sending_at, batch.not_before = len(recipients), at, None
    batch.save(update_fields=["state", "size", "sending_at", "not_before", "updated_at"])
