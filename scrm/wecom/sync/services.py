"""Ask WeCom for everything, page by page, from where the last attempt stopped."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, transaction
from django.utils.translation import gettext as _

from scrm.core import clock
from scrm.core.errors import InvalidTransition
from scrm.events.audit import record
from scrm.events.bell import ring
from scrm.events.jobs.services import (
    JobLater,
    JobLost,
    job_advance,
    job_fail,
    job_finish,
    job_start,
)
from scrm.events.models import Job, JobState
from scrm.files.connectors import run_record
from scrm.wecom.contacts.departments import departments_told
from scrm.wecom.contacts.members import member_told
from scrm.wecom.contacts.services import contacts_told, relations_not_seen, told_by_list
from scrm.wecom.contacts.tags import tags_told
from scrm.wecom.errors import WeComError, WeComLimited, WeComRefused, WeComUnknown
from scrm.wecom.gateway import Gateway, Member, Party, corp_get, corps_active, gateway_for
from scrm.wecom.models import CorpState, SyncState

if TYPE_CHECKING:
    from scrm.wecom.models import WeComCorp

KIND = "wecom.sync"
STAFF_A_CALL = 100
STALE = timedelta(minutes=50)
# A worker's task may take 240 s; a page takes less than the rest.
BUDGET_SECONDS = 150.0
FAULTS = 30  # "not now" answers in a row of tries, about one every ten seconds, before it gives up
_BAD_CURSOR = 50100
_NO_CUSTOMERS = 84061
_HIDDEN = frozenset({60011, 48001, 48002, 48006, 60123})


def sync_start(*, corp: WeComCorp) -> Job:
    """A sync of this application; InvalidTransition if one is under way or the application is stopped."""
    with transaction.atomic():
        state = _state_locked(corp)
        if corp.state != CorpState.ACTIVE:
            raise InvalidTransition(_("应用已停用，请先更正接入"))
        if _job_open(state) is not None:
            raise InvalidTransition(_("同步正在进行中"))
        job = job_start(KIND, params={"corp": corp.public_id})
        state.job_id, state.phase, state.cursor, state.error = job.public_id, "waiting", "", ""
        state.started_at, state.finished_at = clock.now(), None
        state.save()
        record("wecom.sync_started", object_type="wecom_corp", object_id=corp.public_id)
        ring("jobs")
        return job


def sync_reconcile() -> int:
    """Start a sync of every application of the active tenant that is due; returns how many were started."""
    count = 0
    for corp in corps_active():
        state = SyncState.objects.filter(corp=corp).first()
        if state is not None and (
            _job_open(state) is not None
            or (state.finished_at is not None and state.finished_at > clock.now() - STALE)
        ):
            continue
        sync_start(corp=corp)
        count += 1
    return count


def sync_run(job: Job) -> None:
    """The body of the job: resumes at the phase and cursor that were committed last."""
    corp = corp_get(str(job.params["corp"]))
    cursor: dict[str, Any] = job.cursor or {
        "phase": "tags",
        "began": clock.now().isoformat(),
        "chunk": 0,
        "page": "",
    }
    until = time.monotonic() + BUDGET_SECONDS
    try:
        if cursor["phase"] == "tags":
            cursor = _tags(corp, job, cursor)
        if cursor["phase"] == "staff":
            cursor = _staff(corp, job, cursor)
        while cursor["phase"] == "contacts":
            _stay_within(until)
            cursor = _contacts(corp, job, cursor)
    except (JobLost, JobLater, SoftTimeLimitExceeded, OperationalError):
        raise  # the runner goes on at the cursor
    except (WeComLimited, WeComUnknown) as fault:
        if int(cursor.get("faults", 0)) >= FAULTS:
            _failed(corp, job, fault)
            return
        with transaction.atomic():
            _advance(corp, job, {**cursor, "faults": int(cursor.get("faults", 0)) + 1})
            SyncState.objects.filter(corp=corp).update(error=f"{fault}"[:500])
        raise JobLater from fault
    except WeComError as fault:
        _failed(corp, job, fault)
        return
    except Exception as fault:
        _failed(corp, job, fault)
        raise  # the runner logs it
    with transaction.atomic():
        SyncState.objects.filter(corp=corp).update(
            phase="done", cursor="", finished_at=clock.now(), error=""
        )
        run_record(
            connector="wecom", kind="contacts", name=corp.name, accepted=job.done, reasons={}
        )
        job_finish(job, result={"corp": corp.public_id})


def _failed(corp: WeComCorp, job: Job, fault: Exception) -> None:
    """The end of a sync that did not succeed, in words, wherever people look for it."""
    with transaction.atomic():
        SyncState.objects.filter(corp=corp).update(error=f"{fault}"[:500], finished_at=clock.now())
        run_record(
            connector="wecom",
            kind="contacts",
            name=corp.name,
            accepted=job.done,
            reasons={},
            error=f"{fault}",
        )
        job_fail(job, error=f"{fault}")


def _stay_within(until: float) -> None:
    """A task is short; the next one goes on from the cursor."""
    if time.monotonic() > until:
        raise JobLater


def _tags(corp: WeComCorp, job: Job, cursor: dict[str, Any]) -> dict[str, Any]:
    groups = gateway_for(corp).tags()
    with transaction.atomic():
        tags_told(corp=corp, groups=groups, change="synced", is_complete=True)
        return _advance(corp, job, {**cursor, "phase": "staff"})


def _staff(corp: WeComCorp, job: Job, cursor: dict[str, Any]) -> dict[str, Any]:
    gateway = gateway_for(corp)
    contact_userids = frozenset(gateway.contact_members())
    parties, members = _parties_seen(gateway), _members_seen(gateway)
    named = {member.userid for member in members}
    unnamed = tuple(Member(userid=userid) for userid in sorted(contact_userids - named))
    with transaction.atomic():
        departments_told(corp=corp, parties=parties, at=clock.now())
        member_told(
            corp=corp,
            members=(*members, *unnamed),
            at=clock.now(),
            contact_userids=contact_userids,
            is_complete=True,
        )
        SyncState.objects.filter(corp=corp).update(
            staff_count=len(contact_userids), contact_count=0, changed_count=0, gone_count=0
        )
        userids = sorted(contact_userids)
        return _advance(corp, job, {**cursor, "phase": "contacts", "userids": userids})


def _members_seen(gateway: Gateway) -> tuple[Member, ...]:
    """Nobody where WeCom keeps its directory from the application."""
    try:
        return gateway.members()
    except WeComRefused as refused:
        if refused.errcode not in _HIDDEN:
            raise
        return ()


def _parties_seen(gateway: Gateway) -> tuple[Party, ...]:
    """As above, of departments."""
    try:
        return gateway.departments()
    except WeComRefused as refused:
        if refused.errcode not in _HIDDEN:
            raise
        return ()


def _contacts(corp: WeComCorp, job: Job, cursor: dict[str, Any]) -> dict[str, Any]:
    """One page of one hundred members' customers; after the last page of a hundred, who was not seen."""
    first = int(cursor["chunk"]) * STAFF_A_CALL
    userids: list[str] = cursor["userids"][first : first + STAFF_A_CALL]
    if not userids:
        return {**cursor, "phase": "done"}
    try:
        page = gateway_for(corp).contacts_batch(userids, cursor=str(cursor["page"]))
    except WeComRefused as refused:
        if refused.errcode == _NO_CUSTOMERS:
            return _chunk_done(corp, job, cursor, userids)
        if refused.errcode == _BAD_CURSOR and cursor["page"]:
            return {
                **cursor,
                "page": "",
            }  # a cursor does not live for ever: this hundred starts over
        raise
    with transaction.atomic():
        changed = contacts_told(corp=corp, told=told_by_list(page.rows))
        state = _state_locked(corp)
        state.contact_count += len(page.rows)
        state.changed_count += changed
        state.save(update_fields=["contact_count", "changed_count", "updated_at"])
        if page.cursor:
            return _advance(corp, job, {**cursor, "page": page.cursor}, done=len(page.rows))
        job_advance(job, done=len(page.rows))
    return _chunk_done(corp, job, cursor, userids)


def _chunk_done(
    corp: WeComCorp, job: Job, cursor: dict[str, Any], userids: list[str]
) -> dict[str, Any]:
    began = datetime.fromisoformat(str(cursor["began"]))
    gone = relations_not_seen(corp=corp, userids=userids, since=began)
    with transaction.atomic():
        state = _state_locked(corp)
        state.gone_count += gone
        state.save(update_fields=["gone_count", "updated_at"])
        return _advance(corp, job, {**cursor, "chunk": int(cursor["chunk"]) + 1, "page": ""})


def _advance(corp: WeComCorp, job: Job, cursor: dict[str, Any], done: int = 0) -> dict[str, Any]:
    job_advance(job, done=done, cursor=cursor)
    SyncState.objects.filter(corp=corp).update(
        phase=cursor["phase"], cursor=str(cursor["page"])[:256], job_id=job.public_id
    )
    return cursor


def _state_locked(corp: WeComCorp) -> SyncState:
    SyncState.objects.bulk_create([SyncState(corp=corp)], ignore_conflicts=True)
    return SyncState.objects.select_for_update(of=("self",)).get(corp=corp)


def _job_open(state: SyncState) -> Job | None:
    return Job.objects.filter(
        public_id=state.job_id, state__in=[JobState.WAITING, JobState.RUNNING]
    ).first()
