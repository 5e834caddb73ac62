"""Letters to people: written with their reason, sent by a worker, emptied afterwards.

Which way they go is Django's EMAIL_BACKEND; the demo prints them into the worker's log.
"""

from __future__ import annotations

import smtplib
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q

from scrm.access.signin.models import Mail, MailState
from scrm.core import clock
from scrm.core.errors import InvalidValue
from scrm.events.bell import ring

if TYPE_CHECKING:
    from collections.abc import Sequence

log = structlog.get_logger(__name__)
BELL = "mail"
LEASE = timedelta(minutes=3)
MOST_TRIES = 6
_BATCH = 20
_SUBJECT_LONGEST = 200


def mail_queue(*, kind: str, to: str, subject: str, body: str) -> None:
    """Write a letter in the running transaction; a worker sends it after the commit.

    InvalidValue for an address or subject of more than one line: those would become headers.
    """
    if any(mark in to + subject for mark in "\r\n\0"):
        message = "an address and a subject are one line each"
        raise InvalidValue(message)
    Mail.objects.create(kind=kind, to=to, subject=subject[:_SUBJECT_LONGEST], body=body)
    ring(BELL)


def mail_pretend(*, kind: str) -> None:
    """The same work for somebody we do not know, so that the answer takes as long."""
    Mail.objects.create(kind=kind, subject=" ", to=" ", body=" " * 400, state=MailState.DROPPED)
    ring(BELL)


def mails_send() -> int:
    """Send what waits; returns how many went. A letter that fails waits longer each time."""
    sent = 0
    for mail in _claim():
        try:
            EmailMessage(mail.subject, mail.body, None, [mail.to]).send()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            _failed(mail, error)
            continue
        _close(mail, MailState.SENT)
        sent += 1
    return sent


def _claim() -> Sequence[Mail]:
    at = clock.now()
    with transaction.atomic():
        rows = list(
            Mail.objects.select_for_update(skip_locked=True)
            .filter(Q(not_before=None) | Q(not_before__lte=at), state=MailState.WAITING)
            .order_by("pk")[:_BATCH]
        )
        for row in rows:
            row.tries += 1
            row.not_before = at + LEASE * row.tries
            row.save(update_fields=["tries", "not_before"])
    return rows


def _failed(mail: Mail, error: Exception) -> None:
    log.warning("mail_failed", kind=mail.kind, tries=mail.tries, error=type(error).__name__)
    if mail.tries >= MOST_TRIES:
        _close(mail, MailState.FAILED, type(error).__name__)
        return
    mail.error = type(error).__name__
    mail.save(update_fields=["error"])


def _close(mail: Mail, state: str, error: str = "") -> None:
    mail.state, mail.error, mail.to, mail.body = state, error, "", ""
    mail.sent_at = clock.now() if state == MailState.SENT else None
    mail.save(update_fields=["state", "error", "to", "body", "sent_at"])


def public_address(path: str, *, base_url: str) -> str:
    """An address for a letter. The configured base wins: a forged Host header must not choose it."""
    base: str = settings.PUBLIC_BASE_URL or base_url
    return f"{base.rstrip('/')}{path}"
