"""The member list, and a new member."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from json import dumps
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.people.columns import MemberColumn, columns_registered
from members.people.doors import member_add
from members.people.filters import SEGMENT, SEGMENT_FILTER, field_filters, link_conditions, rule_of
from members.people.finding import members_searched
from members.people.forms import NewMemberForm
from members.people.models import Member
from members.people.sources import source_label
from members.segments.fields import field_get
from members.segments.rules import Group, rule_json
from members.segments.words import chip_words
from scrm.console.columns import Column
from scrm.console.elements import Action, Badge, Person
from scrm.console.filters import Chip, ListQuery, Sort, address, address_without_value, query_read
from scrm.console.pages import FormPage, ListPage
from scrm.console.pages.lists import BulkAction
from scrm.console.requests import toast
from scrm.console.routes import Nav, page

_FIELD_FILTERS = field_filters()
_REGISTERED = columns_registered()


@dataclass(frozen=True)
class MemberRow:
    """A member with what other rooms say about them."""

    member: Any
    more: Mapping[str, Any]

    @property
    def public_id(self) -> str:
        return str(self.member.public_id)

    @override
    def __str__(self) -> str:
        return str(self.member.display_name or self.member.member_no)


def _person(row: MemberRow) -> Person:
    member = row.member
    return Person(
        name=member.display_name or _("未命名"), note=member.phone_masked or member.member_no
    )


def _first_source(member: Member) -> str:
    return source_label(member.first_source)


def _friendship(row: MemberRow) -> Badge:
    return Badge(_("已添加"), "good") if row.member.is_wecom_friend else Badge(_("未添加"))


def _own(
    key: str,
    label: Any,
    kind: Any = "text",
    read: Callable[[Any], object] | None = None,
    **more: Any,
) -> Column:
    """A column read off the member itself."""
    value = (lambda row: read(row.member)) if read else (lambda row: getattr(row.member, key))
    return Column(key=key, label=label, kind=kind, value=value, **more)


def _brought(column: MemberColumn) -> Column:
    return Column(
        key=column.key,
        label=column.label,
        kind=column.kind,
        value=lambda row: row.more.get(column.key),
        optional=column.optional,
        on_phone=column.on_phone,
    )


def _columns() -> tuple[Column, ...]:
    own = [
        (
            10,
            Column(
                key="person",
                label=gettext_lazy("会员"),
                kind="person",
                value=_person,
                is_primary=True,
            ),
        ),
        (
            30,
            _own(
                "source",
                gettext_lazy("渠道"),
                "text",
                lambda found: source_label(found.latest_source),
            ),
        ),
        (40, Column(key="wecom", label=gettext_lazy("企微"), kind="status", value=_friendship)),
        (60, _own("orders_count", gettext_lazy("订单"), "number")),
        (70, _own("net_fen", gettext_lazy("累计消费"), "yuan", sort="spent")),
        (80, _own("last_paid_date", gettext_lazy("最近消费"), "date")),
        (
            90,
            _own("registered_at", gettext_lazy("入会时间"), "date", sort="joined", on_phone=False),
        ),
        (91, _own("member_no", gettext_lazy("会员号"), optional=True)),
        (92, _own("city", gettext_lazy("城市"), optional=True)),
        (92, _own("occupation", gettext_lazy("职业"), optional=True)),
        (
            93,
            _own("gender", gettext_lazy("性别"), "text", Member.get_gender_display, optional=True),
        ),
        (94, _own("first", gettext_lazy("首次渠道"), "text", _first_source, optional=True)),
        (
            95,
            _own("kind", gettext_lazy("用户类型"), "text", Member.get_kind_display, optional=True),
        ),
    ]
    brought = [(column.order, _brought(column)) for column in _REGISTERED]
    return tuple(column for _order, column in sorted([*own, *brought], key=lambda pair: pair[0]))


@page("members/list/", name="members-list", nav=Nav(section="members", order=10))
class MemberListPage(ListPage):
    """Everybody the brand knows."""

    permission = "members.view"
    title = gettext_lazy("会员列表")
    noun = gettext_lazy("人")
    export_kind = "members"
    can_export_chosen = True
    search_hint = gettext_lazy("昵称 / 手机号 / 尾号 / 会员号 / 外部联系人ID")
    columns = _columns()
    filters = (*(item.filter for item in _FIELD_FILTERS), SEGMENT_FILTER)
    sorts = (
        Sort(key="-joined", label=gettext_lazy("最新入会"), order=("-registered_at", "-id")),
        Sort(key="joined", label=gettext_lazy("最早入会"), order=("registered_at", "id")),
        Sort(key="-spent", label=gettext_lazy("消费最高"), order=("-net_fen", "-id")),
        Sort(key="spent", label=gettext_lazy("消费最低"), order=("net_fen", "id"), in_menu=False),
    )
    bulk_actions = (
        BulkAction(
            key="tag",
            label=gettext_lazy("打标签"),
            url_name="members-tag",
            icon="tag",
            permission="members.edit",
        ),
        BulkAction(
            key="untag",
            label=gettext_lazy("去标签"),
            url_name="members-untag",
            icon="x",
            permission="members.edit",
        ),
        BulkAction(
            key="pool",
            label=gettext_lazy("移动粉丝池"),
            url_name="members-pool",
            icon="arrows-exchange",
            permission="pools.edit",
        ),
    )
    empty_title = gettext_lazy("还没有会员")
    empty_text = gettext_lazy("导入订单、接入企业微信或手工新建后，会员会出现在这里。")
    empty_icon = "users"

    @cached_property
    def rule(self) -> Group:
        """What the list is narrowed by, search box apart."""
        return rule_of(self.query, _FIELD_FILTERS, self.request.GET)

    @override
    def queryset(self, query: ListQuery) -> QuerySet[Member]:
        return members_searched(text=query.search, rule=self.rule)

    @override
    def rows_make(self, rows: Sequence[Any]) -> Sequence[MemberRow]:
        shown = {column.key for column in self.shown_columns}
        keys = [member.pk for member in rows]
        more = {
            column.key: column.fetch(keys) if keys else {}
            for column in _REGISTERED
            if column.key in shown and (not column.permission or self.may(column.permission))
        }
        return [
            MemberRow(member, {key: found.get(member.pk) for key, found in more.items()})
            for member in rows
        ]

    @override
    def row_url(self, row: MemberRow) -> str:
        return self.url("members-detail", member_id=row.public_id)

    @override
    def glance_url(self, row: MemberRow) -> str:
        return self.url("members-glance", member_id=row.public_id)

    @override
    def edit_url(self, row: MemberRow) -> str:
        if not self.may("members.edit"):
            return ""
        return self.url("members-edit", member_id=row.public_id)

    @override
    def chips(self) -> list[Chip]:
        linked = [
            Chip(
                label=str(field_get(condition.field).label),
                text=chip_words(condition),
                remove_url=address_without_value(self.request.GET, name, text),
            )
            for name, text, condition in link_conditions(self.request.GET)
        ]
        return [*super().chips(), *linked]

    @override
    def hidden_inputs(self) -> list[tuple[str, str]]:
        linked = [(name, text) for name, text, _condition in link_conditions(self.request.GET)]
        return [*super().hidden_inputs(), *linked]

    @override
    def clear_url(self) -> str:
        linked = [name for name, _text, _condition in link_conditions(self.request.GET)]
        return address(self.request.GET, without=[*self._filter_keys(), *linked])

    @cached_property
    @override
    def query(self) -> ListQuery:
        found = query_read(
            self.request.GET, filters=self.filters, sorts=self.sorts, limit=self.page_size
        )
        if not any(True for _linked in link_conditions(self.request.GET)):
            return found
        # Conditions that came by a link narrow the list too.
        return ListQuery(
            search=found.search,
            values={**found.values, "f": ("1",)},
            sort=found.sort,
            after=found.after,
            before=found.before,
            limit=found.limit,
        )

    @override
    def result_actions(self) -> Sequence[Action]:
        if not self.rule.nodes or self.query.search or self.query.all(SEGMENT):
            return ()
        if not self.may("segments.edit"):
            return ()
        rule = dumps(rule_json(self.rule), ensure_ascii=False, separators=(",", ":"))
        href = f"{self.url('segments-new')}?{urlencode({'rule': rule})}"
        return (Action(label=_("存为人群"), href=href, permission="segments.edit"),)

    @override
    def actions(self) -> Sequence[Action]:
        return (
            Action(
                label=_("导入订单"),
                href=self.url("orders-import"),
                icon="upload",
                permission="orders.write",
            ),
            Action(
                label=_("新建会员"),
                href=self.url("members-new"),
                icon="plus",
                is_primary=True,
                opens="drawer",
                permission="members.edit",
            ),
        )

    @override
    def empty_action(self) -> Action | None:
        return Action(
            label=_("导入订单"), href=self.url("orders-import"), permission="orders.write"
        )


@page("members/new/", name="members-new")
class NewMemberPage(FormPage):
    """Make a member by hand; a known phone opens who has it."""

    permission = "members.edit"
    nav_key = "members-list"
    title = gettext_lazy("新建会员")
    form_class = NewMemberForm

    @override
    def save(self, form: forms.BaseForm) -> str:
        added = member_add(**form.cleaned_data)
        told = _("已新建会员") if added.is_new else _("这个手机号已经是会员")
        toast(self.request, "success" if added.is_new else "info", told)
        return self.url("members-detail", member_id=added.card.member.public_id)

    @override
    def cancel_url(self) -> str:
        return self.url("members-list")
