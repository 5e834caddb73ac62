"""Spend welcome codes before they die: taken from the inbox, sent, and written down (EC-86)."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import F, Q

from scrm.core import clock
from scrm.core.errors import InvalidValue
from scrm.events.bus import publish
from scrm.wecom.callbacks.parser import CallbackUnreadable, ContactFact, callback_read
from scrm.wecom.errors import WeComError, WeComLimited, WeComRefused, WeComUnknown
from scrm.wecom.gateway import WelcomeContent, gateway_for
from scrm.wecom.models import CallbackEvent, ExternalContact, WelcomeState, WelcomeTask
from scrm.wecom.welcome.providers import welcome_content

log = structlog.get_logger(__name__)
DEADLINE = timedelta(seconds=18)  # WeCom's twenty, less the way there
CHUNK = 20
TURN_SECONDS = 3.0  # then other brands' codes have their turn: theirs die just as fast
KEEP_DAYS = 30
LEASE = timedelta(
    seconds=12
)  # longer than one send; a killed worker's code comes back while it lives
RETRY = timedelta(seconds=1)
NICKNAME = "{昵称}"
_ALREADY_SPENT = 41051
_DEAD = 41050


def welcomes_send(*, seconds: float = TURN_SECONDS) -> int:
    """Send the active tenant's due welcomes for a while; returns how many codes were tried."""
    _take_codes()
    _miss_late()
    count, end = 0, time.monotonic() + seconds
    while rows := _claim():
        for row in rows:
            _send(row)
        count += len(rows)
        if time.monotonic() > end:
            break
    return count


def welcomes_trim() -> int:
    """Forget welcomes that ended longer than KEEP_DAYS ago."""
    old = clock.now() - timedelta(days=KEEP_DAYS)
    count, _by_kind = WelcomeTask.objects.filter(finished_at__lt=old).delete()
    return count


def welcomes_waiting() -> bool:
    """Whether a code of the active tenant is still to be spent (it may have to be tried again)."""
    return WelcomeTask.objects.filter(state=WelcomeState.WAITING).exists()


def _take_codes() -> None:
    """Turn callbacks with a code into tasks; a code that came twice (half, then whole) is one task."""
    with transaction.atomic():
        events = list(
            CallbackEvent.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(has_welcome=True, welcomed_at=None)
            .order_by("id")[:CHUNK]
        )
        tasks = [task for event in events if (task := _task(event)) is not None]
        WelcomeTask.objects.bulk_create(tasks, ignore_conflicts=True)
        CallbackEvent.objects.filter(pk__in=[event.pk for event in events]).update(
            welcomed_at=clock.now()
        )
    if len(events) == CHUNK:
        _take_codes()


def _task(event: CallbackEvent) -> WelcomeTask | None:
    try:
        fact = callback_read(event.raw)
    except CallbackUnreadable:
        return None
    if not isinstance(fact, ContactFact) or not 0 < len(fact.welcome_code) <= 128:  # noqa: PLR2004
        return None
    return WelcomeTask(
        corp_id=event.corp_id,
        code=fact.welcome_code,
        userid=fact.userid,
        external_userid=fact.external_userid,
        state_param=fact.state[:64],
        received_at=event.received_at,
        # WeCom's own clock decides in the end (41050); ours may differ from it.
        deadline=event.received_at + DEADLINE,
    )


def _miss_late() -> None:
    late = WelcomeTask.objects.filter(state=WelcomeState.WAITING, deadline__lte=clock.now())
    for row in late.select_related("corp").order_by("pk"):
        _finish(row, WelcomeState.MISSED, row.errcode)


def _claim() -> list[WelcomeTask]:
    at = clock.now()
    with transaction.atomic():
        rows = list(
            WelcomeTask.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("corp")
            .filter(state=WelcomeState.WAITING, deadline__gt=at)
            .filter(Q(not_before=None) | Q(not_before__lte=at))
            .order_by("deadline")[
                :1
            ]  # one at a time, so that a slow answer holds up nobody else's code
        )
        WelcomeTask.objects.filter(pk__in=[row.pk for row in rows]).update(
            not_before=at + LEASE, attempts=F("attempts") + 1
        )
    for row in rows:
        row.attempts += 1
    return rows


def _send(row: WelcomeTask) -> None:
    content = welcome_content(corp_id=row.corp.corp_id, userid=row.userid, state=row.state_param)
    if content is None:
        _finish(row, WelcomeState.SKIPPED, None)
        return
    if clock.now() >= row.deadline:
        _finish(row, WelcomeState.MISSED, None)
        return
    try:
        gateway_for(row.corp).welcome_send(code=row.code, content=_worded(row, content))
    except WeComRefused as refused:
        _refused(row, refused.errcode)
    except (WeComLimited, WeComUnknown) as fault:
        _try_again(row, fault)
    except WeComError as fault:
        _finish(row, WelcomeState.FAILED, fault.errcode)
    except InvalidValue:
        log.exception("wecom_welcome_content_invalid", userid=row.userid)
        _finish(row, WelcomeState.FAILED, None)
    else:
        _finish(row, WelcomeState.SENT, 0)


def _worded(row: WelcomeTask, content: WelcomeContent) -> WelcomeContent:
    """The words with the customer's name in them; WeCom is asked when our books do not know it yet."""
    if NICKNAME not in content.text:
        return content
    known = ExternalContact.objects.filter(corp=row.corp, external_userid=row.external_userid)
    name = known.values_list("name", flat=True).first()
    if not name:
        name = gateway_for(row.corp).contact_get(row.external_userid).contact.name
    return replace(content, text=content.text.replace(NICKNAME, name))


def _refused(row: WelcomeTask, errcode: int) -> None:
    if errcode == _ALREADY_SPENT:
        # After an attempt without an answer it was most likely ours that arrived.
        ours = row.attempts > 1 and row.errcode == 0
        _finish(row, WelcomeState.SENT if ours else WelcomeState.DONE_ELSEWHERE, errcode)
    elif errcode == _DEAD:
        _finish(row, WelcomeState.MISSED, errcode)
    else:
        _finish(row, WelcomeState.FAILED, errcode)


def _try_again(row: WelcomeTask, fault: WeComLimited | WeComUnknown) -> None:
    """41096 and silence: a second try is safe, the code works once. Until the deadline only."""
    wait = max(RETRY, timedelta(seconds=min(getattr(fault, "retry_after", 1.0), 2.0)))
    at = clock.now() + wait
    if at >= row.deadline:
        _finish(row, WelcomeState.MISSED, fault.errcode)
        return
    # errcode 0 remembers that an attempt got no answer.
    WelcomeTask.objects.filter(pk=row.pk, state=WelcomeState.WAITING).update(
        not_before=at, errcode=0 if isinstance(fault, WeComUnknown) else fault.errcode
    )


def _finish(row: WelcomeTask, state: WelcomeState, errcode: int | None) -> None:
    at = clock.now()
    with transaction.atomic():
        finished = WelcomeTask.objects.filter(pk=row.pk, state=WelcomeState.WAITING).update(
            state=state, errcode=errcode, finished_at=at, not_before=None
        )
        if not finished:
            return
        seconds = (at - row.received_at).total_seconds()
        publish(
            "wecom.welcome_finished",
            subject=row.external_userid,
            payload={
                "corp_id": row.corp.corp_id,
                "userid": row.userid,
                "external_userid": row.external_userid,
                "state": state.value,
                "errcode": errcode,
                "milliseconds": int(seconds * 1000),
            },
        )
    log.info(
        "wecom_welcome_finished", state=state.value, seconds=round(seconds, 3), errcode=errcode
    )
