"""Put right what a dead worker or a lost answer left behind; never send anything blindly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from communities.outreach.models import PushBatch, PushRecipient
from communities.outreach.rules import (
    BatchState,
    Listed,
    Reason,
    RecipientState,
    is_same_broadcast,
    listed_candidates,
)
from communities.outreach.services import wire
from communities.outreach.services.claims import Claim, batch_absent, batch_failed, batch_sent
from communities.outreach.services.states import pushes_advance
from scrm.core import clock
from scrm.tenants.context import require_tenant_id
from scrm.tenants.turns import turns_take
from scrm.wecom.errors import WeComError, WeComRefused

log = structlog.get_logger(__name__)
SWEEP_SECONDS = 60.0
REASON = "lost calls of every tenant are looked up in fair turns"
LOOKUP_CHUNK = 200
# WeCom's clock may be behind ours.
SKEW = timedelta(minutes=2)
NOT_OURS = frozenset({41046, 41047})

_EXPIRED_CLAIMS = """
    UPDATE communities_pushbatch
    SET state = 'pending', lease_until = NULL, updated_at = now()
    WHERE tenant_id = %s AND state = 'claimed' AND lease_until < clock_timestamp()
"""
_EXPIRED_SENDING = """
    UPDATE communities_pushbatch
    SET state = 'unknown', lease_until = NULL, unknown_at = %s, deaths = deaths + 1,
        error = 'worker lost', updated_at = now()
    WHERE tenant_id = %s AND state = 'sending' AND lease_until < clock_timestamp()
    RETURNING id
"""


def pushes_sweep(*, seconds: float = SWEEP_SECONDS) -> int:
    """Visit each tenant once; returns the calls decided."""
    return turns_take("sweep", tenant_sweep, reason=REASON, seconds=seconds, most_rounds=1)


def tenant_sweep() -> int:
    """One turn of one tenant."""
    decided = leases_expire() + unknown_resolve()
    pushes_advance()
    return decided


@transaction.atomic
def leases_expire() -> int:
    """A claim that ran out is free again; a call that was on its way is unknown."""
    tenant = require_tenant_id()
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRED_CLAIMS, [tenant])
        freed = int(cursor.rowcount)
        cursor.execute(_EXPIRED_SENDING, [clock.now(), tenant])
        lost = [row[0] for row in cursor.fetchall()]
    PushRecipient.objects.filter(batch_id__in=lost, state=RecipientState.QUEUED).update(
        state=RecipientState.UNKNOWN
    )
    return freed + len(lost)


def unknown_resolve() -> int:
    """Ask WeCom about the calls whose answer was lost, one listing per corp."""
    decided = 0
    by_corp: dict[int, list[PushBatch]] = defaultdict(list)
    for batch in _lookups_claim():
        by_corp[batch.corp_id].append(batch)
    for corp_id, batches in by_corp.items():
        try:
            decided += _resolve(corp_id, batches)
        except WeComError as refusal:
            # No complete answer proves nothing: they stay unknown and are looked up again.
            log.warning("push_lookup_failed", corp=corp_id, error=str(refusal))
    return decided


@transaction.atomic
def _lookups_claim() -> list[PushBatch]:
    """Unknown calls older than the grace whose next look is due; the look itself is leased."""
    now = clock.now()
    grace = timedelta(seconds=settings.PUSH_GRACE_SECONDS)
    due = list(
        PushBatch.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(Q(next_poll_at=None) | Q(next_poll_at__lte=now))
        .filter(state=BatchState.UNKNOWN, unknown_at__lte=now - grace)
        .order_by("unknown_at", "id")[:LOOKUP_CHUNK]
    )
    PushBatch.objects.filter(pk__in=[batch.pk for batch in due]).update(next_poll_at=now + grace)
    return due


def _resolve(corp_id: int, batches: Sequence[PushBatch]) -> int:
    since = min(batch.sending_at or batch.created_at for batch in batches) - SKEW
    listed = list(wire.broadcasts_listed(corp_id=corp_id, start=since, end=clock.now() + SKEW))
    known = frozenset(
        PushBatch.objects.filter(
            corp_id=corp_id, msgid__in=[one.msgid for one in listed]
        ).values_list("msgid", flat=True)
    )
    taken: set[str] = set()
    for batch in batches:
        found = _lookup(batch, listed, known=known | taken)
        if found:
            taken.add(found)
        _decide(batch, found)
    return len(batches)


def _lookup(batch: PushBatch, listed: Sequence[Listed], *, known: frozenset[str]) -> str:
    """The msgid of our broadcast in WeCom's list, or nothing if it is certainly not there."""
    wanted = list(
        PushRecipient.objects.filter(batch=batch).values_list("external_userid", flat=True)
    )
    candidates = listed_candidates(
        listed,
        text=batch.text,
        since=(batch.sending_at or batch.created_at) - SKEW,
        known=known,
    )
    for one in candidates:
        if _recipients_match(batch, one.msgid, wanted):
            return one.msgid
    return ""


def _recipients_match(batch: PushBatch, msgid: str, wanted: Sequence[str]) -> bool:
    try:
        has_task = wire.sender_has_confirmed(
            corp_id=batch.corp_id, msgid=msgid, sender=batch.sender
        )
        if has_task is None:
            return False
        outcomes = wire.broadcast_outcomes(corp_id=batch.corp_id, msgid=msgid, sender=batch.sender)
    except WeComRefused as refusal:
        if refusal.errcode in NOT_OURS:
            return False
        raise
    return is_same_broadcast([one.external_userid for one in outcomes], wanted)


def _decide(batch: PushBatch, msgid: str) -> None:
    if batch.claim is None:
        return
    claim = Claim(batch_id=batch.pk, token=batch.claim)
    if msgid:
        batch_sent(claim, msgid=msgid)
    elif batch.deaths >= settings.PUSH_POISON_DEATHS:
        batch_failed(claim, reason=Reason.POISON, error=f"{batch.deaths} workers died on it")
    else:
        wait = timedelta(seconds=settings.PUSH_GRACE_SECONDS / 2)
        batch_absent(claim, wanted=settings.PUSH_ABSENT_LOOKUPS, wait=wait)


def unknown_count() -> int:
    """Recipients whose submission is being looked up, for the alarm."""
    return PushRecipient.objects.filter(state=RecipientState.UNKNOWN).count()


__all__ = ["leases_expire", "pushes_sweep", "unknown_count", "unknown_resolve"]
