"""One tag: what it means, who agreed, how many wear it day by day, and how WeCom stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.tags.definitions import definition_words
from members.tags.doors import definition_try
from members.tags.keeping import APPROVAL, tag_link, tag_pause, tag_push_retry
from members.tags.models import Tag, TagKind, TagState, TagVersion
from members.tags.pages.listing import state_badge
from members.tags.rules import COMPUTED
from members.tags.selectors import tag_count, tag_days, tag_get, tag_sync, tag_versions
from scrm.approvals.models import Approval
from scrm.approvals.selectors import approval_waiting
from scrm.console.charts import AxisChart, Series
from scrm.console.columns import Column, Table, table_make
from scrm.console.elements import Action, Badge, Crumb
from scrm.console.pages import ActPage, ConsolePage, DetailPage
from scrm.console.requests import toast
from scrm.console.routes import page
from scrm.console.writing import thousands
from scrm.core.errors import DomainError


def _versions(tag: Tag, versions: Sequence[TagVersion]) -> Table:
    """Every definition, the newest first."""
    return table_make(
        caption=_("版本"),
        columns=(
            Column(key="number", label=_("版本"), value=lambda row: f"v{row.number}"),
            Column(
                key="words",
                label=_("定义"),
                value=lambda row: definition_words(tag.kind, row.definition),
            ),
            Column(key="author", label=_("作者")),
            Column(key="approver", label=_("审批人")),
            Column(key="activated_at", label=_("生效"), kind="datetime"),
            Column(key="ended_at", label=_("结束"), kind="datetime"),
        ),
        rows=versions,
    )


@page("tags/<str:tag_id>/", name="tags-detail")
class TagDetailPage(DetailPage):
    """One tag."""

    permission = "tags.view"
    nav_key = "tags-list"
    template_name = "members/tags/detail.html"

    @override
    def subject_get(self, tag_id: str) -> Tag:
        return tag_get(tag_id)

    @override
    def heading(self) -> str:
        return str(self.subject.name)

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("标签"), self.url("tags-list"))]

    @override
    def context(self) -> dict[str, object]:
        tag: Tag = self.subject
        count, days = tag_count(tag.pk), tag_days(tag.pk)
        versions = list(tag_versions(tag.pk).order_by("-number")[:20])
        current = next((each for each in versions if each.number == tag.version), None)
        return super().context() | {
            "kind": Badge(TagKind(tag.kind).label, "info"),
            "state": state_badge(tag),
            "words": definition_words(tag.kind, tag.definition),
            "count": count,
            "chart": self._chart(days),
            "current": current,
            "has_versions": bool(versions),
            "versions": _versions(tag, versions),
            "waiting": self._waiting(tag, versions),
            "sync": tag_sync(tag.pk),
            "page_may_edit": self.may("tags.edit"),
            "is_computed": tag.kind in COMPUTED,
            "try_url": self.url("tags-try", tag_id=tag.public_id),
            "members_url": f"{self.url('members-list')}?{urlencode({'tag': tag.public_id})}",
        }

    def _chart(self, days: list[tuple[Any, int]]) -> AxisChart | None:
        if not days:
            return None
        return AxisChart(
            categories=[day.isoformat() for day, _count in days],
            series=[Series(name=_("覆盖人数"), values=[count for _day, count in days])],
        )

    def _waiting(self, tag: Tag, versions: Sequence[TagVersion]) -> Approval | None:
        is_asked = bool(versions) and versions[0].activated_at is None
        return approval_waiting(APPROVAL, tag.public_id) if is_asked else None

    @override
    def actions(self) -> Sequence[Action]:
        tag: Tag = self.subject
        return (*self._of_definition(tag), *self._of_tag(tag))

    def _of_definition(self, tag: Tag) -> Sequence[Action]:
        if tag.kind not in COMPUTED:
            return ()
        acts = [
            Action(
                label=_("移除规则"),
                href=self.url("tags-rule-remove", tag_id=tag.public_id),
                opens="drawer",
                permission="tags.edit",
            ),
        ]
        if tag.state in {TagState.ACTIVE, TagState.PAUSED}:
            is_active = tag.state == TagState.ACTIVE
            acts.append(
                Action(
                    label=_("暂停") if is_active else _("恢复"),
                    href=self.url(
                        "tags-pause" if is_active else "tags-resume", tag_id=tag.public_id
                    ),
                    method="post",
                    permission="tags.edit",
                )
            )
        if tag.kind in {TagKind.RULE, TagKind.STATISTICAL}:
            name = "tags-rule-define" if tag.kind == TagKind.RULE else "tags-figures-define"
            acts.append(
                Action(
                    label=_("新版本"),
                    href=self.url(name, tag_id=tag.public_id),
                    permission="tags.edit",
                )
            )
        return acts

    def _of_tag(self, tag: Tag) -> Sequence[Action]:
        merge = Action(
            label=_("合并"),
            href=self.url("tags-merge", tag_id=tag.public_id),
            opens="drawer",
            permission="tags.edit",
        )
        return (
            *((merge,) if tag.kind == TagKind.MANUAL else ()),
            Action(
                label=_("删除"),
                href=self.url("tags-delete", tag_id=tag.public_id),
                opens="drawer",
                is_danger=True,
                permission="tags.edit",
            ),
            Action(
                label=_("编辑"),
                href=self.url("tags-edit", tag_id=tag.public_id),
                opens="drawer",
                is_primary=True,
                permission="tags.edit",
            ),
        )


@page("tags/<str:tag_id>/try/", name="tags-try")
class TryPage(ConsolePage):
    """Whom the newest definition would find today, also one that waits: a part of the page."""

    permission = "tags.view"
    nav_key = "tags-list"
    title = gettext_lazy("试算")

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        tag = tag_get(kwargs["tag_id"])
        newest = tag_versions(tag.pk).order_by("-number").first()
        context: dict[str, object] = {}
        if newest is not None and tag.kind in COMPUTED:
            try:
                context = {"found": definition_try(kind=tag.kind, definition=newest.definition)}
            except DomainError as refusal:
                context = {"refusal": str(refusal)}
        return self.fragment("members/tags/_try.html", context)


class _TagAct(ActPage):
    permission = "tags.edit"
    nav_key = "tags-list"

    def back(self) -> str:
        return self.url("tags-detail", tag_id=self.kwargs["tag_id"])


@page("tags/<str:tag_id>/pause/", name="tags-pause")
class PausePage(_TagAct):
    """Stop settling a tag."""

    title = gettext_lazy("暂停标签")

    @override
    def act(self) -> str:
        tag_pause(public_id=self.kwargs["tag_id"], is_paused=True)
        toast(self.request, "success", _("已暂停，带有标签的会员不变"))
        return self.back()


@page("tags/<str:tag_id>/resume/", name="tags-resume")
class ResumePage(_TagAct):
    """Settle it again."""

    title = gettext_lazy("恢复标签")

    @override
    def act(self) -> str:
        tag_pause(public_id=self.kwargs["tag_id"], is_paused=False)
        toast(self.request, "success", _("已恢复，正在重新计算"))
        return self.back()


@page("tags/<str:tag_id>/wecom/", name="tags-wecom")
class WecomPage(_TagAct):
    """Have the tag in WeCom as well."""

    title = gettext_lazy("同步到企业微信")

    @override
    def act(self) -> str:
        tag_link(public_id=self.kwargs["tag_id"])
        toast(self.request, "success", _("正在同步到企业微信"))
        return self.back()


@page("tags/<str:tag_id>/retry/", name="tags-retry")
class RetryPage(_TagAct):
    """Tell WeCom again what it refused."""

    title = gettext_lazy("重试同步")

    @override
    def act(self) -> str:
        count = tag_push_retry(public_id=self.kwargs["tag_id"])
        toast(self.request, "success", _("重新同步 %(count)s 项") % {"count": thousands(count)})
        return self.back()
