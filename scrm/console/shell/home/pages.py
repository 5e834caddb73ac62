"""工作台: what waits, how today goes, how far the cold start is, what was worked on; and 运行状况 behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch
from django.utils.translation import gettext as _plain
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from typing_extensions import override

from scrm.console.columns import Column, Table, table_make
from scrm.console.elements import Action, Badge, Crumb
from scrm.console.navigation import items_on
from scrm.console.pages.base import ConsolePage
from scrm.console.pages.forms import ActPage
from scrm.console.requests import toast
from scrm.console.routes import Nav, page, page_open
from scrm.console.workbench import Todo, Waiting, recents_for, today_for, waiting_for
from scrm.console.writing import datetime_text
from scrm.core import clock
from scrm.core.errors import NotFound
from scrm.events.jobs.nightly import MAX_ATTEMPTS, NIGHTLY, night_retry, nights_failed
from scrm.events.models import JobRun, OutboxEvent
from scrm.events.parked import event_retry, events_retry_all, parked_list
from scrm.tenants.checklist import ItemState, NeedState, Step, checklist

_RECENT = 8
_SHOWN = 50
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_STEPS = {
    Step.DONE: Badge(_("已完成"), "good"),
    Step.OPEN: Badge(_("进行中"), "info"),
    Step.LATER: Badge(_("等待模块上线"), "muted"),
}


def age_text(seconds: int) -> str:
    """How long something has waited, roughly."""
    minutes = max(seconds, 0) // _MINUTE
    days, hours = minutes // (_DAY // _MINUTE), minutes // (_HOUR // _MINUTE)
    if days:
        return ngettext("%(n)s 天", "%(n)s 天", days) % {"n": days}
    if hours:
        return ngettext("%(n)s 小时", "%(n)s 小时", hours) % {"n": hours}
    if minutes:
        return ngettext("%(n)s 分钟", "%(n)s 分钟", minutes) % {"n": minutes}
    return _plain("刚刚")


@dataclass(frozen=True, kw_only=True)
class ShownTodo:
    """One line of the to-do list."""

    todo: Todo
    count: int
    age: str
    url: str


class HomePage(ConsolePage):
    """The first thing a person sees of a brand."""

    permission = ""
    title = _("工作台")
    template_name = "console/home.html"
    nav_key = "home"
    url_name = "home"

    @override
    def subtitle(self) -> str:
        return _plain("%(name)s，现在是 %(at)s（%(zone)s）") % {
            "name": self.request.operator.name or self.request.operator.email,
            "at": datetime_text(clock.now()),
            "zone": self.request.tenant.timezone,
        }

    @override
    def context(self) -> dict[str, object]:
        if not any(self.may(item.permission) for item in items_on()):
            return {"is_empty": True}
        return {
            "todos": [self._shown(waiting) for waiting in waiting_for(self)],
            "today": today_for(self),
            "cold_start_url": self.url("home-checklist"),
            "recent_url": self.url("home-recent"),
        }

    def _shown(self, waiting: Waiting) -> ShownTodo:
        try:
            url = self.url(waiting.todo.page)
        except NoReverseMatch:
            url = ""
        age = ""
        if waiting.since is not None:
            age = age_text(int((clock.now() - waiting.since).total_seconds()))
        query = f"?{waiting.todo.query}" if waiting.todo.query else ""
        return ShownTodo(
            todo=waiting.todo, count=waiting.count, age=age, url=f"{url}{query}" if url else ""
        )


@dataclass(frozen=True, kw_only=True)
class ShownNeed:
    """One rule of an item: what is wanted, what is there, and the way to it."""

    state: NeedState
    badge: Badge
    url: str


@page("workbench/checklist/", name="home-checklist")
class ChecklistPart(ConsolePage):
    """The cold start, computed now."""

    permission = ""
    nav_key = "home"

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        items = checklist()
        done = sum(item.step is Step.DONE for item in items)
        return self.fragment(
            "console/home/_checklist.html",
            {"items": [self._shown(item) for item in items], "done": done, "total": len(items)},
        )

    def _shown(self, item: ItemState) -> tuple[ItemState, Badge, list[ShownNeed]]:
        return item, _STEPS[item.step], [self._need(state) for state in item.needs]

    def _need(self, state: NeedState) -> ShownNeed:
        rule, url = state.rule, ""
        is_open = rule is not None and rule.page and page_open(rule.page, self.may)
        if rule is not None and is_open and (not rule.permission or self.may(rule.permission)):
            url = self.url(rule.page) + (f"?{rule.query}" if rule.query else "")
        return ShownNeed(state=state, badge=_STEPS[state.step], url=url)


@page("workbench/recent/", name="home-recent")
class RecentPart(ConsolePage):
    """What was worked on, newest first."""

    permission = ""
    nav_key = "home"

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        recents = [
            (item, self.url(item.page, **dict(item.arguments)))
            for item in recents_for(self.may, limit=_RECENT)
        ]
        return self.fragment("console/home/_recent.html", {"recents": recents})


# ------------------------------------------------------------------------------------- 运行状况
def _state(row: JobRun) -> Badge:
    if row.attempts >= MAX_ATTEMPTS:
        return Badge(_("已停止重试"), "bad")
    return Badge(_("自动重试中"), "warn")


_NIGHTS = (
    Column(
        key="job",
        label=_("步骤"),
        is_primary=True,
        value=lambda row: NIGHTLY[row.job].label if row.job in NIGHTLY else row.job,
    ),
    Column(key="local_date", label=_("日期"), kind="date"),
    Column(key="state", label=_("状态"), kind="status", value=_state),
    Column(key="attempts", label=_("次数"), kind="number"),
    Column(key="started_at", label=_("最近一次"), kind="datetime"),
    Column(key="error", label=_("原因")),
)
_EVENTS = (
    Column(key="type", label=_("事件"), is_primary=True),
    Column(key="subject", label=_("对象")),
    Column(key="parked_at", label=_("搁置时间"), kind="datetime"),
    Column(key="attempts", label=_("次数"), kind="number"),
    Column(key="error", label=_("原因")),
)


@page("settings/operation/", name="operation", nav=Nav(section="settings", order=90))
class OperationPage(ConsolePage):
    """Nights that failed and facts that are stuck, each with a way out."""

    permission = "jobs.view"
    title = _("运行状况")
    template_name = "console/home/operation.html"

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("工作台"), self.url("home"))]

    @override
    def context(self) -> dict[str, object]:
        nights = list(nights_failed().order_by("-local_date", "id")[:_SHOWN])
        events = list(parked_list().order_by("id")[:_SHOWN])
        return {
            "nights": self._nights(nights),
            "events": self._events(events),
            "retry_all": self._retry_all() if len(events) > 1 and self.may("jobs.run") else None,
        }

    def _nights(self, rows: Sequence[JobRun]) -> Table:
        return table_make(
            caption=_plain("夜间计算失败"),
            columns=_NIGHTS,
            rows=rows,
            row_actions=lambda row: self._retry(
                "night-retry", job=row.job, day=row.local_date.isoformat()
            ),
        )

    def _events(self, rows: Sequence[OutboxEvent]) -> Table:
        return table_make(
            caption=_plain("搁置的事件"),
            columns=_EVENTS,
            rows=rows,
            row_actions=lambda row: self._retry("event-retry", event_id=str(row.pk)),
        )

    def _retry(self, name: str, **arguments: str) -> Sequence[Action]:
        act = Action(label=_("重试"), href=self.url(name, **arguments), method="post")
        return [act] if self.may("jobs.run") else []

    def _retry_all(self) -> Action:
        return Action(
            label=_("全部重试"),
            href=self.url("events-retry"),
            icon="refresh",
            method="post",
        )


@page("settings/operation/events/retry/", name="events-retry")
class EventsRetry(ActPage):
    """Send every parked fact on its way again."""

    permission = "jobs.run"
    nav_key = "operation"

    @override
    def act(self) -> str:
        count = events_retry_all()
        toast(self.request, "success", _plain("%(count)s 个事件已重新送达") % {"count": count})
        return self.url("operation")


@page("settings/operation/events/<str:event_id>/retry/", name="event-retry")
class EventRetry(ActPage):
    """Send one parked fact on its way again."""

    permission = "jobs.run"
    nav_key = "operation"

    @override
    def act(self) -> str:
        event_retry(str(self.kwargs["event_id"]))
        toast(self.request, "success", _plain("事件已重新送达，仍失败会再次回到这里"))
        return self.url("operation")


@page("settings/operation/nights/<str:job>/<str:day>/retry/", name="night-retry")
class NightRetry(ActPage):
    """Have a failed step run again."""

    permission = "jobs.run"
    nav_key = "operation"

    @override
    def act(self) -> str:
        try:
            day = date.fromisoformat(str(self.kwargs["day"]))
        except ValueError as error:
            raise NotFound from error
        night_retry(str(self.kwargs["job"]), day)
        toast(self.request, "success", _plain("一分钟内重新运行，仍失败会再次回到这里"))
        return self.url("operation")
