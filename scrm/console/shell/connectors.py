"""What came in by every connector (PL-11)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from django.db.models import Count, Max, Q
from django.utils.translation import gettext as _plain
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from scrm.console.columns import Column
from scrm.console.elements import Action, Badge, Kpi
from scrm.console.filters import ChoiceFilter, Filter, ListQuery, Sort
from scrm.console.navigation import Item, item_register
from scrm.console.pages.lists import ListPage
from scrm.console.shell.imports import UPLOADS
from scrm.console.writing import datetime_text, thousands
from scrm.events.models import JobState
from scrm.files.connectors import (
    CONNECTORS,
    RUN_KINDS,
    Figures,
    connector_figures_register,
    connectors_shown,
    runs_list,
)
from scrm.files.models import ConnectorRun
from scrm.webhooks.models import DeliveryState, WebhookDelivery

if TYPE_CHECKING:
    from django.db.models import QuerySet


def _why(run: ConnectorRun) -> str:
    """The error that ended it, else why rows were refused."""
    error = run.error or (run.job.error if run.job is not None else "")
    if error:
        return error
    found = sorted(run.reasons.items(), key=lambda pair: (-pair[1], pair[0]))[:3]
    return ", ".join(f"{code} × {count}" for code, count in found)


def _state(run: ConnectorRun) -> Badge:
    state = "" if run.job is None else run.job.state
    if run.error or state == JobState.FAILED:
        return Badge(_("失败"), "bad")
    if state == JobState.CANCELLED:
        return Badge(_("已取消"), "muted")
    return Badge(_("已结束"), "good") if run.finished_at else Badge(_("进行中"), "info")


def _connector(run: ConnectorRun) -> str:
    known = CONNECTORS.get(run.connector)
    return str(known.label) if known is not None else run.connector


class RunListPage(ListPage):
    """What came in by every connector: rows read, accepted, rejected and why (PL-11)."""

    permission = "imports.view"
    title = _("数据接入")
    nav_key = "imports"
    url_name = "imports"
    template_name = "console/connectors.html"
    noun = _("次运行")
    empty_title = _("还没有运行记录")
    empty_text = _("文件导入、接口批量写入和企业微信同步的每次运行都会记在这里。")
    empty_icon = "plug"
    columns: ClassVar[Sequence[Column]] = (
        Column(key="connector", label=_("连接器"), value=_connector, is_primary=True),
        Column(key="kind", label=_("内容"), value=lambda run: RUN_KINDS.get(run.kind, run.kind)),
        Column(key="name", label=_("名称")),
        Column(key="state", label=_("状态"), kind="status", value=_state),
        Column(key="read", label=_("读取"), kind="number"),
        Column(key="accepted", label=_("接收"), kind="number"),
        Column(key="rejected", label=_("拒绝"), kind="number"),
        Column(key="reasons", label=_("原因"), value=_why),
        Column(key="started_by", label=_("发起人"), on_phone=False),
        Column(key="started_at", label=_("开始时间"), kind="datetime"),
    )
    filters: ClassVar[Sequence[Filter]] = (
        ChoiceFilter(
            key="connector",
            label=_("连接器"),
            choices=lambda: [(key, known.label) for key, known in CONNECTORS.items()],
        ),
        ChoiceFilter(key="kind", label=_("内容"), choices=lambda: sorted(RUN_KINDS.items())),
    )
    sorts: ClassVar[Sequence[Sort]] = (
        Sort(key="-started", label=_("最新"), order=("-started_at", "-id")),
    )

    @override
    def queryset(self, query: ListQuery) -> QuerySet[ConnectorRun]:
        return runs_list(connectors=query.all("connector"), kinds=query.all("kind"))

    @override
    def row_url(self, row: ConnectorRun) -> str:
        if row.job is None or not self.may("jobs.view"):
            return ""
        return self.url("job", job_id=row.job.public_id)

    @override
    def context(self) -> dict[str, object]:
        return {
            "connectors": [
                Kpi(
                    label=connector.label,
                    value=thousands(figures.accepted),
                    note=self._note(figures),
                    href=f"?connector={connector.key}",
                    explain=connector.hint,
                )
                for connector, figures in connectors_shown()
            ]
        }

    def _note(self, figures: Figures) -> str:
        if figures.last_at is None:
            return _plain("近 7 天没有运行")
        told = {
            "rejected": thousands(figures.rejected),
            "failed": thousands(figures.failed),
            "at": datetime_text(figures.last_at),
        }
        if figures.failed:
            return _plain("失败 %(failed)s 次 · 拒绝 %(rejected)s · 最近 %(at)s") % told
        return _plain("拒绝 %(rejected)s · 最近 %(at)s") % told

    @override
    def actions(self) -> Sequence[Action]:
        return [
            Action(
                label=view.title,
                href=self.url(view.url_name),
                icon="upload",
                permission=view.permission,
            )
            for _kind, view in sorted(UPLOADS.items())
        ]


def _deliveries(since: datetime) -> Figures:
    """What left by webhooks; those that wait are neither taken nor refused yet."""
    sums = WebhookDelivery.objects.filter(created_at__gte=since).aggregate(
        taken=Count("pk", filter=Q(state=DeliveryState.DELIVERED)),
        failed=Count("pk", filter=Q(state=DeliveryState.FAILED)),
        last=Max("created_at"),
    )
    return Figures(
        read=sums["taken"] + sums["failed"],
        accepted=sums["taken"],
        rejected=sums["failed"],
        last_at=sums["last"],
    )


connector_figures_register("webhooks", _deliveries)
item_register(
    Item(
        key="imports",
        section="settings",
        label=RunListPage.title,
        permission="imports.view",
        order=60,
    )
)
