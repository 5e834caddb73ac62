"""Keys: the list, one key, and the four things done to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from scrm.access.keys import (
    ALL_SCOPES,
    API_SCOPES,
    MadeKey,
    api_key_change,
    api_key_create,
    api_key_get,
    api_key_limit,
    api_key_revoke,
    api_key_rotate,
    api_key_state,
)
from scrm.access.models import ApiKey, KeyMode
from scrm.access.permissions import PERMISSIONS
from scrm.access.scope import scope_choices, scope_names
from scrm.console.elements import Action, Crumb
from scrm.console.pages import ConsolePage, FormPage
from scrm.console.requests import toast
from scrm.console.routes import page
from scrm.console.shell.keys import listing, words  # the list is found through here
from scrm.console.shell.keys.forms import (
    EVERYTHING,
    SOME,
    KeyForm,
    NewKeyForm,
    RevokeForm,
    RotationForm,
)
from scrm.console.shell.scoping import scope_initial, scope_words
from scrm.console.writing import datetime_text
from scrm.core import clock
from scrm.core.secrets import secret_open, secret_seal

if TYPE_CHECKING:
    from django import forms

_FRESH = "api_key_fresh"

__all__ = ["listing"]


class _KeyForms(FormPage):
    """Making and changing share the tick table; a fresh secret leads to the page that shows it once."""

    permission = "keys.edit"
    nav_key = "api-keys"
    template_name = "console/keys/form.html"
    form_class: ClassVar[type[forms.BaseForm]] = KeyForm

    @cached_property
    def held(self) -> list[str]:
        """What this person may give away."""
        mine = [name for name in PERMISSIONS if self.may(name)]
        return [*mine, ALL_SCOPES] if len(mine) == len(PERMISSIONS) else mine

    @override
    def form_arguments(self) -> Mapping[str, Any]:
        return {
            "scopes": sorted(API_SCOPES & set(self.held)),
            "limit": int(getattr(settings, "API_CALLS_PER_MINUTE", 1200)),
            "choices": scope_choices(),
        }

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("API 密钥"), self.url("api-keys"))]

    @override
    def cancel_url(self) -> str:
        return self.url("api-keys")

    @override
    def answer(self, context: dict[str, object], *, status: int = 200) -> Any:
        form = cast("KeyForm", context["form"])
        groups = words.scope_groups(held=self.held, ticked=form.ticked)
        return super().answer({**context, "groups": groups}, status=status)

    def wanted(self, form: forms.BaseForm) -> dict[str, Any]:
        assert isinstance(form, KeyForm)  # noqa: S101 - for the type checker
        told = form.cleaned_data
        day = told["expires_on"]
        zone = self.request.tenant.timezone
        return {
            "name": told["name"],
            "scopes": told["scopes"],
            "calls_per_minute": told["calls_per_minute"],
            "data_scope": form.data_scope(),
            "expires_at": clock.local_midnight(day + timedelta(days=1), zone) if day else None,
        }

    def show_once(self, made: MadeKey) -> str:
        """Keep the secret sealed with the session until the next page takes it out."""
        self.request.session[_FRESH] = [made.key.public_id, secret_seal(made.secret)]
        return self.url("api-key-secret", key_id=made.key.public_id)


@page("settings/keys/new/", name="api-key-new")
class KeyNewPage(_KeyForms):
    """Make a key."""

    title = gettext_lazy("新建 API 密钥")
    form_class = NewKeyForm
    submit_label = gettext_lazy("创建密钥")

    @override
    def save(self, form: forms.BaseForm) -> str:
        made = api_key_create(
            **self.wanted(form), mode=form.cleaned_data["mode"], granted_by=self.held
        )
        return self.show_once(made)


class _OneKey(_KeyForms):
    @cached_property
    def key(self) -> ApiKey:
        return api_key_get(str(self.kwargs["key_id"]))

    def back(self) -> str:
        return self.url("api-key", key_id=self.key.public_id)

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("API 密钥"), self.url("api-keys")), Crumb(self.key.name, self.back())]

    @override
    def cancel_url(self) -> str:
        return self.back()


@page("settings/keys/<str:key_id>/edit/", name="api-key-edit")
class KeyEditPage(_OneKey):
    """Change what a key may do."""

    title = gettext_lazy("修改 API 密钥")

    @override
    def initial(self) -> Mapping[str, Any]:
        key, day = self.key, None
        if key.expires_at is not None:
            last = key.expires_at - timedelta(microseconds=1)
            day = clock.local_date(last, self.request.tenant.timezone)
        return {
            "name": key.name,
            "expires_on": day,
            "calls_per_minute": key.calls_per_minute,
            "reach": EVERYTHING if ALL_SCOPES in key.scopes else SOME,
            "scopes": [name for name in key.scopes if name != ALL_SCOPES],
            **scope_initial(key.data_scope),
        }

    @override
    def form_arguments(self) -> Mapping[str, Any]:
        told = super().form_arguments()
        return {**told, "scopes": sorted({*told["scopes"], *self.key.scopes})}

    @override
    def save(self, form: forms.BaseForm) -> str:
        changes = self.wanted(form)
        if (
            changes["expires_at"]
            and form.cleaned_data["expires_on"] == self.initial()["expires_on"]
        ):
            del changes["expires_at"]  # a time of day set by REST stays
        api_key_change(public_id=self.key.public_id, changes=changes, granted_by=self.held)
        toast(self.request, "success", _("已保存"))
        return self.back()


class _Confirm(_OneKey):
    template_name = "console/form.html"

    @override
    def form_arguments(self) -> Mapping[str, Any]:
        return {}

    @override
    def answer(self, context: dict[str, object], *, status: int = 200) -> Any:
        key = self.key
        told = {
            **context,
            "key": key,
            "used": words.last_used(key),
            "prefix": words.prefix_text(key),
        }
        return ConsolePage.answer(self, told, status=status)


@page("settings/keys/<str:key_id>/rotate/", name="api-key-rotate")
class KeyRotatePage(_Confirm):
    """A new secret for the same key."""

    title = gettext_lazy("轮换密钥")
    form_class = RotationForm
    form_intro = "console/keys/_rotate.html"
    submit_label = gettext_lazy("生成新密钥")

    @override
    def save(self, form: forms.BaseForm) -> str:
        hours = form.cleaned_data["overlap_hours"]
        made = api_key_rotate(
            public_id=self.key.public_id, overlap_hours=hours, granted_by=self.held
        )
        return self.show_once(made)


@page("settings/keys/<str:key_id>/revoke/", name="api-key-revoke")
class KeyRevokePage(_Confirm):
    """Close a key for good."""

    title = gettext_lazy("停用密钥")
    form_class = RevokeForm
    form_intro = "console/keys/_revoke.html"
    submit_label = gettext_lazy("停用")
    is_danger = True

    @override
    def save(self, form: forms.BaseForm) -> str:
        api_key_revoke(public_id=self.key.public_id)
        toast(self.request, "success", _("密钥已停用"))
        return self.back()


@page("settings/keys/<str:key_id>/secret/", name="api-key-secret")
class KeySecretPage(ConsolePage):
    """The secret, once: the next look finds nothing."""

    permission = "keys.edit"
    nav_key = "api-keys"
    title = gettext_lazy("保存密钥")
    template_name = "console/keys/secret.html"

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("API 密钥"), self.url("api-keys"))]

    @override
    def context(self) -> dict[str, object]:
        key = api_key_get(str(self.kwargs["key_id"]))
        secret = ""
        fresh = self.request.session.get(_FRESH)
        if fresh and fresh[0] == key.public_id:
            secret = secret_open(self.request.session.pop(_FRESH)[1])
        return {
            "key": key,
            "secret": secret,
            "is_rotating": api_key_state(key) == "rotating",
            "key_url": self.url("api-key", key_id=key.public_id),
            "base": self.request.build_absolute_uri("/api/v1/"),
        }


@page("settings/keys/<str:key_id>/", name="api-key")
class KeyPage(ConsolePage):
    """One key: what it may do, when it was used, which secrets open it."""

    permission = "keys.view"
    nav_key = "api-keys"
    template_name = "console/keys/key.html"

    @cached_property
    def key(self) -> ApiKey:
        return api_key_get(str(self.kwargs["key_id"]))

    @override
    def heading(self) -> str:
        return self.key.name

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("API 密钥"), self.url("api-keys"))]

    @override
    def actions(self) -> Sequence[Action]:
        if self.key.revoked_at is not None:
            return []
        at, may = {"key_id": self.key.public_id}, "keys.edit"
        return [
            Action(
                label=_("修改"), href=self.url("api-key-edit", **at), icon="edit", permission=may
            ),
            Action(
                label=_("停用"),
                href=self.url("api-key-revoke", **at),
                icon="x",
                is_danger=True,
                opens="drawer",
                permission=may,
            ),
            Action(
                label=_("轮换密钥"),
                href=self.url("api-key-rotate", **at),
                icon="refresh",
                is_primary=True,
                opens="drawer",
                permission=may,
            ),
        ]

    @override
    def context(self) -> dict[str, object]:
        key, state = self.key, api_key_state(self.key)
        dates = (
            (_("创建时间"), key.created_at),
            (_("最近使用"), words.last_used(key)),
            (_("到期"), key.expires_at),
            (_("停用时间"), key.revoked_at),
        )
        is_all = ALL_SCOPES in key.scopes
        return {
            "key": key,
            "state": words.state_badge(key),
            "mode": words.mode_badge(key),
            "is_test": key.mode == KeyMode.TEST,
            "is_limited": key.data_scope is not None,
            "is_rotating": state == "rotating",
            "is_all": is_all,
            "groups": [] if is_all else words.scope_groups(held=(), ticked=key.scopes),
            "facts": [
                (_("密钥"), words.prefix_text(key)),
                (_("编号"), key.public_id),
                (_("每分钟调用上限"), api_key_limit(key)),
                (_("数据范围"), scope_words(key.data_scope, scope_names(key.data_scope), most=20)),
                *((label, datetime_text(at) if at else "—") for label, at in dates),
            ],
        }
