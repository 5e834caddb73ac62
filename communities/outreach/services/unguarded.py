"""The control of the kill tests: calls without claims or write-ahead, which send twice when killed.

`PUSH_CLAIMING = False` turns it on; production settings refuse that.
"""

from __future__ import annotations

from communities.outreach.models import PushBatch, PushRecipient
from communities.outreach.rules import BatchState, RecipientState
from communities.outreach.services import wire
from communities.outreach.services.claims import CLAIM_CHUNK
from scrm.core import clock
from scrm.core.errors import DomainError


def batches_send_unguarded() -> int:
    """Read pending calls, make them, and say so afterwards."""
    pending = PushBatch.objects.filter(state=BatchState.PENDING).order_by("scheduled_at", "id")
    batches = list(pending[:CLAIM_CHUNK])
    for batch in batches:
        people = PushRecipient.objects.filter(batch=batch, state=RecipientState.QUEUED)
        try:
            created = wire.broadcast_create(
                corp_id=batch.corp_id,
                sender=batch.sender,
                customers=tuple(people.values_list("external_userid", flat=True)),
                text=batch.text,
                attachments=(),
            )
        except DomainError:
            continue
        PushBatch.objects.filter(pk=batch.pk).update(
            state=BatchState.SENT,
            msgid=created.msgid,
            sent_at=clock.now(),
            next_poll_at=clock.now(),
        )
        people.update(state=RecipientState.SUBMITTED)
    return len(batches)
