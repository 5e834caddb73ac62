"""A segment night by night: who came and who went; and two segments side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.people.models import Member
from members.segments.models import Segment, SegmentSnapshot
from members.segments.selectors import segment_choices, segment_get
from members.segments.snapshots import (
    WEEK,
    Changes,
    changes_of,
    members_among,
    segments_compared,
    snapshots_of,
)
from scrm.console.charts import AxisChart, Series
from scrm.console.columns import Column, Table, table_make
from scrm.console.elements import Action, Crumb, Kpi, Person
from scrm.console.pages import ConsolePage, DetailPage
from scrm.console.routes import page
from scrm.console.writing import thousands

_LISTED = 20
_NIGHTS = 92


class SpanForm(forms.Form):
    """Two nights that were kept."""

    start = forms.ChoiceField(label=gettext_lazy("从"))
    end = forms.ChoiceField(label=gettext_lazy("到"))

    def __init__(self, *args: Any, days: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("start", "end"):
            field: Any = self.fields[name]
            field.choices = [(day, day) for day in days]


@page("segments/<str:segment_id>/changes/", name="segments-changes")
class ChangesPage(DetailPage):
    """One segment over its nights."""

    permission = "segments.view"
    nav_key = "segments-list"
    template_name = "members/segments/changes.html"

    @override
    def subject_get(self, segment_id: str) -> Segment:
        return segment_get(segment_id)

    @override
    def heading(self) -> str:
        return _("人群变化：%(name)s") % {"name": self.subject.name}

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("人群列表"), self.url("segments-list"))]

    @override
    def actions(self) -> Sequence[Action]:
        first = urlencode({"first": self.subject.public_id})
        return (
            Action(
                label=_("对比人群"), href=f"{self.url('segments-compare')}?{first}", icon="arrows-exchange"
            ),
            Action(
                label=_("编辑人群"),
                href=self.url("segments-edit", segment_id=self.subject.public_id),
                permission="segments.edit",
            ),
        )  # fmt: skip

    @override
    def context(self) -> dict[str, object]:
        nights = list(snapshots_of(self.subject).order_by("-for_date")[:_NIGHTS])
        shown: dict[str, object] = {"nights": bool(nights)}
        if nights:
            shown |= self._shown(nights)
        return super().context() | shown

    def _shown(self, nights: Sequence[SegmentSnapshot]) -> dict[str, object]:
        days = [night.for_date.isoformat() for night in nights]
        form = SpanForm(data=self._asked(nights, days), days=days)
        changes = None
        if form.is_valid():
            start, end = sorted((form.cleaned_data["start"], form.cleaned_data["end"]))
            by_day = {night.for_date.isoformat(): night.for_date for night in nights}
            changes = changes_of(self.subject, start=by_day[start], end=by_day[end])
        return {
            "chart": self._chart(nights),
            "form": form,
            "changes": changes,
            "figures": self._figures(changes) if changes is not None else (),
            "entered": self._people(changes, "entered"),
            "left": self._people(changes, "left"),
        }

    def _asked(self, nights: Sequence[SegmentSnapshot], days: Sequence[str]) -> Mapping[str, str]:
        """The days of the address, else the week before the last night as far as it was kept."""
        week = nights[0].for_date - timedelta(days=WEEK)
        since = min(nights, key=lambda night: abs((night.for_date - week).days))
        kept = set(days)
        start, end = self.request.GET.get("start", ""), self.request.GET.get("end", "")
        return {
            "start": start if start in kept else since.for_date.isoformat(),
            "end": end if end in kept else days[0],
        }

    def _chart(self, nights: Sequence[SegmentSnapshot]) -> AxisChart:
        told = list(reversed(nights))
        return AxisChart(
            categories=[night.for_date.isoformat() for night in told],
            series=[Series(name=_("人数"), values=[night.count for night in told])],
        )

    def _figures(self, changes: Changes) -> Sequence[Kpi]:
        return (
            Kpi(label=_("进入人数"), value=thousands(changes.entered_count)),
            Kpi(label=_("离开人数"), value=thousands(changes.left_count)),
            Kpi(label=_("留下人数"), value=thousands(changes.stayed)),
        )

    def _people(self, changes: Changes | None, which: str) -> Table | None:
        if changes is None or not self.may("members.view"):
            return None
        found = members_among(changes.entered if which == "entered" else changes.left)
        rows = list(found.order_by("-registered_at", "-pk")[:_LISTED])
        return _people_table(self, rows, _("进入的会员") if which == "entered" else _("离开的会员"))


def _people_table(shown: ConsolePage, rows: Sequence[Member], caption: str) -> Table:
    return table_make(
        caption=caption,
        columns=(
            Column(
                key="name",
                label=_("会员"),
                kind="person",
                is_primary=True,
                value=lambda row: Person(
                    name=row.display_name or _("未命名"), note=row.phone_masked
                ),
                href=lambda row: shown.url("members-detail", member_id=row.public_id),
            ),
            Column(key="city", label=_("城市")),
            Column(key="registered_at", label=_("入会时间"), kind="date"),
        ),
        rows=rows,
    )


class CompareForm(forms.Form):
    """Two segments in use."""

    first = forms.ChoiceField(label=gettext_lazy("人群甲"))
    second = forms.ChoiceField(label=gettext_lazy("人群乙"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("请选择")), *segment_choices()]
        for name in ("first", "second"):
            field: Any = self.fields[name]
            field.choices = choices


@page("segments/compare/", name="segments-compare")
class ComparePage(ConsolePage):
    """Two audiences at this moment."""

    permission = "segments.view"
    nav_key = "segments-list"
    title = gettext_lazy("对比人群")
    template_name = "members/segments/compare.html"

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("人群列表"), self.url("segments-list"))]

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        is_asked = bool(request.GET.get("first")) and bool(request.GET.get("second"))
        form = (
            CompareForm(data=request.GET) if is_asked else CompareForm(initial=request.GET.dict())
        )
        found = None
        if is_asked and form.is_valid():
            found = segments_compared(form.cleaned_data["first"], form.cleaned_data["second"])
        figures = (
            (
                Kpi(label=found.first.name, value=thousands(found.first_count)),
                Kpi(label=found.second.name, value=thousands(found.second_count)),
                Kpi(label=_("同时在两个人群"), value=thousands(found.both_count)),
                Kpi(
                    label=_("只在“%(name)s”") % {"name": found.first.name},
                    value=thousands(found.only_first_count),
                ),
                Kpi(
                    label=_("只在“%(name)s”") % {"name": found.second.name},
                    value=thousands(found.only_second_count),
                ),
            )
            if found is not None
            else ()
        )
        return self.answer({**self.context(), "form": form, "figures": figures})
