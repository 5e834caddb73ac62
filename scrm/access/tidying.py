"""Sign-ins leave rows behind that belong to no brand: sessions that ended, attempts nobody asks about."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session

from scrm.access.models import Mail, OperatorSession, ResetLink
from scrm.access.signin.models import MailState
from scrm.access.signin.sessions import LONGEST
from scrm.core import clock

if TYPE_CHECKING:
    from django.db.models import QuerySet

KEEP = timedelta(days=30)


def _all_gone(rows: QuerySet[Any]) -> int:
    removed, _per_model = rows.delete()
    return removed


def sign_ins_tidy() -> int:
    """Delete sessions that have ended, old attempts, links and letters; returns how many rows."""
    at = clock.now()
    removed, _per_model = Session.objects.filter(expire_date__lt=at).delete()
    removed += _all_gone(OperatorSession.objects.filter(last_seen_at__lt=at - LONGEST))
    removed += _all_gone(ResetLink.objects.filter(created_at__lt=at - KEEP))
    removed += _all_gone(Mail.objects.filter(created_at__lt=at - KEEP))
    dropped = Mail.objects.filter(state=MailState.DROPPED, created_at__lt=at - timedelta(days=1))
    removed += _all_gone(dropped)
    for log in (AccessAttempt, AccessFailureLog, AccessLog):
        gone, _per_model = log.objects.filter(attempt_time__lt=at - KEEP).delete()
        removed += gone
    return removed
