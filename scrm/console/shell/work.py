"""The task centre: long work of the brand with its progress, its outcome, and a second try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _plain
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from scrm.console.columns import Column, Table, table_make
from scrm.console.components.basic import meter_html
from scrm.console.elements import Action, Badge, Crumb, JobProgress, Tone
from scrm.console.filters import ChoiceFilter, Filter, ListQuery, Sort
from scrm.console.pages.base import ConsolePage
from scrm.console.pages.detail import DetailPage
from scrm.console.pages.forms import ActPage
from scrm.console.pages.lists import ListPage
from scrm.console.requests import STOP_POLLING, toast
from scrm.console.routes import page_url
from scrm.console.writing import datetime_text
from scrm.core import clock
from scrm.core.errors import Forbidden
from scrm.events.jobs.selectors import jobs_list, jobs_open_count
from scrm.events.jobs.services import (
    JOB_KINDS,
    JOB_WAYS,
    OPEN,
    job_can_retry,
    job_cancel,
    job_get,
    job_retry,
)
from scrm.events.models import Job, JobState
from scrm.files.imports import import_faults

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

_STATES: dict[str, tuple[object, Tone]] = {
    JobState.WAITING: (_("排队中"), "neutral"),
    JobState.RUNNING: (_("进行中"), "info"),
    JobState.DONE: (_("已完成"), "good"),
    JobState.FAILED: (_("失败"), "bad"),
    JobState.CANCELLED: (_("已取消"), "muted"),
}
# Members of a job's result, in words; others are no business of people.
_RESULTS = {"rows": _("行数"), "taken": _("已接收"), "refused": _("被拒绝")}
_FAULTS_SHOWN = 20


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
        note=job.error or job.label,
        poll_url=page_url(tenant_slug, "job-progress", job_id=job.public_id),
        result_url=job_result_url(job, tenant_slug=tenant_slug),
    )


def job_result_url(job: Job, *, tenant_slug: str) -> str:
    """Where the file that the job made is downloaded; empty without one."""
    file = job.result.get("file")
    if job.state != JobState.DONE or not isinstance(file, str):
        return ""
    return page_url(tenant_slug, "file-download", file_id=file)


def _progress(job: Job) -> SafeString:
    share = 10_000 if job.state == JobState.DONE else 0
    if job.total and not share:
        share = (job.done + job.failed) * 10_000 // job.total
    return meter_html(share, _plain("进度"), tone="bad" if job.state == JobState.FAILED else "")


def _state(job: Job) -> Any:
    return job.state if job.state in {"waiting", "running", "done", "failed"} else "stopped"


def _kinds() -> list[tuple[str, Any]]:
    return sorted(JOB_KINDS.items())


def job_actions(page: ConsolePage, job: Job, *, with_retry: bool) -> list[Action]:
    """What can be done about a job, the gravest first."""
    found = []
    if job.state in OPEN:
        url = page.url("job-cancel", job_id=job.public_id)
        found.append(Action(label=_("取消"), href=url, method="post", permission="jobs.control"))
    if with_retry and _may_retry(page, job):
        url = page.url("job-retry", job_id=job.public_id)
        is_part = job.state == JobState.DONE
        label = _("重试失败部分") if is_part else _("继续")
        found.append(
            Action(label=label, href=url, icon="refresh", method="post", permission="jobs.control")
        )
    result = job_result_url(job, tenant_slug=page.request.tenant.slug)
    if result:
        found.append(
            Action(label=_("下载结果"), href=result, icon="download", permission="exports.view")
        )
    return found


def _may_retry(page: ConsolePage, job: Job) -> bool:
    ways = JOB_WAYS.get(job.kind)
    needed = ways.permission if ways is not None else ""
    return page.may(needed or "jobs.run") and job_can_retry(job)


class JobListPage(ListPage):
    """Everything that runs longer than two seconds, newest first."""

    permission = "jobs.view"
    title = _("任务中心")
    nav_key = "jobs"
    url_name = "jobs"
    noun = _("个任务")
    empty_title = _("还没有任务")
    empty_text = _("导入、导出、群发、夜间计算等耗时的工作会出现在这里，离开页面也会继续。")
    empty_icon = "list-check"
    columns: ClassVar[Sequence[Column]] = (
        Column(
            key="kind",
            label=_("任务"),
            value=lambda job: JOB_KINDS.get(job.kind, job.kind),
            is_primary=True,
        ),
        Column(key="label", label=_("内容")),
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
        Column(key="error", label=_("说明"), optional=True),
    )
    filters: ClassVar[Sequence[Filter]] = (
        ChoiceFilter(
            key="by",
            label=_("发起人"),
            choices=[("me", _("我发起的")), ("brand", _("全品牌"))],
            is_single=True,
        ),
        ChoiceFilter(
            key="state",
            label=_("状态"),
            choices=[(state, words[0]) for state, words in _STATES.items()],  # type: ignore[misc]
        ),
        ChoiceFilter(key="kind", label=_("任务"), choices=_kinds),
    )
    sorts: ClassVar[Sequence[Sort]] = (
        Sort(key="-created", label=_("最新"), order=("-created_at", "-id")),
    )

    @override
    def queryset(self, query: ListQuery) -> QuerySet[Job]:
        mine = ("operator", str(self.request.operator.pk)) if query.one("by") == "me" else None
        return jobs_list(states=query.all("state"), kinds=query.all("kind"), actor=mine)

    @override
    def row_url(self, row: Job) -> str:
        return self.url("job", job_id=row.public_id)

    @override
    def row_actions(self, row: Job) -> Sequence[Action]:
        # Whether a refused part was retried already costs a query a row: asked on the job's page only.
        is_stopped = row.state in {JobState.FAILED, JobState.CANCELLED}
        return job_actions(self, row, with_retry=is_stopped)


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
    def subtitle(self) -> str:
        return str(self.subject.label)

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("任务中心"), self.url("jobs"))]

    @override
    def actions(self) -> Sequence[Action]:
        return job_actions(self, self.subject, with_retry=True)

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
                *((label, job.result[key]) for key, label in _RESULTS.items() if key in job.result),
            ],
            **self._faults(),
        }

    def _faults(self) -> dict[str, object]:
        """The first refused rows of an import, for who may see its rows."""
        job, ways = self.subject, JOB_WAYS.get(self.subject.kind)
        if not job.failed or ways is None or not self.may(ways.permission):
            return {}
        faults = import_faults(job, limit=_FAULTS_SHOWN)
        if not faults:
            return {}
        table: Table = table_make(caption=_plain("被拒绝的行"), columns=_FAULT_COLUMNS, rows=faults)
        url = self.url("import-faults", job_id=job.public_id)
        return {"faults": table, "faults_url": url, "faults_more": job.failed - len(faults)}


_FAULT_COLUMNS = (
    Column(key="row_no", label=_("行号"), kind="number", is_primary=True),
    Column(key="code", label=_("错误代码")),
    Column(key="detail", label=_("原因")),
    Column(key="cells", label=_("原始内容"), value=lambda row: " | ".join(row.cells)),
)


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


class JobsIndicatorPart(ConsolePage):
    """The number beside the task centre's sign, fetched every two seconds while anything runs."""

    permission = "jobs.view"

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        count = jobs_open_count()
        context: dict[str, object] = {
            "jobs_url": self.url("jobs"),
            "jobs_poll_url": self.url("jobs-indicator"),
            "jobs_open": count,
        }
        return self.fragment(
            "console/shell/_jobs_indicator.html", context, status=200 if count else STOP_POLLING
        )


class JobCancelAct(ActPage):
    """Stop a job; what it has done stays done, and it may go on later."""

    permission = "jobs.control"
    url_name = "job-cancel"

    @override
    def act(self) -> str:
        job = job_cancel(public_id=self.kwargs["job_id"])
        told = _plain("任务已取消，已完成的部分保留")
        if job.state != JobState.CANCELLED:
            told = _plain("任务已经结束")
        toast(self.request, "info", told)
        return self.url("job", job_id=job.public_id)


class JobRetryAct(ActPage):
    """Go on where a job stopped, or repeat only the rows that were refused."""

    permission = "jobs.control"
    url_name = "job-retry"

    @override
    def act(self) -> str:
        job = job_get(self.kwargs["job_id"])
        ways = JOB_WAYS.get(job.kind)
        if not self.may((ways.permission if ways is not None else "") or "jobs.run"):
            raise Forbidden
        again = job_retry(public_id=job.public_id)
        toast(self.request, "success", _plain("已开始重试"))
        return self.url("job", job_id=again.public_id)
