"""To-dos of the platform itself: work that failed, facts that are stuck, deeds that wait for a second pair of eyes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from scrm.access.permissions import PERMISSIONS
from scrm.approvals.kinds import kinds_decided_by
from scrm.approvals.models import Approval, ApprovalState
from scrm.approvals.selectors import actor_key
from scrm.console.workbench import (
    Recent,
    RecentSource,
    Todo,
    recent_register,
    todo_register,
)
from scrm.core import clock
from scrm.events.jobs.nightly import nights_failed
from scrm.events.jobs.services import JOB_KINDS
from scrm.events.models import Job, JobRun, JobState, OutboxEvent
from scrm.events.parked import parked_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from scrm.console.pages.base import ConsolePage

_LATELY = timedelta(days=7)


def _jobs(_page: ConsolePage) -> QuerySet[Job]:
    return Job.objects.filter(state=JobState.FAILED, finished_at__gte=clock.now() - _LATELY)


def _nights(_page: ConsolePage) -> QuerySet[JobRun]:
    return nights_failed()


def _events(_page: ConsolePage) -> QuerySet[OutboxEvent]:
    return parked_list()


def _approvals(page: ConsolePage) -> QuerySet[Approval] | None:
    mine = kinds_decided_by({name for name in PERMISSIONS if page.may(name)})
    if not mine:
        return None
    waiting = Approval.objects.filter(state=ApprovalState.WAITING, kind__in=mine)
    return waiting.exclude(requested_by=actor_key())


def _recent_jobs(limit: int) -> Sequence[Recent]:
    rows = Job.objects.order_by("-created_at", "-id")[:limit]
    return [
        Recent(
            title=str(JOB_KINDS.get(row.kind, row.kind)),
            kind=_("任务"),
            at=row.created_at,
            page="job",
            arguments=(("job_id", row.public_id),),
        )
        for row in rows
    ]


todo_register(
    Todo(
        key="approvals",
        label=_("等你审批"),
        icon="shield-check",
        permission="",
        page="approvals",
        rows=_approvals,
        since="created_at",
        order=10,
    )
)
todo_register(
    Todo(
        key="jobs",
        label=_("近 7 天失败的任务"),
        icon="list-check",
        permission="jobs.view",
        page="jobs",
        query="state=failed",
        rows=_jobs,
        since="finished_at",
        order=30,
    )
)
todo_register(
    Todo(
        key="nights",
        label=_("夜间计算失败"),
        icon="clock",
        permission="jobs.view",
        page="operation",
        rows=_nights,
        since="started_at",
        order=40,
    )
)
todo_register(
    Todo(
        key="events",
        label=_("搁置的事件"),
        icon="alert-triangle",
        permission="jobs.view",
        page="operation",
        rows=_events,
        since="parked_at",
        order=50,
    )
)
recent_register(RecentSource(key="jobs", permission="jobs.view", load=_recent_jobs, order=90))
