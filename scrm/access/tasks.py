"""Housekeeping of what belongs to the platform and to no brand."""

from __future__ import annotations

from celery import shared_task

from scrm.access.signin.mail import BELL, mails_send
from scrm.access.tidying import sign_ins_tidy
from scrm.events.bell import doorbell_register


@shared_task(name="nightly.sign_ins_tidy")
def nightly_sign_ins_tidy() -> int:
    """Forget sessions that have ended and old attempts to sign in."""
    return sign_ins_tidy()


@shared_task(name="jobs.mail")
def jobs_mail() -> int:
    """Send the letters that wait."""
    return mails_send()


doorbell_register(BELL, "jobs.mail")
