"""Pushes to somebody who was merged: their history follows, and nobody is written to twice."""

from __future__ import annotations

from communities.outreach.models import PushRecipient
from communities.outreach.rules import Reason, RecipientState
from members.identity.participants import MergePair, Moved
from members.identity.rowmoves import Rows

# One row per push and member: where both were in a push, each keeps the row of what was sent to them.
RECIPIENTS = Rows(PushRecipient, twins=("push_id",), leave_twins=True)


def recipients_move(pair: MergePair, limit: int) -> Moved | None:
    """Rows follow; what still waits for somebody who gets the same push already is not sent."""
    moved = RECIPIENTS.move(pair, limit)
    if moved is None:
        PushRecipient.objects.filter(
            member_id=pair.source_id, state=RecipientState.QUEUED, batch=None
        ).update(state=RecipientState.SUPPRESSED, reason=Reason.DUPLICATE)
    return moved
