"""Sign-ins leave rows behind that belong to no brand: sessions that ended, attempts nobody asks about."""

from __future__ import annotations

from datetime import timedelta

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session

from scrm.core import clock

KEEP = timedelta(days=30)


def sign_ins_tidy() -> int:
    """Delete sessions that have ended and attempts older than thirty days; returns how many rows."""
    at = clock.now()
    removed, _per_model = Session.objects.filter(expire_date__lt=at).delete()
    for log in (AccessAttempt, AccessFailureLog, AccessLog):
        gone, _per_model = log.objects.filter(attempt_time__lt=at - KEEP).delete()
        removed += gone
    return removed
