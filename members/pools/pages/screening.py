"""The queue of the first screening: pass, hold or reject, one by one or many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from typing_extensions import override

from members.people.sources import source_label
from members.pools.models import Screening, Verdict
from members.pools.pages.words import person_of, tabs
from members.pools.screening import Decided, screenings_decide, screenings_decide_undo
from members.pools.selectors import screening_get, screening_ids, screenings_listed
from scrm.console.columns import Column
from scrm.console.elements import Action, Badge, Tone
from scrm.console.filters import ChoiceFilter, ListQuery, Sort, query_read
from scrm.console.pages import ActPage, FormPage, ListPage
from scrm.console.pages.lists import BulkAction
from scrm.console.requests import ConsoleRequest, toast
from scrm.console.routes import page
from scrm.console.undo import UndoKind, undo_offer, undo_register

undo_register(UndoKind(key="pools.screened", permission="pools.edit", apply=screenings_decide_undo))

TONES: Mapping[str, Tone] = {
    Verdict.PENDING: "info",
    Verdict.PASS: "good",
    Verdict.HOLD: "warn",
    Verdict.REJECT: "bad",
}


def verdict_badge(verdict: str) -> Badge:
    """The verdict as a state."""
    return Badge(Verdict(verdict).label, TONES[verdict])


def _told(request: ConsoleRequest, done: Decided, verdict: str) -> None:
    undo = undo_offer(request, "pools.screened", done.undo) if done.undo else ""
    text = ngettext(
        "%(count)s 位新人：%(verdict)s", "%(count)s 位新人：%(verdict)s", done.count
    ) % {"count": done.count, "verdict": Verdict(verdict).label}
    toast(request, "success", text, undo_url=undo)


def _bulk(verdict: str, label: Promise, icon: str, *, is_danger: bool = False) -> BulkAction:
    return BulkAction(
        key=verdict,
        label=label,
        url_name=f"pools-screening-{verdict}",
        icon=icon,
        permission="pools.edit",
        is_danger=is_danger,
    )


@page("pools/screening/", name="pools-screening")
class ScreeningPage(ListPage):
    """Who came lately, and what was said of them."""

    permission = "pools.view"
    nav_key = "pools"
    template_name = "members/pools/list.html"
    title = gettext_lazy("初筛")
    noun = gettext_lazy("位新人")
    page_size = 20  # each row carries its three answers
    search_hint = gettext_lazy("会员号")
    columns = (
        Column(
            key="member",
            label=gettext_lazy("会员"),
            kind="person",
            is_primary=True,
            value=lambda row: person_of(row.member),
        ),
        Column(
            key="source",
            label=gettext_lazy("首次渠道"),
            value=lambda row: source_label(row.member.first_source),
        ),
        Column(
            key="is_bypass",
            label=gettext_lazy("入口"),
            kind="status",
            value=lambda row: (
                Badge(_("绕过公众号"), "warn") if row.is_bypass else Badge(_("公众号"), "good")
            ),
        ),
        Column(
            key="registered_at",
            label=gettext_lazy("入会时间"),
            kind="datetime",
            value=lambda row: row.member.registered_at,
        ),
        Column(
            key="verdict",
            label=gettext_lazy("结论"),
            kind="status",
            value=lambda row: verdict_badge(row.verdict),
        ),
        Column(key="note", label=gettext_lazy("备注"), value=lambda row: row.note or None),
        Column(
            key="decided_by",
            label=gettext_lazy("处理人"),
            value=lambda row: row.decided_by or None,
            on_phone=False,
        ),
        Column(key="decided_at", label=gettext_lazy("处理时间"), kind="datetime", on_phone=False),
    )
    filters = (
        ChoiceFilter(key="verdict", label=gettext_lazy("结论"), choices=Verdict.choices),
        ChoiceFilter(
            key="bypass",
            label=gettext_lazy("入口"),
            choices=[("false", gettext_lazy("公众号")), ("true", gettext_lazy("绕过公众号"))],
            is_single=True,
        ),
    )
    sorts = (
        Sort(key="-opened", label=gettext_lazy("最新到来"), order=("-opened_at", "-id")),
        Sort(key="opened", label=gettext_lazy("最早到来"), order=("opened_at", "id")),
    )
    bulk_actions = (
        _bulk(Verdict.PASS, gettext_lazy("通过"), "check"),
        _bulk(Verdict.HOLD, gettext_lazy("暂缓"), "hand-stop"),
        _bulk(Verdict.REJECT, gettext_lazy("拒绝"), "x", is_danger=True),
    )
    empty_title = gettext_lazy("没有新人要初筛")
    empty_text = gettext_lazy("新会员先从公众号进来，在这里通过、暂缓或拒绝。")
    empty_icon = "user-check"

    @property
    def tabs_shown(self) -> list[tuple[str, str, bool]]:
        """The pages of pools."""
        return tabs(self, "pools-screening")

    @override
    def queryset(self, query: ListQuery) -> QuerySet[Screening]:
        return screenings_found(query)

    @override
    def row_label(self, row: Screening) -> str:
        return str(row.member.member_no)

    @override
    def row_url(self, row: Screening) -> str:
        if not self.may("members.view"):
            return ""
        return self.url("members-detail", member_id=row.member.public_id)

    @override
    def row_actions(self, row: Screening) -> Sequence[Action]:
        labels = ((Verdict.PASS, _("通过")), (Verdict.HOLD, _("暂缓")), (Verdict.REJECT, _("拒绝")))
        return [
            Action(
                label=label,
                href=self.url("pools-verdict", screening_id=row.public_id, verdict=verdict),
                method="post",
                is_danger=verdict == Verdict.REJECT,
                permission="pools.edit",
            )
            for verdict, label in labels
            if row.verdict != verdict
        ]


def screenings_found(query: ListQuery) -> QuerySet[Screening]:
    """What the list shows for a query."""
    bypass = query.one("bypass")
    return screenings_listed(
        verdicts=query.all("verdict"),
        is_bypass=None if not bypass else bypass == "true",
        search=query.search,
    )


class NoteForm(forms.Form):
    """A word about it."""

    note = forms.CharField(label=gettext_lazy("备注"), max_length=200, required=False)


class _VerdictPage(FormPage):
    """One verdict for the chosen newcomers, or for everybody the list finds."""

    permission = "pools.edit"
    nav_key = "pools"
    form_class = NoteForm
    form_intro = "members/pools/_verdict_intro.html"
    verdict: ClassVar[str]

    @cached_property
    def chosen(self) -> list[int]:
        """Keys of the screenings it is about."""
        if self.request.GET.get("scope") != "all":
            return screening_ids(self.request.GET.get("ids", "").split(","))
        query = query_read(
            self.request.GET, filters=ScreeningPage.filters, sorts=ScreeningPage.sorts, limit=1
        )
        return list(screenings_found(query).values_list("pk", flat=True))

    @override
    def context(self) -> dict[str, object]:
        return {"count": len(self.chosen), "verdict": Verdict(self.verdict)}

    @override
    def cancel_url(self) -> str:
        return self.url("pools-screening")

    @override
    def save(self, form: forms.BaseForm) -> str:
        done = screenings_decide(self.chosen, verdict=self.verdict, note=form.cleaned_data["note"])
        _told(self.request, done, self.verdict)
        back = self.request.GET.copy()
        for key in ("ids", "scope"):
            back.pop(key, None)
        query = back.urlencode()
        return f"{self.url('pools-screening')}{f'?{query}' if query else ''}"


@page("pools/screening/pass/", name="pools-screening-pass")
class PassPage(_VerdictPage):
    """Let them through."""

    title = gettext_lazy("初筛通过")
    submit_label = gettext_lazy("通过")
    verdict = Verdict.PASS


@page("pools/screening/hold/", name="pools-screening-hold")
class HoldPage(_VerdictPage):
    """Not yet."""

    title = gettext_lazy("初筛暂缓")
    submit_label = gettext_lazy("暂缓")
    verdict = Verdict.HOLD


@page("pools/screening/reject/", name="pools-screening-reject")
class RejectPage(_VerdictPage):
    """Not at all."""

    title = gettext_lazy("初筛拒绝")
    submit_label = gettext_lazy("拒绝")
    is_danger = True
    verdict = Verdict.REJECT


@page("pools/screening/<str:screening_id>/<str:verdict>/", name="pools-verdict")
class VerdictPage(ActPage):
    """One newcomer, at once."""

    permission = "pools.edit"
    nav_key = "pools"

    @override
    def act(self) -> str:
        row: Any = screening_get(str(self.kwargs["screening_id"]))
        verdict = str(self.kwargs["verdict"])
        _told(self.request, screenings_decide([row.pk], verdict=verdict), verdict)
        return f"{self.url('pools-screening')}?verdict=pending"
