"""Page 45: who serves the brand, with which roles and over which customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from scrm.access.models import Membership
from scrm.access.people.selectors import people_listed, person_get
from scrm.access.people.services import person_activate, person_change, person_deactivate
from scrm.access.permissions import ROLES
from scrm.access.scope import scope_choices
from scrm.console.columns import Column
from scrm.console.elements import Action, Badge, Crumb, Person
from scrm.console.filters import ChoiceFilter, Filter, ListQuery, Sort
from scrm.console.gate import permissions_held
from scrm.console.navigation import Item, item_register
from scrm.console.pages.base import ConsolePage
from scrm.console.pages.forms import ActPage, FormPage
from scrm.console.pages.lists import ListPage
from scrm.console.requests import toast
from scrm.console.shell.scoping import ScopeForm, scope_initial, scopes_said

if TYPE_CHECKING:
    from django.db.models import QuerySet


def roles_shown(roles: Sequence[str]) -> list[Badge]:
    """Roles as tags, in the order of PL-09."""
    return [
        Badge(label, "info" if role == "tenant_admin" else "neutral")
        for role, label in ROLES.items()
        if role in roles
    ]


def people_tabs(page: ConsolePage, current: str) -> list[tuple[str, str, bool]]:
    """The three faces of page 45."""
    faces = (
        ("people", _("成员")),
        ("people-invitations", _("邀请")),
        ("people-roles", _("角色权限")),
    )
    return [(label, page.url(name), name == current) for name, label in faces]


class PeopleListPage(ListPage):
    """Everybody who serves the brand."""

    permission = "people.view"
    title = gettext_lazy("成员与角色")
    url_name = "people"
    nav_key = "people"
    template_name = "console/people/list.html"
    noun = gettext_lazy("位成员")
    search_hint = gettext_lazy("姓名 / 邮箱")
    empty_title = gettext_lazy("还没有成员")
    empty_text = gettext_lazy("邀请同事加入后，会出现在这里。")
    empty_icon = "users"
    columns: ClassVar[Sequence[Column]] = (
        Column(
            key="person",
            label=gettext_lazy("成员"),
            kind="person",
            value=lambda row: Person(name=row.operator.name, note=row.operator.email),
            is_primary=True,
        ),
        Column(
            key="roles",
            label=gettext_lazy("角色"),
            kind="tag",
            value=lambda row: roles_shown(row.roles),
        ),
        Column(
            key="scope",
            label=gettext_lazy("数据范围"),
            value=lambda row: row.scope_said,
        ),
        Column(
            key="factor",
            label=gettext_lazy("两步验证"),
            kind="status",
            value=lambda row: (
                Badge(_("已开启"), "good") if row.has_factor else Badge(_("未开启"), "neutral")
            ),
        ),
        Column(
            key="last_login",
            label=gettext_lazy("上次登录"),
            kind="datetime",
            value=lambda row: row.operator.last_login,
        ),
        Column(
            key="state",
            label=gettext_lazy("状态"),
            kind="status",
            value=lambda row: (
                Badge(_("正常"), "good")
                if row.deactivated_at is None
                else Badge(_("已停用"), "bad")
            ),
        ),
        Column(
            key="created_at",
            label=gettext_lazy("加入时间"),
            kind="date",
            sort="joined",
            on_phone=False,
        ),
    )
    filters: ClassVar[Sequence[Filter]] = (
        ChoiceFilter(key="role", label=gettext_lazy("角色"), choices=list(ROLES.items())),
        ChoiceFilter(
            key="state",
            label=gettext_lazy("状态"),
            choices=[("active", gettext_lazy("正常")), ("shut", gettext_lazy("已停用"))],
            is_single=True,
        ),
    )
    sorts: ClassVar[Sequence[Sort]] = (
        Sort(key="joined", label=gettext_lazy("最早加入"), order=("created_at", "id")),
        Sort(key="-joined", label=gettext_lazy("最近加入"), order=("-created_at", "-id")),
    )

    @override
    def queryset(self, query: ListQuery) -> QuerySet[Membership]:
        state = query.one("state")
        return people_listed(
            search=query.search,
            roles=query.all("role"),
            is_active=state == "active" if state else None,
        )

    @override
    def rows_make(self, rows: Sequence[Any]) -> Sequence[Any]:
        return scopes_said(rows)

    @override
    def row_key(self, row: Membership) -> str:
        return str(row.operator.public_id)

    @override
    def row_url(self, row: Membership) -> str:
        return self.url("person", person_id=row.operator.public_id)

    @override
    def actions(self) -> Sequence[Action]:
        return (
            Action(
                label=_("邀请成员"),
                href=self.url("people-invite"),
                icon="user-plus",
                is_primary=True,
                permission="people.edit",
            ),
        )

    @property
    def tabs_shown(self) -> list[tuple[str, str, bool]]:
        return people_tabs(self, "people")


class PlaceForm(ScopeForm):
    """Roles, and whose customers."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("角色"),
        choices=list(ROLES.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("可以选择多个，权限取并集。每个角色能做什么见「角色权限」。"),
    )
    field_order: Sequence[str] = ("roles", "whose", "departments", "staff")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "whose" in self.fields:
            self.fields["whose"].help_text = _(
                "限定后只能查看和编辑这些员工的企微好友，并且看不到推送、分析、设置等面向整个品牌的功能。"
            )

    def place(self) -> dict[str, Any]:
        """What the services take."""
        return {"roles": self.cleaned_data["roles"], "data_scope": self.data_scope()}


class PersonPage(FormPage):
    """One person's roles and data scope."""

    permission = "people.edit"
    nav_key = "people"
    form_class = PlaceForm
    template_name = "console/people/person.html"

    @cached_property
    def place(self) -> Membership:
        return person_get(str(self.kwargs["person_id"]))

    @override
    def heading(self) -> str:
        return self.place.operator.name

    @override
    def subtitle(self) -> str:
        return self.place.operator.email

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("成员与角色"), self.url("people"))]

    @override
    def actions(self) -> Sequence[Action]:
        key = self.place.operator.public_id
        if self.place.deactivated_at is not None:
            return (
                Action(
                    label=_("恢复成员"),
                    href=self.url("person-activate", person_id=key),
                    icon="user-check",
                    method="post",
                    permission="people.edit",
                ),
            )
        shut = Action(
            label=_("停用成员"),
            href=self.url("person-deactivate", person_id=key),
            icon="x",
            method="post",
            is_danger=True,
            permission="people.edit",
        )
        if not self.place.has_factor or self.place.operator == self.request.operator:  # type: ignore[attr-defined]
            return (shut,)
        lost = Action(
            label=_("移除两步验证"),
            href=self.url("person-factor", person_id=key),
            icon="shield-check",
            opens="modal",
            permission="people.edit",
        )
        return (lost, shut)

    @override
    def initial(self) -> Mapping[str, Any]:
        return {"roles": self.place.roles, **scope_initial(self.place.data_scope)}

    @override
    def form_arguments(self) -> Mapping[str, Any]:
        return {"choices": scope_choices()}

    @override
    def context(self) -> dict[str, object]:
        return {"place": self.place}

    @override
    def save(self, form: forms.BaseForm) -> str:
        assert isinstance(form, PlaceForm)  # noqa: S101 - for the type checker
        person_change(
            public_id=self.place.operator.public_id,
            granted_by=permissions_held(self.request.membership),
            **form.place(),
        )
        toast(self.request, "success", _("已保存，对方下次打开页面即生效"))
        return self.url("people")

    @override
    def cancel_url(self) -> str:
        return self.url("people")


class PersonDeactivateAct(ActPage):
    """Shut the brand to somebody."""

    permission = "people.edit"
    nav_key = "people"

    @override
    def act(self) -> str:
        key = str(self.kwargs["person_id"])
        held = permissions_held(self.request.membership)
        place = person_deactivate(public_id=key, granted_by=held)
        toast(self.request, "success", _("已停用 %(name)s") % {"name": place.operator.name})
        return self.url("person", person_id=key)


class PersonActivateAct(ActPage):
    """Let somebody in again."""

    permission = "people.edit"
    nav_key = "people"

    @override
    def act(self) -> str:
        key = str(self.kwargs["person_id"])
        held = permissions_held(self.request.membership)
        place = person_activate(public_id=key, granted_by=held)
        toast(self.request, "success", _("已恢复 %(name)s") % {"name": place.operator.name})
        return self.url("person", person_id=key)


item_register(
    Item(
        key="people",
        section="settings",
        label=PeopleListPage.title,
        permission="people.view",
        order=20,
    )
)
