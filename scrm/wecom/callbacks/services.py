"""Work through the inbox: claim rows, act, write down how it went."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from scrm.core import clock
from scrm.core.errors import InvalidTransition, NotFound
from scrm.events.audit import record
from scrm.events.bell import ring
from scrm.wecom.callbacks.handlers import NotYet, fact_handle
from scrm.wecom.callbacks.parser import CallbackUnreadable, callback_read, fact_kind
from scrm.wecom.errors import WeComError, WeComLimited, WeComMisconfigured
from scrm.wecom.models import CallbackEvent, InboxState

if TYPE_CHECKING:
    from datetime import datetime

log = structlog.get_logger(__name__)
CHUNK = 20
LEASE = timedelta(seconds=90)  # longer than one callback can take with all its retries
MAX_TRIES = 10
_LONGEST_WAIT = timedelta(minutes=30)
KEEP_DAYS = 30


TURN_SECONDS = 3.0  # then another tenant's turn comes, and the rest of the chunk is anybody's


def callbacks_process(*, seconds: float = TURN_SECONDS) -> int:
    """Process the active tenant's waiting callbacks for a while; returns how many were taken."""
    taken, end = 0, time.monotonic() + seconds
    while rows := _claim():
        for index, row in enumerate(rows):
            if index and time.monotonic() > end:
                _give_back(rows[index:])
                return taken
            _process(row)
            taken += 1
        if len(rows) < CHUNK or time.monotonic() > end:
            break
    return taken


def _give_back(rows: list[CallbackEvent]) -> None:
    """Rows of the chunk nobody has looked at: not a try of theirs."""
    for row in rows:
        CallbackEvent.objects.filter(pk=row.pk, state=InboxState.WORKING, tries=row.tries).update(
            state=InboxState.WAITING, not_before=None, tries=row.tries - 1
        )


def _claim() -> list[CallbackEvent]:
    """Take rows under a lease: a killed worker's rows come back when it ends."""
    at = clock.now()
    with transaction.atomic():
        rows = list(
            CallbackEvent.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("corp")
            .filter(state__in=[InboxState.WAITING, InboxState.WORKING])
            .filter(Q(not_before=None) | Q(not_before__lte=at))
            .order_by("id")[:CHUNK]
        )
        CallbackEvent.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=InboxState.WORKING, not_before=at + LEASE, tries=F("tries") + 1
        )
    for row in rows:
        row.tries += 1
    return rows


def _process(row: CallbackEvent) -> None:
    try:
        fact = callback_read(row.raw)
        row.type, row.change = fact_kind(fact)
        acted = fact_handle(corp=row.corp, fact=fact, tries=row.tries)
    except CallbackUnreadable as fault:
        log.warning("wecom_callback_unreadable", callback=row.public_id, why=str(fault))
        _close(row, InboxState.FAILED, _("内容无法解析"))
    except NotYet:
        _later(
            row,
            clock.now() + timedelta(seconds=2 * row.tries),
            _("企业微信还没有显示这位客户，稍后再试"),
        )
    except WeComMisconfigured as fault:
        # Nothing is lost: the row waits until the binding is corrected, then is replayed.
        _close(row, InboxState.FAILED, str(fault))
    except WeComError as fault:
        _again(row, str(fault), fault)
    except SoftTimeLimitExceeded:
        raise  # the worker's time is up: the row comes back with its lease
    except Exception as fault:  # a bad row must not stop the others
        log.exception("wecom_callback_failed", callback=row.public_id)
        _again(row, f"{type(fault).__name__}: {fault}", None)
    else:
        _close(row, InboxState.DONE if acted else InboxState.IGNORED, "")


def _again(row: CallbackEvent, error: str, fault: WeComError | None) -> None:
    if row.tries >= MAX_TRIES:
        _close(row, InboxState.FAILED, error)
        return
    wait = timedelta(seconds=2**row.tries)
    if isinstance(fault, WeComLimited):
        wait = max(wait, timedelta(seconds=fault.retry_after))
    _later(row, clock.now() + min(wait, _LONGEST_WAIT), error)


def _later(row: CallbackEvent, at: datetime, error: str) -> None:
    CallbackEvent.objects.filter(pk=row.pk).update(
        state=InboxState.WAITING, not_before=at, error=error[:500], type=row.type, change=row.change
    )


def _close(row: CallbackEvent, state: InboxState, error: str) -> None:
    CallbackEvent.objects.filter(pk=row.pk).update(
        state=state,
        processed_at=clock.now(),
        not_before=None,
        error=error[:500],
        type=row.type,
        change=row.change,
    )


def callback_replay(*, public_id: str) -> CallbackEvent:
    """Process a stored callback once more; it changes nothing that a newer fact has decided."""
    with transaction.atomic():
        row = (
            CallbackEvent.objects.select_for_update(of=("self",))
            .filter(public_id=public_id)
            .first()
        )
        if row is None:
            raise NotFound
        if row.state in {InboxState.WAITING, InboxState.WORKING}:
            raise InvalidTransition(_("这条回调正在处理中"))
        before = row.state
        row.state, row.tries, row.not_before, row.error = InboxState.WAITING, 0, None, ""
        row.save(update_fields=["state", "tries", "not_before", "error", "updated_at"])
        record(
            "wecom.callback_replayed",
            object_type="wecom_callback",
            object_id=public_id,
            before={"state": before},
        )
        ring("callbacks")
        return row


def callbacks_replay_failed(*, corp_pk: int) -> int:
    """Give every failed callback of an application another chance, after its binding was corrected."""
    with transaction.atomic():
        count = CallbackEvent.objects.filter(corp_id=corp_pk, state=InboxState.FAILED).update(
            state=InboxState.WAITING, tries=0, not_before=None
        )
        if count:
            ring("callbacks")
        return count


def callbacks_trim() -> int:
    """Forget callbacks that are done and older than KEEP_DAYS."""
    old = clock.now() - timedelta(days=KEEP_DAYS)
    done = [InboxState.DONE, InboxState.IGNORED]
    count, _by_kind = CallbackEvent.objects.filter(state__in=done, received_at__lt=old).delete()
    return count
