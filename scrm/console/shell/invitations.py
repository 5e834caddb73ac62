"""Inviting people, and what they see behind the link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from typing_extensions import override

from scrm.access.models import Invitation
from scrm.access.people.invitations import (
    AccountExists,
    InvitationGone,
    InviterNotEntitled,
    Opened,
    invitation_accept,
    invitation_make,
    invitation_read,
    invitation_revoke,
    invitation_send_again,
)
from scrm.access.people.selectors import invitation_state, invitations_listed
from scrm.access.permissions import ROLES
from scrm.access.scope import scope_choices
from scrm.access.signin.mail import public_address
from scrm.access.signin.passwords import PASSWORD_LONGEST
from scrm.access.signin.sessions import ip_of
from scrm.console.columns import Column
from scrm.console.elements import Action, Badge, Crumb, Tone
from scrm.console.filters import ChoiceFilter, Filter, ListQuery, Sort
from scrm.console.gate import permissions_held
from scrm.console.pages.forms import ActPage, FormPage, form_refuse
from scrm.console.pages.lists import ListPage
from scrm.console.requests import toast, toasts_take
from scrm.console.shell.people import PlaceForm, people_tabs, roles_shown
from scrm.console.shell.scoping import scopes_said
from scrm.core.errors import InvalidValue
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant, TenantStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

_INVALID, _GONE = 422, 410
_STATES: dict[str, tuple[Any, Tone]] = {
    "open": (gettext_lazy("待接受"), "info"),
    "expired": (gettext_lazy("已过期"), "warn"),
    "accepted": (gettext_lazy("已加入"), "good"),
    "revoked": (gettext_lazy("已撤销"), "muted"),
}


def link_maker(request: HttpRequest, brand: str) -> Callable[[str], str]:
    """From a token to the address in the letter."""

    def link_of(token: str) -> str:
        path = reverse("console:join", kwargs={"brand": brand, "token": token})
        return public_address(path, base_url=request.build_absolute_uri("/"))

    return link_of


class InvitationListPage(ListPage):
    """Who was invited and what became of it."""

    permission = "people.view"
    title = gettext_lazy("成员与角色")
    url_name = "people-invitations"
    nav_key = "people"
    template_name = "console/people/list.html"
    noun = gettext_lazy("个邀请")
    search_hint = gettext_lazy("邮箱")
    empty_title = gettext_lazy("还没有邀请")
    empty_text = gettext_lazy("邀请会发到对方邮箱，7 天内有效，接受后即成为成员。")
    empty_icon = "mail"
    columns: ClassVar[Sequence[Column]] = (
        Column(key="email", label=gettext_lazy("邮箱"), is_primary=True),
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
            on_phone=False,
        ),
        Column(
            key="state",
            label=gettext_lazy("状态"),
            kind="status",
            value=lambda row: Badge(*_STATES[invitation_state(row)]),
        ),
        Column(key="invited_by", label=gettext_lazy("邀请人")),
        Column(key="sent_at", label=gettext_lazy("发出时间"), kind="datetime"),
        Column(key="expires_at", label=gettext_lazy("有效期至"), kind="datetime", on_phone=False),
    )
    filters: ClassVar[Sequence[Filter]] = (
        ChoiceFilter(
            key="state",
            label=gettext_lazy("状态"),
            choices=[(state, words[0]) for state, words in _STATES.items()],
        ),
    )
    sorts: ClassVar[Sequence[Sort]] = (
        Sort(key="-sent", label=gettext_lazy("最新"), order=("-sent_at", "-id")),
    )

    @override
    def queryset(self, query: ListQuery) -> QuerySet[Invitation]:
        return invitations_listed(search=query.search, states=query.all("state"))

    @override
    def rows_make(self, rows: Sequence[Any]) -> Sequence[Any]:
        return scopes_said(rows)

    @override
    def row_actions(self, row: Invitation) -> Sequence[Action]:
        if invitation_state(row) not in {"open", "expired"}:
            return ()
        return (
            Action(
                label=_("重发"),
                href=self.url("invitation-send", invitation_id=row.public_id),
                icon="send",
                method="post",
                permission="people.edit",
            ),
            Action(
                label=_("撤销邀请"),
                href=self.url("invitation-revoke", invitation_id=row.public_id),
                icon="x",
                method="post",
                permission="people.edit",
            ),
        )

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
        return people_tabs(self, "people-invitations")


class InviteForm(PlaceForm):
    """Whom, and as what."""

    email = forms.EmailField(
        label=gettext_lazy("邮箱"),
        max_length=254,
        help_text=gettext_lazy("邀请链接只发到这个邮箱，7 天内有效，只能用一次。"),
    )
    name = forms.CharField(label=gettext_lazy("姓名"), max_length=60, required=False)
    field_order = ("email", "name", "roles", "whose", "departments", "staff")


class InvitePage(FormPage):
    """Invite somebody by mail."""

    permission = "people.edit"
    title = gettext_lazy("邀请成员")
    nav_key = "people"
    form_class = InviteForm
    submit_label = gettext_lazy("发送邀请")

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("成员与角色"), self.url("people"))]

    @override
    def form_arguments(self) -> Mapping[str, Any]:
        return {"choices": scope_choices()}

    @override
    def save(self, form: forms.BaseForm) -> str:
        assert isinstance(form, InviteForm)  # noqa: S101 - for the type checker
        invitation_make(
            email=form.cleaned_data["email"],
            name=form.cleaned_data["name"],
            granted_by=permissions_held(self.request.membership),
            link_of=link_maker(self.request, self.request.tenant.slug),
            **form.place(),
        )
        toast(self.request, "success", _("邀请已发送"))
        return self.url("people-invitations")

    @override
    def cancel_url(self) -> str:
        return self.url("people")


class InvitationSendAct(ActPage):
    """Send a new link; the old one dies."""

    permission = "people.edit"
    nav_key = "people"

    @override
    def act(self) -> str:
        invitation_send_again(
            public_id=str(self.kwargs["invitation_id"]),
            granted_by=permissions_held(self.request.membership),
            link_of=link_maker(self.request, self.request.tenant.slug),
        )
        toast(self.request, "success", _("新的邀请链接已发送，旧链接失效"))
        return self.url("people-invitations")


class InvitationRevokeAct(ActPage):
    """Take the offer back."""

    permission = "people.edit"
    nav_key = "people"

    @override
    def act(self) -> str:
        invitation_revoke(public_id=str(self.kwargs["invitation_id"]))
        toast(self.request, "success", _("邀请已撤销，链接失效"))
        return self.url("people-invitations")


# -- behind the link --------------------------------------------------------------------------------


class JoinForm(forms.Form):
    """Name and password of a new person."""

    name = forms.CharField(
        label=gettext_lazy("姓名"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )
    password = forms.CharField(
        label=gettext_lazy("密码"),
        strip=False,
        max_length=PASSWORD_LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("至少 10 个字符，不要用常见密码。"),
    )
    again = forms.CharField(
        label=gettext_lazy("再输一次"),
        strip=False,
        max_length=PASSWORD_LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    @override
    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password") and data.get("again") and data["password"] != data["again"]:
            self.add_error("again", _("两次输入的密码不一致"))
        return data


class JoinView(View):
    """The invitation as its reader sees it: join, once, as a new person or with the account they have."""

    http_method_names = ["get", "post", "head"]

    @override
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        response.headers["Cache-Control"] = "no-store"
        # The token must not travel to other sites in a Referer. Not `no-referrer`: browsers then post the
        # form with `Origin: null`, which the CSRF check refuses.
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    def get(self, request: HttpRequest, brand: str, token: str) -> HttpResponse:
        tenant = self._tenant(brand)
        if tenant is None:
            return self._gone(request)
        with tenant_scope(tenant), transaction.atomic():
            try:
                opened = invitation_read(token)
            except (InvitationGone, InviterNotEntitled) as refusal:
                return self._gone(request, refusal)
            return self._answer(request, tenant, opened, self._form(opened))

    def post(self, request: HttpRequest, brand: str, token: str) -> HttpResponse:
        tenant = self._tenant(brand)
        if tenant is None:
            return self._gone(request)
        with tenant_scope(tenant), transaction.atomic():
            try:
                return self._accept(request, tenant, token)
            except (InvitationGone, InviterNotEntitled) as refusal:
                return self._gone(request, refusal)

    def _accept(self, request: HttpRequest, tenant: Tenant, token: str) -> HttpResponse:
        opened = invitation_read(token)
        form = JoinForm(request.POST)
        if not opened.is_known and not form.is_valid():
            return self._answer(request, tenant, opened, form, status=_INVALID)
        data = {} if opened.is_known else form.cleaned_data
        try:
            invitation_accept(
                token=token,
                name=data.get("name", ""),
                password=data.get("password", ""),
                ip=ip_of(request),
                request_id=getattr(request, "request_id", ""),
            )
        except AccountExists as refusal:
            toast(request, "warning", str(refusal))
            known = invitation_read(token)
            return self._answer(request, tenant, known, form, status=refusal.kind.value)
        except InvalidValue as refusal:
            form_refuse(form, refusal)
            return self._answer(request, tenant, opened, form, status=_INVALID)
        toast(request, "success", _("已加入%(brand)s，请登录") % {"brand": tenant.name})
        return redirect("console:brands")

    def _tenant(self, brand: str) -> Tenant | None:
        return Tenant.objects.filter(slug=brand, status=TenantStatus.ACTIVE).first()

    def _form(self, opened: Opened) -> JoinForm:
        return JoinForm(initial={"name": opened.invitation.name})

    def _answer(
        self,
        request: HttpRequest,
        tenant: Tenant,
        opened: Opened,
        form: JoinForm,
        *,
        status: int = 200,
    ) -> HttpResponse:
        context = {
            "brand": tenant,
            "invitation": opened.invitation,
            "roles": [label for role, label in ROLES.items() if role in opened.invitation.roles],
            "form": None if opened.is_known else form,
            "toasts": toasts_take(request),
        }
        return render(request, "console/entrance/join.html", context, status=status)

    def _gone(
        self, request: HttpRequest, refusal: InvitationGone | InviterNotEntitled | None = None
    ) -> HttpResponse:
        told = str(refusal) if isinstance(refusal, InviterNotEntitled) else ""
        context: dict[str, object] = {"invitation": None, "refusal": told, "toasts": []}
        status = _GONE if refusal is None else refusal.kind.value
        return render(request, "console/entrance/join.html", context, status=status)
