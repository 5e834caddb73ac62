"""Every tag, by kind and group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.tags.definitions import definition_words
from members.tags.models import Tag, TagKind, TagState
from members.tags.selectors import (
    MOST_COUNTED,
    group_choices,
    tag_counts,
    tag_tree,
    tags_shown,
)
from scrm.console.columns import Column
from scrm.console.elements import Action, Badge, TreeNode
from scrm.console.filters import ChoiceFilter, ListQuery, Sort
from scrm.console.pages import ListPage
from scrm.console.routes import Nav, page, page_url
from scrm.console.writing import thousands

STATE_TONES = {TagState.DRAFT: "warn", TagState.ACTIVE: "good", TagState.PAUSED: "muted"}


def state_badge(tag: Tag) -> Badge:
    """The state as a small word."""
    state = TagState(tag.state)
    return Badge(state.label, STATE_TONES[state])  # type: ignore[arg-type]  # one of the tones


@dataclass(frozen=True, kw_only=True)
class TagRow:
    """A tag with how many wear it; a list counts to ten thousand and no further."""

    tag: Tag
    count: int

    @property
    def public_id(self) -> str:
        return str(self.tag.public_id)

    @property
    def count_words(self) -> str:
        most = f"{thousands(MOST_COUNTED)}+"
        return most if self.count > MOST_COUNTED else thousands(self.count)


def _sync(row: TagRow) -> Badge:
    tag: Any = row.tag
    if tag.is_refused:
        return Badge(_("同步失败"), "bad")
    if tag.is_waiting:
        return Badge(_("同步中"), "info")
    return Badge(_("已同步"), "good") if tag.is_linked else Badge(_("未同步"), "muted")


def _made_by(row: TagRow) -> str:
    tag: Any = row.tag
    if not tag.version:
        return ""
    made = f"v{tag.version} {tag.author or ''}".strip()
    return f"{made} / {tag.approver}" if tag.approver else made


@page("tags/list/", name="tags-list", nav=Nav(section="tags", order=20))
class TagListPage(ListPage):
    """Every tag in use."""

    permission = "tags.view"
    title = gettext_lazy("标签")
    noun = gettext_lazy("个标签")
    template_name = "members/tags/list.html"
    search_hint = gettext_lazy("标签名称")
    sorts = (
        Sort(key="-made", label=gettext_lazy("最近新建"), order=("-created_at", "-id")),
        Sort(key="name", label=gettext_lazy("名称"), order=("name", "id")),
    )
    filters = (
        ChoiceFilter(key="kind", label=gettext_lazy("类型"), choices=TagKind.choices),
        ChoiceFilter(key="group", label=gettext_lazy("标签组"), choices=group_choices),
    )
    empty_title = gettext_lazy("还没有标签")
    empty_text = gettext_lazy("手工打标签、按统计或规则自动打标签，也可以与企业微信同步。")
    empty_icon = "tag"

    @property
    @override
    def columns(self) -> Sequence[Column]:  # type: ignore[override]  # counts lead to this brand's list
        slug = self.request.tenant.slug

        def members_url(row: TagRow) -> str:
            return f"{page_url(slug, 'members-list')}?{urlencode({'tag': row.tag.public_id})}"

        return (
            Column(key="name", label=_("标签"), is_primary=True, value=lambda row: row.tag.name),
            Column(
                key="kind",
                label=_("类型"),
                kind="tag",
                value=lambda row: Badge(TagKind(row.tag.kind).label),
            ),
            Column(key="group", label=_("标签组"), value=lambda row: row.tag.group.label),
            Column(
                key="words",
                label=_("定义"),
                value=lambda row: (
                    definition_words(row.tag.kind, row.tag.definition) or row.tag.description
                ),
            ),
            Column(
                key="count",
                label=_("覆盖人数"),
                kind="number",
                value=lambda row: row.count_words,
                href=members_url,
            ),
            Column(
                key="state", label=_("状态"), kind="status", value=lambda row: state_badge(row.tag)
            ),
            Column(key="version", label=_("版本、作者 / 审批人"), value=_made_by),
            Column(key="sync", label=_("企微同步"), kind="status", value=_sync),
        )

    @override
    def queryset(self, query: ListQuery) -> QuerySet[Tag]:
        return tags_shown(kinds=query.all("kind"), groups=query.all("group"), text=query.search)

    @override
    def rows_make(self, rows: Sequence[Tag]) -> Sequence[TagRow]:
        counts = tag_counts() if rows else {}
        return [TagRow(tag=tag, count=counts.get(tag.pk, 0)) for tag in rows]

    @override
    def row_label(self, row: TagRow) -> str:
        return row.tag.name

    @override
    def row_url(self, row: TagRow) -> str:
        return self.url("tags-detail", tag_id=row.tag.public_id)

    @cached_property
    def tree(self) -> list[TreeNode]:
        """Kinds, and under each the groups that have such tags."""
        asked = self.request.GET.getlist("kind")
        found: dict[str, list[TreeNode]] = {}
        totals: Mapping[str, int] = {}
        for kind, group_id, name, count in tag_tree():
            query = urlencode({"kind": kind, "group": group_id})
            node = TreeNode(label=name, note=thousands(count), href=f"?{query}")
            found.setdefault(kind, []).append(node)
            totals = {**totals, kind: totals.get(kind, 0) + count}
        return [
            TreeNode(
                label=str(kind.label),
                note=thousands(totals.get(kind, 0)),
                href=f"?{urlencode({'kind': kind.value})}",
                children=found.get(kind, []),
                is_open=kind.value in asked,
            )
            for kind in TagKind
            if kind in found
        ]

    @override
    def actions(self) -> Sequence[Action]:
        return (
            Action(
                label=_("新建标签组"),
                href=self.url("tags-group-new"),
                opens="drawer",
                permission="tags.edit",
            ),
            Action(label=_("新建统计标签"), href=self.url("tags-figures"), permission="tags.edit"),
            Action(label=_("新建规则标签"), href=self.url("tags-rule"), permission="tags.edit"),
            Action(
                label=_("新建标签"),
                href=self.url("tags-new"),
                icon="plus",
                opens="drawer",
                is_primary=True,
                permission="tags.edit",
            ),
        )

    @override
    def empty_action(self) -> Action | None:
        return Action(label=_("新建标签"), href=self.url("tags-new"), permission="tags.edit")
