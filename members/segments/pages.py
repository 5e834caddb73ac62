"""Pages 19 and 20 of the console: the audiences, and the editor with its live panel."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.segments.acts import segment_acts
from members.segments.editor import editor_script, live_panel, rule_of_text
from members.segments.models import Segment
from members.segments.rules import InvalidRule, rule_loads, rule_parse
from members.segments.selectors import segment_get, segment_owners, segments_searched
from members.segments.services import (
    SegmentInUse,
    segment_archive,
    segment_create,
    segment_restore,
    segment_update,
)
from members.segments.snapshots import deltas_of
from members.segments.try_out import choices_found
from members.segments.uses import Use, uses_of
from members.segments.words import rule_words
from scrm.console.columns import Column
from scrm.console.elements import Action, Crumb
from scrm.console.filters import ChoiceFilter, Filter, ListQuery, Sort
from scrm.console.pages import ConsolePage, FormPage, ListPage
from scrm.console.requests import toast
from scrm.console.routes import Nav, page, page_url
from scrm.console.undo import UndoKind, undo_offer, undo_register
from scrm.console.writing import thousands
from scrm.core.errors import DomainError


def acts_of(shown: ConsolePage, segment_id: str) -> list[Action]:
    """What other rooms offer for the audience; the last one is what most people come for."""
    return [
        Action(
            label=act.label,
            href=f"{shown.url(act.url_name)}?{urlencode({'segment': segment_id})}",
            icon=act.icon,
            permission=act.permission,
            is_primary=True,
        )
        for act in segment_acts()
    ]


def _words(segment: Segment) -> str:
    try:
        return rule_words(rule_parse(segment.rule))
    except InvalidRule:
        return _("规则已失效")


@dataclass(frozen=True, kw_only=True)
class SegmentRow:
    """A segment, what it gained in a week, and what reads it."""

    segment: Segment
    delta: int | None
    uses: Sequence[Use]

    @property
    def delta_words(self) -> str:
        if self.delta is None:
            return ""
        return f"{'+' if self.delta > 0 else ''}{thousands(self.delta)}"

    @property
    def uses_words(self) -> str:
        running = [use for use in self.uses if use.is_running]
        named = _("、").join(f"{use.kind} {use.title}" for use in running[:_NAMED])
        rest = len(running) - _NAMED
        return (
            named
            if rest <= 0
            else _("%(named)s 等 %(count)s 处") % {"named": named, "count": len(running)}
        )


_NAMED = 2


@page("segments/list/", name="segments-list", nav=Nav(section="tags", order=10))
class SegmentListPage(ListPage):
    """Every saved audience."""

    permission = "segments.view"
    title = gettext_lazy("人群列表")
    noun = gettext_lazy("个人群")
    export_kind = "segments"
    search_hint = gettext_lazy("人群名称")
    sorts = (Sort(key="-made", label=gettext_lazy("最近新建"), order=("-created_at", "-id")),)
    empty_title = gettext_lazy("还没有人群")
    empty_text = gettext_lazy("用规则圈出一群会员，推送、分析都从人群开始。")
    empty_icon = "target-arrow"

    @property
    @override
    def columns(self) -> Sequence[Column]:  # type: ignore[override]  # sizes lead to this brand's list
        slug = self.request.tenant.slug

        def members_url(row: SegmentRow) -> str:
            return (
                f"{page_url(slug, 'members-list')}?{urlencode({'segment': row.segment.public_id})}"
            )

        def nights_url(row: SegmentRow) -> str:
            return page_url(slug, "segments-changes", segment_id=row.segment.public_id)

        return (
            Column(
                key="name", label=_("人群"), is_primary=True, value=lambda row: row.segment.name
            ),
            Column(key="words", label=_("规则"), value=lambda row: _words(row.segment)),
            Column(
                key="size",
                label=_("人数"),
                kind="number",
                value=lambda row: row.segment.size_seen,
                href=members_url,
            ),
            Column(key="delta", label=_("7 天变化"), value="delta_words", href=nights_url),
            Column(key="uses", label=_("使用中"), value="uses_words"),
            Column(
                key="counted_at",
                label=_("统计时间"),
                kind="datetime",
                value=lambda row: row.segment.counted_at,
            ),
            Column(key="created_by", label=_("创建人"), value=lambda row: row.segment.created_by),
        )

    @cached_property
    @override
    def filters(self) -> Sequence[Filter]:  # type: ignore[override]  # who made them differs by brand
        return (ChoiceFilter(key="owner", label=_("创建人"), choices=segment_owners()),)

    @override
    def queryset(self, query: ListQuery) -> QuerySet[Segment]:
        return segments_searched(query.search, owners=query.all("owner"))

    @override
    def rows_make(self, rows: Sequence[Segment]) -> Sequence[SegmentRow]:
        keys = [row.pk for row in rows]
        deltas, uses = deltas_of(keys), uses_of(keys)
        return [
            SegmentRow(segment=row, delta=deltas.get(row.pk), uses=uses[row.pk]) for row in rows
        ]

    @override
    def row_key(self, row: SegmentRow) -> str:
        return str(row.segment.public_id)

    @override
    def row_label(self, row: SegmentRow) -> str:
        return row.segment.name

    @override
    def row_url(self, row: SegmentRow) -> str:
        return self.url("segments-edit", segment_id=row.segment.public_id)

    @override
    def row_actions(self, row: SegmentRow) -> Sequence[Action]:
        nights = self.url("segments-changes", segment_id=row.segment.public_id)
        return [
            Action(label=_("人群变化"), href=nights),
            *acts_of(self, row.segment.public_id),
        ]

    @override
    def actions(self) -> Sequence[Action]:
        return (
            Action(label=_("对比人群"), href=self.url("segments-compare"), icon="arrows-exchange"),
            Action(
                label=_("新建人群"),
                href=self.url("segments-new"),
                icon="plus",
                is_primary=True,
                permission="segments.edit",
            ),
        )

    @override
    def empty_action(self) -> Action | None:
        return Action(
            label=_("新建人群"), href=self.url("segments-new"), permission="segments.edit"
        )


class SegmentForm(forms.Form):
    """Name, words and the rule the editor wrote."""

    name = forms.CharField(label=gettext_lazy("人群名称"), max_length=60)
    description = forms.CharField(label=gettext_lazy("说明"), max_length=200, required=False)
    rule = forms.CharField(widget=forms.HiddenInput(attrs={"data-rule": ""}), required=False)


class _EditorPage(FormPage):
    """The editor: rule on the left, who it finds on the right."""

    permission = "segments.edit"
    nav_key = "segments-list"
    template_name = "members/segments/editor.html"
    fragment_name = ""
    form_class = SegmentForm

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("人群列表"), self.url("segments-list"))]

    @override
    def context(self) -> dict[str, object]:
        return {"editor": editor_script(), "count_url": self.url("segments-count")}

    @override
    def cancel_url(self) -> str:
        return self.url("segments-list")


@page("segments/new/", name="segments-new")
class NewSegmentPage(_EditorPage):
    """A new audience; a filtered list may bring its rule along."""

    title = gettext_lazy("新建人群")

    @override
    def initial(self) -> Mapping[str, Any]:
        brought = rule_of_text(self.request.GET.get("rule", ""))
        return {"rule": json.dumps(brought, ensure_ascii=False)}

    @override
    def save(self, form: forms.BaseForm) -> str:
        told = dict(form.cleaned_data)
        told["rule"] = json_rule(told["rule"])
        segment = segment_create(**told)
        toast(self.request, "success", _("已保存人群，共 %(count)s 人") % {"count": segment.size})
        return self.url("segments-edit", segment_id=segment.public_id)


@page("segments/<str:segment_id>/", name="segments-edit")
class SegmentPage(_EditorPage):
    """An audience that exists."""

    title = gettext_lazy("编辑人群")

    @cached_property
    def segment(self) -> Segment:
        return segment_get(self.kwargs["segment_id"])

    @override
    def heading(self) -> str:
        return self.segment.name

    @override
    def initial(self) -> Mapping[str, Any]:
        segment = self.segment
        return {
            "name": segment.name,
            "description": segment.description,
            "rule": json.dumps(segment.rule, ensure_ascii=False),
        }

    @override
    def actions(self) -> Sequence[Action]:
        segment = self.segment
        rule = urlencode({"rule": json.dumps(segment.rule, ensure_ascii=False)})
        is_used = any(use.is_running for use in uses_of([segment.pk])[segment.pk])
        members = urlencode({"segment": segment.public_id})
        return (
            Action(
                label=_("归档"),
                href=self.url("segments-archive", segment_id=segment.public_id),
                method="get" if is_used else "post",
                opens="modal" if is_used else "page",
                is_danger=True,
            ),
            Action(
                label=_("人群变化"),
                href=self.url("segments-changes", segment_id=segment.public_id),
            ),
            Action(label=_("复制"), href=f"{self.url('segments-new')}?{rule}", icon="copy"),
            Action(label=_("查看会员"), href=f"{self.url('members-list')}?{members}", icon="users"),
            *acts_of(self, segment.public_id),
        )

    @override
    def save(self, form: forms.BaseForm) -> str:
        told = dict(form.cleaned_data)
        told["rule"] = json_rule(told["rule"])
        segment = segment_update(public_id=self.kwargs["segment_id"], **told)
        toast(self.request, "success", _("已保存人群，共 %(count)s 人") % {"count": segment.size})
        return self.url("segments-edit", segment_id=segment.public_id)


def json_rule(text: str) -> Any:
    """The rule as the editor sent it; InvalidRule if that is no JSON."""
    return rule_loads(text or "null")


@page("segments/count/", name="segments-count")
class CountPage(ConsolePage):
    """The live panel: the planner's figure at once, the exact ones behind it."""

    permission = "segments.view"
    nav_key = "segments-list"
    title = gettext_lazy("人群人数")

    def post(self, request: HttpRequest, **_address: object) -> HttpResponse:
        phase = request.POST.get("phase", "estimate")
        try:
            panel = live_panel(json_rule(request.POST.get("rule", "")), phase=phase)
        except DomainError as refusal:
            return self.fragment("members/segments/_live.html", {"refusal": str(refusal)})
        context = {"panel": panel, "count_url": self.url("segments-count")}
        return self.fragment("members/segments/_live.html", context)


@page("segments/choices/", name="segments-choices")
class ChoicesPage(ConsolePage):
    """More choices of a field for the editor, by their words, or the names of chosen ones."""

    permission = "segments.view"
    nav_key = "segments-list"
    title = gettext_lazy("选项")

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        values = [value for value in request.GET.get("values", "").split(",") if value][:200]
        found = choices_found(
            request.GET.get("field", ""), text=request.GET.get("q", "")[:40], values=values
        )
        return JsonResponse({"choices": [[each.value, each.label] for each in found]})


class ArchiveForm(forms.Form):
    """Nothing to fill in: the button answers."""

    anyway = forms.BooleanField(required=False, widget=forms.HiddenInput())


@page("segments/<str:segment_id>/archive/", name="segments-archive")
class ArchivePage(FormPage):
    """Put an audience away; asks first while something reads it."""

    permission = "segments.edit"
    nav_key = "segments-list"
    title = gettext_lazy("归档人群")
    form_class = ArchiveForm
    form_intro = "members/segments/_archive_intro.html"
    submit_label = gettext_lazy("归档")
    is_danger = True

    @override
    def context(self) -> dict[str, object]:
        segment = segment_get(self.kwargs["segment_id"])
        uses = [use for use in uses_of([segment.pk])[segment.pk] if use.is_running]
        shown = [
            (use, self.url(use.page, **dict(use.arguments)) if use.page else "") for use in uses
        ]
        return super().context() | {"name": segment.name, "uses": shown}

    @override
    def initial(self) -> Mapping[str, Any]:
        return {"anyway": True}

    @override
    def cancel_url(self) -> str:
        return self.url("segments-edit", segment_id=self.kwargs["segment_id"])

    @override
    def save(self, form: forms.BaseForm) -> str:
        public_id = self.kwargs["segment_id"]
        try:
            segment = segment_archive(public_id=public_id, anyway=form.cleaned_data["anyway"])
        except SegmentInUse:  # it was not when the button was drawn
            return self.url("segments-archive", segment_id=public_id)
        undo = undo_offer(self.request, "segments.archived", {"segment": segment.public_id})
        told = _("已归档人群 %(name)s") % {"name": segment.name}
        toast(self.request, "success", told, undo_url=undo)
        return self.url("segments-list")


def _unarchive(payload: Mapping[str, Any]) -> None:
    segment_restore(public_id=payload["segment"])


undo_register(UndoKind(key="segments.archived", permission="segments.edit", apply=_unarchive))
