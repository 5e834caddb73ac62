"""Design R for webhooks: who may send a delivery, and what its end does to delivery and endpoint.

Leases are on the database's clock, which all workers share; waiting times are on the business clock.
Every end is guarded by the claim token. A worker that dies leaves a lease that runs out: the delivery goes
again under the same id, and the receiver tells by that id that it has it already.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now

from scrm.core import clock
from scrm.core.ids import uuid7
from scrm.webhooks.models import (
    DeliveryState,
    OffReason,
    Outcome,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from scrm.webhooks.rules import GONE, OFF_AFTER, OPEN_AFTER, rest_after, wait_after
from scrm.webhooks.switching import circuit_close, endpoint_off, waiting_fail

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from scrm.webhooks.sender import Reply

MOST_ENDPOINTS = 8
MOST_EACH = 4
_HEARD_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right to send one delivery, with everything that leaves."""

    delivery_id: int
    endpoint_id: int
    token: uuid.UUID
    attempt: int
    url: str
    secrets: tuple[str, ...]
    message_id: str
    body: str
    is_probe: bool = False


def due() -> QuerySet[WebhookDelivery]:
    """What may be sent now: waiting rows whose time has come, and rows whose worker is gone."""
    is_waiting = Q(state=DeliveryState.PENDING, not_before__lte=clock.now())
    is_left = Q(state=DeliveryState.CLAIMED, lease_until__lt=Now())
    return WebhookDelivery.objects.filter(is_waiting | is_left)


@transaction.atomic
def deliveries_claim() -> list[Claim]:
    """Take a few due deliveries of a few endpoints, those first that waited longest for a turn."""
    token, now = uuid7(), clock.now()
    return [
        claim
        for endpoint in _endpoints_due(now)
        for claim in _endpoint_claim(endpoint, token=token, now=now)
    ]


def _endpoints_due(now: datetime) -> list[WebhookEndpoint]:
    waiting = due().filter(endpoint_id=OuterRef("pk"))
    # One that is off is visited too: what was still written for it has failed.
    is_up = Q(is_active=False) | Q(circuit_until=None) | Q(circuit_until__lte=now)
    rows = WebhookEndpoint.objects.filter(
        (is_up & Exists(waiting)) | Exists(waiting.filter(is_test=True))
    )
    # Another worker at the same endpoint is left alone: it holds the row only while it claims.
    rows = rows.select_for_update(of=("self",), skip_locked=True)
    return list(rows.order_by(F("turn_at").asc(nulls_first=True), "id")[:MOST_ENDPOINTS])


def _endpoint_claim(endpoint: WebhookEndpoint, *, token: uuid.UUID, now: datetime) -> list[Claim]:
    if not endpoint.is_active:
        waiting_fail(endpoint)  # written by a fact that still saw it listen
    taken = _rows_take(endpoint, token=token, now=now)
    held = secrets_in_force(endpoint, now)
    return [
        Claim(
            delivery_id=row.pk,
            endpoint_id=endpoint.pk,
            token=token,
            attempt=row.attempts + 1,
            url=endpoint.url,
            secrets=held,
            message_id=row.message.public_id,
            body=row.message.body,
            is_probe=endpoint.failures >= OPEN_AFTER,
        )
        for row in taken
    ]


def _rows_take(
    endpoint: WebhookEndpoint, *, token: uuid.UUID, now: datetime
) -> list[WebhookDelivery]:
    is_closed = not endpoint.is_active or (
        endpoint.circuit_until is not None and endpoint.circuit_until > now
    )
    is_probing = endpoint.failures >= OPEN_AFTER
    rows = due().filter(endpoint_id=endpoint.pk)
    if is_closed:
        rows = rows.filter(is_test=True)
    rows = rows.select_related("message").select_for_update(of=("self",), skip_locked=True)
    most = 1 if is_probing else MOST_EACH
    taken = list(rows.order_by("-is_test", "not_before", "id")[:most])
    _interrupted_note([row for row in taken if row.state == DeliveryState.CLAIMED], now)
    taken = [row for row in taken if not _is_spent(row)]
    lease = timedelta(seconds=settings.WEBHOOK_LEASE_SECONDS)
    WebhookDelivery.objects.filter(pk__in=[row.pk for row in taken]).update(
        state=DeliveryState.CLAIMED,
        claim=token,
        lease_until=Now() + lease,
        tries=F("tries") + 1,
        attempts=F("attempts") + 1,
        updated_at=now,
    )
    endpoint.turn_at = now
    if is_probing and taken and not is_closed:
        # Half open: one delivery tries; until it is back nobody else does.
        endpoint.circuit_until = now + lease
    endpoint.save(update_fields=["turn_at", "circuit_until", "updated_at"])
    return taken


def _is_spent(row: WebhookDelivery) -> bool:
    """Whether its last worker died on its last try: it is not what kills workers for ever."""
    return row.state == DeliveryState.CLAIMED and wait_after(row.tries) is None


def _interrupted_note(rows: list[WebhookDelivery], now: datetime) -> None:
    """A worker died on these: the attempt is in the log, its end unknown."""
    WebhookDelivery.objects.filter(pk__in=[row.pk for row in rows if _is_spent(row)]).update(
        state=DeliveryState.FAILED,
        error=Outcome.INTERRUPTED.value,
        ended_at=now,
        claim=None,
        lease_until=None,
    )
    WebhookAttempt.objects.bulk_create(
        [
            WebhookAttempt(delivery=row, number=row.attempts, at=now, outcome=Outcome.INTERRUPTED)
            for row in rows
        ],
        ignore_conflicts=True,
    )


def secrets_in_force(endpoint: WebhookEndpoint, now: datetime) -> tuple[str, ...]:
    """The newest secret, and the former one while its overlap lasts."""
    held = [endpoint.secret]
    if endpoint.old_secret and endpoint.old_secret_until and endpoint.old_secret_until > now:
        held.append(endpoint.old_secret)
    return tuple(held)


@transaction.atomic
def delivery_settle(claim: Claim, reply: Reply) -> bool:
    """Write down how the call went; False when the lease was lost and somebody else decides."""
    endpoint = WebhookEndpoint.objects.select_for_update(of=("self",)).get(pk=claim.endpoint_id)
    row = (
        WebhookDelivery.objects.select_for_update(of=("self",))
        .filter(pk=claim.delivery_id, claim=claim.token)
        .first()
    )
    if row is None:
        return False
    now = clock.now()
    _attempt_note(row, claim, reply, now)
    is_moved = endpoint.url != claim.url
    _row_settle(row, reply, now, is_moved=is_moved)
    if not is_moved:
        _endpoint_settle(endpoint, claim, reply, now, is_test=row.is_test)
    return True


def _attempt_note(row: WebhookDelivery, claim: Claim, reply: Reply, now: datetime) -> None:
    WebhookAttempt.objects.create(
        delivery=row,
        number=claim.attempt,
        at=now,
        outcome=reply.outcome,
        status=reply.status,
        duration_ms=reply.duration_ms,
        error=reply.error,
    )


def _row_settle(row: WebhookDelivery, reply: Reply, now: datetime, *, is_moved: bool) -> None:
    if reply.is_taken:
        row.state, row.error, row.ended_at = DeliveryState.DELIVERED.value, "", now
    elif row.state == DeliveryState.CLAIMED:
        row.error = (reply.error or str(reply.outcome))[:200]
        _refused(row, now, is_moved=is_moved)
    # Otherwise its endpoint was switched off or removed meanwhile, and the row says so.
    row.status, row.lease_until = reply.status, None
    row.save()


def _endpoint_settle(
    endpoint: WebhookEndpoint, claim: Claim, reply: Reply, now: datetime, *, is_test: bool
) -> None:
    if reply.is_taken:
        _endpoint_heard(endpoint, now)
    elif reply.status == GONE and not is_test:
        endpoint_off(endpoint, OffReason.GONE)
    elif not is_test and (claim.is_probe or endpoint.failures < OPEN_AFTER):
        # Calls that were under way when the circuit opened do not lengthen its rest.
        _endpoint_failed(endpoint, now)


def _refused(row: WebhookDelivery, now: datetime, *, is_moved: bool) -> None:
    wait = None if row.is_test else wait_after(row.tries)
    if wait is None:
        row.state, row.ended_at = DeliveryState.FAILED.value, now
    else:
        row.state = DeliveryState.PENDING.value
        row.not_before = now if is_moved else now + wait


def _endpoint_heard(endpoint: WebhookEndpoint, now: datetime) -> None:
    """It answers: the circuit closes and everything that waited goes."""
    is_news = endpoint.failures or endpoint.heard_at is None
    if is_news or (endpoint.heard_at and now - endpoint.heard_at > _HEARD_EVERY):
        if endpoint.failures >= OPEN_AFTER:
            circuit_close(endpoint)
        endpoint.failures, endpoint.failing_since, endpoint.circuit_until = 0, None, None
        endpoint.heard_at = now
        endpoint.save()


def _endpoint_failed(endpoint: WebhookEndpoint, now: datetime) -> None:
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or now
    rest = rest_after(endpoint.failures)
    endpoint.circuit_until = None if rest is None else now + rest
    endpoint.save()
    if endpoint.is_active and now - endpoint.failing_since >= OFF_AFTER:
        endpoint_off(endpoint, OffReason.FAILING)
