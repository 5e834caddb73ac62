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

if TYPE_CHECKING:
    from django.db.models import QuerySet

_ALL, _SOME = "all", "some"


def roles_shown(roles: Sequence[str]) -> list[Badge]:
    """Roles as tags, in the order of PL-09."""
    return [
        Badge(label, "info" if role == "tenant_admin" else "neutral")
        for role, label in ROLES.items()
        if role in roles
    ]


def scope_shown(data: Mapping[str, Sequence[str]] | None) -> str:
    """The data scope in a few words."""
    if data is None:
        return _("整个品牌")
    parts = []
    if data.get("departments"):
        parts.append(_("%(count)s 个部门") % {"count": len(data["departments"])})
    if data.get("staff"):
        parts.append(_("%(count)s 位员工") % {"count": len(data["staff"])})
    return "、".join(parts)


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
            value=lambda row: scope_shown(row.data_scope),
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


class PlaceForm(forms.Form):
    """Roles, and whose customers."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("角色"),
        choices=list(ROLES.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("可以选择多个，权限取并集。每个角色能做什么见「角色权限」。"),
    )
    reach = forms.ChoiceField(
        label=gettext_lazy("数据范围"),
        choices=[
            (_ALL, gettext_lazy("整个品牌")),
            (_SOME, gettext_lazy("只看指定部门或员工的客户")),
        ],
        widget=forms.RadioSelect,
        initial=_ALL,
        help_text=gettext_lazy(
            "限定后只能查看和编辑这些员工的企微好友，并且看不到推送、分析、设置等面向整个品牌的功能。"
        ),
    )
    departments = forms.MultipleChoiceField(
        label=gettext_lazy("部门"), required=False, widget=forms.CheckboxSelectMultiple
    )
    staff = forms.MultipleChoiceField(
        label=gettext_lazy("员工"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text=gettext_lazy("按住 Ctrl 或 ⌘ 可以多选。"),
    )

    def __init__(
        self, *args: Any, choices: Mapping[str, Sequence[tuple[str, str]]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for part in ("departments", "staff"):
            if choices[part]:
                self.fields[part].choices = choices[part]  # type: ignore[attr-defined]
            else:
                del self.fields[part]
        if not choices["departments"] and not choices["staff"]:
            del self.fields["reach"]  # nobody to choose from before WeCom is bound

    def place(self) -> dict[str, Any]:
        """What the services take."""
        data = self.cleaned_data
        limited = data.get("reach") == _SOME
        scope = {part: data.get(part, []) for part in ("departments", "staff")}
        return {"roles": data["roles"], "data_scope": scope if limited else None}


def place_initial(roles: Sequence[str], data: Mapping[str, Sequence[str]] | None) -> dict[str, Any]:
    """The form as somebody's place fills it."""
    scope = data or {}
    return {
        "roles": roles,
        "reach": _ALL if data is None else _SOME,
        "departments": scope.get("departments", []),
        "staff": scope.get("staff", []),
    }


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
        return (
            Action(
                label=_("停用成员"),
                href=self.url("person-deactivate", person_id=key),
                icon="x",
                method="post",
                is_danger=True,
                permission="people.edit",
            ),
        )

    @override
    def initial(self) -> Mapping[str, Any]:
        return place_initial(self.place.roles, self.place.data_scope)

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
