"""Merge two members with the effect shown first, and take a merge back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.identity.histories import (
    may_split,
    merge_get,
    merges_listed,
    split_preview,
    split_warnings,
)
from members.identity.merging import MergePreview, member_merge, member_split, merge_preview
from members.identity.models import MemberMerge, MergeCause, MergeState
from members.identity.pages.words import MERGE_TONES, name_of, person_of, tabs
from members.people.models import Member
from members.people.selectors import member_by_no, member_get
from scrm.console.columns import Column, table_make
from scrm.console.elements import Action, Badge, Crumb
from scrm.console.filters import ChoiceFilter, ListQuery, Sort
from scrm.console.pages import ConsolePage, FormPage, ListPage
from scrm.console.requests import toast
from scrm.console.routes import page
from scrm.core.errors import InvalidValue

_EFFECTS = (
    Column(key="label", label=gettext_lazy("项目"), is_primary=True),
    Column(key="source", label=gettext_lazy("被合并方")),
    Column(key="target", label=gettext_lazy("保留方")),
    Column(key="after", label=gettext_lazy("合并后")),
)
_GOING = (
    Column(key="label", label=gettext_lazy("项目"), is_primary=True),
    Column(key="rows", label=gettext_lazy("归还条数"), kind="number"),
)


@page("identity/merges/", name="member-merges")
class MergeListPage(ListPage):
    """Every merge, taken back or not."""

    permission = "members.merge"
    nav_key = "identity-conflicts"
    template_name = "members/identity/list.html"
    title = gettext_lazy("合并记录")
    noun = gettext_lazy("次合并")
    search_hint = gettext_lazy("会员号")
    columns = (
        Column(
            key="source",
            label=gettext_lazy("被合并方"),
            kind="person",
            is_primary=True,
            value=lambda row: person_of(row.source),
        ),
        Column(
            key="target",
            label=gettext_lazy("保留方"),
            kind="person",
            value=lambda row: person_of(row.target),
        ),
        Column(key="cause", label=gettext_lazy("方式"), value=lambda row: row.get_cause_display()),
        Column(key="actor_label", label=gettext_lazy("操作人"), value=lambda row: row.actor_label),
        Column(key="merged_at", label=gettext_lazy("合并时间"), kind="datetime"),
        Column(
            key="state",
            label=gettext_lazy("状态"),
            kind="status",
            value=lambda row: Badge(row.get_state_display(), MERGE_TONES[row.state]),
        ),
    )
    filters = (ChoiceFilter(key="state", label=gettext_lazy("状态"), choices=MergeState.choices),)
    sorts = (Sort(key="-merged", label=gettext_lazy("最新合并"), order=("-merged_at", "-id")),)
    empty_title = gettext_lazy("还没有合并记录")
    empty_text = gettext_lazy("合并后可以随时拆分，订单、标签等会回到原来的会员。")
    empty_icon = "users"

    @property
    def tabs_shown(self) -> list[tuple[str, str, bool]]:
        """The lists of this page."""
        return tabs(self, "member-merges")

    @override
    def queryset(self, query: ListQuery) -> QuerySet[MemberMerge]:
        return merges_listed(search=query.search, states=query.all("state"))

    @override
    def row_label(self, row: MemberMerge) -> str:
        return f"{row.source.member_no} {row.target.member_no}"

    @override
    def row_url(self, row: MemberMerge) -> str:
        return self.url("member-merge", merge_id=row.public_id)


class OtherForm(forms.Form):
    """Whom to merge into this member."""

    number = forms.CharField(
        label=gettext_lazy("被合并会员的会员号"),
        max_length=20,
        help_text=gettext_lazy("下一步会先显示合并的影响，再请你确认。"),
    )


class MergeForm(forms.Form):
    """The reason, and the number of who goes, typed by hand."""

    reason = forms.CharField(label=gettext_lazy("合并原因"), max_length=200)
    number = forms.CharField(label=gettext_lazy("输入被合并方的会员号以确认"), max_length=20)


class SplitForm(forms.Form):
    """The reason, and the number of who comes out, typed by hand."""

    reason = forms.CharField(label=gettext_lazy("拆分原因"), max_length=200)
    number = forms.CharField(label=gettext_lazy("输入被合并方的会员号以确认"), max_length=20)


def _typed(form: forms.BaseForm, member: Member) -> None:
    if form.cleaned_data["number"].strip() != member.member_no:
        raise InvalidValue(_("会员号不一致"), pointer="/number")


@page("members/<str:member_id>/merge/", name="members-merge")
class MergePage(FormPage):
    """First whom, then what it does; both members stay as they are until the number is typed."""

    permission = "members.merge"
    nav_key = "identity-conflicts"
    title = gettext_lazy("合并会员")
    form_intro = "members/identity/_effect.html"
    holds_transaction = False

    @cached_property
    def target(self) -> Member:
        preview = self.preview
        return member_get(str(self.kwargs["member_id"])) if preview is None else preview.target

    @cached_property
    def preview(self) -> MergePreview | None:
        source = self.request.GET.get("source", "")
        target = str(self.kwargs["member_id"])
        return merge_preview(source=source, target=target) if source else None

    @property
    @override
    def form_class(self) -> type[forms.BaseForm]:  # type: ignore[override]  # two steps of one page
        return OtherForm if self.preview is None else MergeForm

    @property
    @override
    def submit_label(self) -> str:  # type: ignore[override]
        return _("下一步：查看影响") if self.preview is None else _("确认合并")

    @override
    def cancel_url(self) -> str:
        conflict = self.request.GET.get("conflict", "")
        if conflict:
            return self.url("identity-conflict", conflict_id=conflict)
        return self.url("members-detail", member_id=self.target.public_id)

    @override
    def context(self) -> dict[str, object]:
        preview = self.preview
        if preview is None:
            return {"target": self.target, "target_name": name_of(self.target)}
        caption = str(_("合并的影响"))
        return {
            "target": preview.target,
            "target_name": name_of(preview.target),
            "source": preview.source,
            "source_name": name_of(preview.source),
            "blockers": preview.blockers,
            "table": table_make(caption=caption, columns=_EFFECTS, rows=preview.effects),
        }

    @override
    def save(self, form: forms.BaseForm) -> str:
        preview = self.preview
        if preview is None:
            source = member_by_no(form.cleaned_data["number"].strip())
            if source is None:
                raise InvalidValue(_("没有这个会员号"), pointer="/number")
            merge_preview(source=source.public_id, target=self.target.public_id)
            return f"{self.request.path}?{urlencode({'source': source.public_id})}"
        _typed(form, preview.source)
        is_doubt = bool(self.request.GET.get("conflict"))
        merge = member_merge(
            source=preview.source.public_id,
            target=preview.target.public_id,
            reason=form.cleaned_data["reason"],
            cause=MergeCause.CONFLICT if is_doubt else MergeCause.MANUAL,
        )
        toast(self.request, "success", _("已合并；需要时可以在合并记录里拆分"))
        return self.url("member-merge", merge_id=merge.public_id)


@page("identity/merges/<str:merge_id>/", name="member-merge")
class MergeDetailPage(ConsolePage):
    """One merge: who, why, what it moved."""

    permission = "members.merge"
    nav_key = "identity-conflicts"
    template_name = "members/identity/merge.html"

    @cached_property
    def merge(self) -> MemberMerge:
        return merge_get(str(self.kwargs["merge_id"]))

    @override
    def heading(self) -> str:
        source, target = name_of(self.merge.source), name_of(self.merge.target)
        return _("%(source)s 合并到 %(target)s") % {"source": source, "target": target}

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("合并记录"), self.url("member-merges"))]

    @override
    def actions(self) -> Sequence[Action]:
        if not may_split(self.merge):
            return ()
        url = self.url("member-split", merge_id=self.merge.public_id)
        return (Action(label=_("拆分"), href=url, icon="users"),)

    @override
    def context(self) -> dict[str, object]:
        merge = self.merge
        facts: list[tuple[str, Any]] = [
            (_("被合并方"), merge.source.member_no),
            (_("保留方"), merge.target.member_no),
            (_("方式"), merge.get_cause_display()),
            (_("原因"), merge.reason or "—"),
            (_("操作人"), merge.actor_label or _("系统")),
        ]
        if merge.reverted_at is not None:
            facts += [
                (_("拆分人"), merge.reverted_by or _("系统")),
                (_("拆分原因"), merge.revert_reason or "—"),
            ]
        return {
            "merge": merge,
            "badge": Badge(merge.get_state_display(), MERGE_TONES[merge.state]),
            "facts": facts,
            "member_url": self.url("members-detail", member_id=merge.target.public_id),
            "going": _going(merge),
        }


def _going(merge: MemberMerge) -> object:
    return table_make(caption=str(_("随合并转移的数据")), columns=_GOING, rows=split_preview(merge))


@page("identity/merges/<str:merge_id>/split/", name="member-split")
class SplitPage(FormPage):
    """Take a merge back, after seeing what returns."""

    permission = "members.merge"
    nav_key = "identity-conflicts"
    title = gettext_lazy("拆分会员")
    form_class = SplitForm
    form_intro = "members/identity/_going.html"
    submit_label = gettext_lazy("确认拆分")
    holds_transaction = False

    @cached_property
    def merge(self) -> MemberMerge:
        return merge_get(str(self.kwargs["merge_id"]))

    @override
    def context(self) -> Mapping[str, object]:  # type: ignore[override]
        return {
            "merge": self.merge,
            "source_name": name_of(self.merge.source),
            "target_name": name_of(self.merge.target),
            "can_split": may_split(self.merge),
            "table": _going(self.merge),
            "warnings": split_warnings(self.merge),
        }

    @override
    def cancel_url(self) -> str:
        return self.url("member-merge", merge_id=self.merge.public_id)

    @override
    def save(self, form: forms.BaseForm) -> str:
        _typed(form, self.merge.source)
        member_split(merge=self.merge.public_id, reason=form.cleaned_data["reason"])
        toast(self.request, "success", _("已拆分，两个会员各自恢复"))
        return self.url("member-merge", merge_id=self.merge.public_id)
