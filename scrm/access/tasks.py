"""Housekeeping of what belongs to the platform and to no brand."""

from __future__ import annotations

from celery import shared_task

from scrm.access.tidying import sign_ins_tidy


@shared_task(name="nightly.sign_ins_tidy")
def nightly_sign_ins_tidy() -> int:
    """Forget sessions that have ended and old attempts to sign in."""
    return sign_ins_tidy()
