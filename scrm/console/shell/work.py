"""The task centre: long work of the brand with its progress and outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _plain
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from scrm.console.columns import Column
from scrm.console.components.basic import meter_html
from scrm.console.elements import Badge, Crumb, JobProgress, Tone
from scrm.console.filters import ChoiceFilter, Filter, ListQuery, Sort
from scrm.console.pages.base import ConsolePage
from scrm.console.pages.detail import DetailPage
from scrm.console.pages.lists import ListPage
from scrm.console.requests import STOP_POLLING
from scrm.console.routes import page_url
from scrm.console.writing import datetime_text
from scrm.core import clock
from scrm.events.jobs.selectors import jobs_list
from scrm.events.jobs.services import JOB_KINDS, job_get
from scrm.events.models import Job, JobState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

_STATES: dict[str, tuple[object, Tone]] = {
    JobState.WAITING: (_("排队中"), "neutral"),
    JobState.RUNNING: (_("进行中"), "info"),
    JobState.DONE: (_("已完成"), "good"),
    JobState.FAILED: (_("失败"), "bad"),
}


def job_progress_of(job: Job, *, tenant_slug: str) -> JobProgress:
    """A job row as the kit draws it; time left is extrapolated from the pace so far."""
    total, shown = job.total, job.done + job.failed
    left = None
    if job.started_at is not None and total and shown:
        spent = int((clock.now() - job.started_at).total_seconds())
        left = spent * max(total - shown, 0) // shown
    return JobProgress(
        label=JOB_KINDS.get(job.kind, job.kind),
        done=job.done,
        failed=job.failed,
        total=total,
        state=_state(job),
        seconds_left=left,
        note=job.error,
        poll_url=page_url(tenant_slug, "job-progress", job_id=job.public_id),
    )


def _progress(job: Job) -> SafeString:
    share = 10_000 if job.state == JobState.DONE else 0
    if job.total and not share:
        share = (job.done + job.failed) * 10_000 // job.total
    return meter_html(share, _plain("进度"), tone="bad" if job.state == JobState.FAILED else "")


def _state(job: Job) -> Any:
    return job.state if job.state in {"waiting", "running", "done", "failed"} else "stopped"


class JobListPage(ListPage):
    """Everything that runs longer than two seconds, newest first."""

    permission = "jobs.view"
    title = _("任务中心")
    nav_key = "jobs"
    url_name = "jobs"
    noun = _("个任务")
    empty_title = _("还没有任务")
    empty_text = _("导入、群发、夜间计算等耗时的工作会出现在这里，离开页面也会继续。")
    empty_icon = "list-check"
    columns: ClassVar[Sequence[Column]] = (
        Column(
            key="kind",
            label=_("任务"),
            value=lambda job: JOB_KINDS.get(job.kind, job.kind),
            is_primary=True,
        ),
        Column(
            key="state",
            label=_("状态"),
            kind="status",
            value=lambda job: Badge(*_STATES.get(job.state, (job.state, "neutral"))),
        ),
        Column(key="progress", label=_("进度"), kind="html", value=_progress),
        Column(key="done", label=_("完成"), kind="number"),
        Column(key="failed", label=_("失败"), kind="number"),
        Column(key="total", label=_("总数"), kind="number", on_phone=False),
        Column(key="started_by", label=_("发起人")),
        Column(key="created_at", label=_("开始时间"), kind="datetime"),
        Column(key="error", label=_("说明")),
    )
    filters: ClassVar[Sequence[Filter]] = (
        ChoiceFilter(
            key="state",
            label=_("状态"),
            choices=[(state, words[0]) for state, words in _STATES.items()],  # type: ignore[misc]
        ),
    )
    sorts: ClassVar[Sequence[Sort]] = (
        Sort(key="-created", label=_("最新"), order=("-created_at", "-id")),
    )

    @override
    def queryset(self, query: ListQuery) -> QuerySet[Job]:
        return jobs_list(states=query.all("state"))

    @override
    def row_url(self, row: Job) -> str:
        return self.url("job", job_id=row.public_id)


class JobPage(DetailPage):
    """One piece of long work: its bar while it runs, what came of it afterwards."""

    permission = "jobs.view"
    template_name = "console/job.html"
    nav_key = "jobs"
    url_name = "job"

    @override
    def subject_get(self, job_id: str) -> Job:
        return job_get(job_id)

    @override
    def heading(self) -> str:
        return str(JOB_KINDS.get(self.subject.kind, self.subject.kind))

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("任务中心"), self.url("jobs"))]

    @override
    def context(self) -> dict[str, object]:
        job = self.subject
        return {
            "job": job_progress_of(job, tenant_slug=self.request.tenant.slug),
            "facts": [
                (_("发起人"), job.started_by),
                (_("提交时间"), datetime_text(job.created_at)),
                (_("开始时间"), datetime_text(job.started_at) if job.started_at else ""),
                (_("结束时间"), datetime_text(job.finished_at) if job.finished_at else ""),
                (_("编号"), job.public_id),
                *((str(key), value) for key, value in job.result.items()),
            ],
        }


class JobProgressPart(ConsolePage):
    """The bar of one job, fetched every two seconds until it ends; whoever saw the bar may follow it."""

    permission = ""

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        job = job_get(str(kwargs["job_id"]))
        progress = job_progress_of(job, tenant_slug=self.request.tenant.slug)
        is_over = progress.state not in {"waiting", "running"}
        return self.fragment(
            "console/shell/_job.html", {"job": progress}, status=STOP_POLLING if is_over else 200
        )
