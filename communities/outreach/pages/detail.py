"""Page 24: one push, live while it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from communities.outreach.models import PURPOSES, Push
from communities.outreach.pages.editor import phone_context
from communities.outreach.pages.words import push_badge, reason_words
from communities.outreach.rules import FINAL_STATES, LIVE_STATES, PushState
from communities.outreach.selectors.editor import sent_example
from communities.outreach.selectors.lists import PushCard, push_card
from communities.outreach.selectors.progress import StaffLine, push_staff
from scrm.console.elements import Action, Crumb, Kpi
from scrm.console.pages import ConsolePage, DetailPage
from scrm.console.routes import page
from scrm.console.writing import datetime_text, thousands

_STOP_POLLING = 286
# The slowest come first, and the table is fetched again every two seconds.
STAFF_SHOWN = 30


def kpis_of(card: PushCard, *, list_url: str) -> list[Kpi]:
    """The figures; each leads to the people behind it."""

    def to(*states: str) -> str:
        return f"{list_url}?{urlencode([('state', state) for state in states])}"

    tally = card.tally
    reached = tally.sent * 10_000 // tally.total if tally.total else 0
    return [
        Kpi(label=_("目标人数"), value=thousands(tally.total), href=list_url),
        Kpi(
            label=_("已提交企微"),
            value=thousands(tally.handed_over),
            note=_("待员工确认 %(count)s") % {"count": thousands(tally.submitted)},
            href=to("submitted", "sent", "failed"),
        ),
        Kpi(label=_("已送达"), value=thousands(tally.sent), meter_bp=reached, href=to("sent")),
        Kpi(label=_("失败"), value=thousands(tally.failed), href=to("failed")),
        Kpi(
            label=_("被抑制"),
            value=thousands(tally.suppressed),
            href=to("suppressed"),
            explain=_("频次、退订、非好友等原因不发送"),
        ),
    ]


def live_context(
    shown: ConsolePage, card: PushCard, lines: Sequence[StaffLine]
) -> dict[str, object]:
    """Everything that moves while a push runs."""
    push, tally = card.push, card.tally
    list_url = shown.url("push-recipients", push_id=push.public_id)
    is_running = push.state in LIVE_STATES or push.state == PushState.SCHEDULED
    return {
        "push": push,
        "badge": push_badge(push),
        "tally": tally,
        "kpis": kpis_of(card, list_url=list_url),
        "share": tally.final * 10_000 // tally.total if tally.total else 0,
        "is_running": is_running,
        "list_url": list_url,
        "staff": staff_rows(shown, push, lines[:STAFF_SHOWN]),
        "staff_more": max(len(lines) - STAFF_SHOWN, 0),
        "reasons": [
            (reason_words(reason), count, f"{list_url}?{urlencode({'reason': reason})}")
            for reason, count in sorted(tally.reasons.items(), key=lambda item: -item[1])
        ],
        "reason_bp": _shares(tally.reasons),
    }


def _shares(reasons: Mapping[str, int]) -> dict[str, int]:
    most = max(reasons.values(), default=1)
    return {reason_words(reason): count * 10_000 // most for reason, count in reasons.items()}


def staff_rows(
    shown: ConsolePage, push: Push, lines: Sequence[StaffLine]
) -> list[tuple[StaffLine, Action | None, str]]:
    """Per member of staff: the line, the act, and the people behind it."""
    may_act = push.state in LIVE_STATES and push.stopped_at is None and shown.may("pushes.send")
    list_url = shown.url("push-recipients", push_id=push.public_id)
    remind_url = shown.url("push-remind", push_id=push.public_id)
    return [
        (
            line,
            Action(
                label=_("催办"),
                href=f"{remind_url}?{urlencode({'sender': line.userid})}",
                icon="bell",
                method="post",
            )
            if may_act and line.may_remind
            else None,
            f"{list_url}?{urlencode({'sender': line.userid})}",
        )
        for line in lines
    ]


@page("communities/pushes/<str:push_id>/", name="push-detail")
class PushDetailPage(DetailPage):
    """One push with its progress."""

    permission = "pushes.view"
    nav_key = "push-list"
    template_name = "communities/outreach/detail.html"

    @override
    def subject_get(self, push_id: str) -> PushCard:
        return push_card(push_id)

    @override
    def heading(self) -> str:
        return str(self.subject.push.name)

    @override
    def subtitle(self) -> str:
        push = self.subject.push
        words = [str(dict(PURPOSES)[push.purpose])]
        if push.segment is not None:
            words.append(_("人群：%(name)s") % {"name": push.segment.name})
        if push.scheduled_at is not None:
            words.append(_("发送时间：%(at)s") % {"at": datetime_text(push.scheduled_at)})
        return " · ".join(words)

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("群发与推送"), self.url("push-list"))]

    @override
    def actions(self) -> Sequence[Action]:
        push: Push = self.subject.push
        key = push.public_id
        if push.state == PushState.DRAFT:
            return (
                Action(
                    label=_("继续编辑"),
                    href=self.url("push-edit", push_id=key),
                    icon="edit",
                    is_primary=True,
                    permission="pushes.edit",
                ),
            )
        if push.state == PushState.SCHEDULED:
            return (
                Action(
                    label=_("取消推送"),
                    href=self.url("push-cancel", push_id=key),
                    icon="x",
                    method="post",
                    permission="pushes.send",
                ),
            )
        if push.state in LIVE_STATES and push.stopped_at is None:
            return (
                Action(
                    label=_("刷新结果"),
                    href=self.url("push-refresh", push_id=key),
                    icon="refresh",
                    method="post",
                    permission="pushes.send",
                ),
                Action(
                    label=_("停止未发送"),
                    href=self.url("push-stop", push_id=key),
                    icon="hand-stop",
                    opens="modal",
                    is_danger=True,
                    permission="pushes.send",
                ),
            )
        return ()

    @override
    def context(self) -> dict[str, object]:
        push: Push = self.subject.push
        text, sender = sent_example(push)
        phone = phone_context(self, (), text=text, attachments=push.attachments)
        lines = push_staff(push)
        named = next((line.name for line in lines if line.userid == sender), "")
        if named:
            phone["phone_title"] = f"{self.request.tenant.name} · {named}"
        return super().context() | live_context(self, self.subject, lines) | phone


@page("communities/pushes/<str:push_id>/progress/", name="push-progress")
class PushProgressPage(ConsolePage):
    """The moving part, asked for every two seconds; 286 says that nothing moves any more."""

    permission = "pushes.view"
    nav_key = "push-list"
    title = gettext_lazy("进度")
    template_name = "communities/outreach/_live.html"

    @override
    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        card = push_card(str(kwargs["push_id"]))
        is_over = card.push.state in FINAL_STATES
        response = self.fragment(
            self.template_name,
            live_context(self, card, push_staff(card.push)),
            status=_STOP_POLLING if is_over else 200,
        )
        if request.GET.get("state", card.push.state) != card.push.state:
            # Another state allows other acts: the whole page is drawn anew.
            response.headers["HX-Refresh"] = "true"
        return response
