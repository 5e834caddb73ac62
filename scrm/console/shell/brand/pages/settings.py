"""设置: every setting with its default and effect, its history, and the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _plain
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from scrm.console.elements import Action, Crumb
from scrm.console.pages.base import ConsolePage
from scrm.console.pages.forms import form_refuse
from scrm.console.requests import htmx_target
from scrm.console.routes import Nav, page
from scrm.console.shell.brand.forms import SettingsForm
from scrm.console.shell.brand.reviewed import ReviewedPage
from scrm.console.shell.brand.words import Line, key_label, lines_of, spec_text
from scrm.core.errors import DomainError, NotFound
from scrm.tenants.changing import Change, Difference, restore_change
from scrm.tenants.models import SettingVersion
from scrm.tenants.settings import GROUPS, SETTINGS, SettingSpec
from scrm.tenants.versions import PROFILE, tenant_fresh, versions_list

_MODULES = "modules"
_SHOWN = 30


@dataclass(frozen=True, kw_only=True)
class ShownSetting:
    """One setting as the page draws it."""

    spec: SettingSpec
    value: str
    default: str
    is_default: bool
    edit: Action
    history_url: str


@dataclass(frozen=True, kw_only=True)
class ShownGroup:
    """One card."""

    key: str
    label: str
    edit_url: str
    settings: Sequence[ShownSetting]


def specs_shown(*, group: str = "", search: str = "") -> list[SettingSpec]:
    """Settings of the page in their order, narrowed by group and by a word."""
    wanted = search.strip().lower()
    places = {key: place for place, key in enumerate(GROUPS)}
    found = [
        spec
        for spec in SETTINGS.values()
        if spec.group != _MODULES
        and group in {"", spec.group}
        and any(wanted in str(text).lower() for text in (spec.key, spec.label, spec.effect))
    ]
    return sorted(found, key=lambda spec: (places[spec.group], spec.order, spec.key))


@page("settings/values/", name="settings", nav=Nav(section="settings", order=12))
class SettingsPage(ConsolePage):
    """What the brand has chosen, group by group."""

    permission = "tenant.view"
    title = _("设置")
    template_name = "console/brand/settings.html"
    fragment_name = "console/brand/_settings.html"

    @override
    def subtitle(self) -> str:
        return _plain("当前版本 %(number)s，每次保存都会留下历史，可以回到任何一版") % {
            "number": tenant_fresh().settings_version
        }

    @override
    def actions(self) -> Sequence[Action]:
        return [
            Action(
                label=_("全部历史"),
                href=self.url("settings-history"),
                icon="history",
                opens="drawer",
            )
        ]

    @override
    def context(self) -> dict[str, object]:
        group, search = self.request.GET.get("group", ""), self.request.GET.get("q", "")[:80]
        specs = specs_shown(group=group if group in GROUPS else "", search=search)
        return {
            "search": search,
            "group": group,
            "groups": self._groups(specs),
            "tabs": self._tabs(group, search),
        }

    def _tabs(self, group: str, search: str) -> list[tuple[str, str, bool]]:
        used = {spec.group for spec in specs_shown()}
        shown = [("", _plain("全部"))]
        shown += [(key, str(label)) for key, label in GROUPS.items() if key in used]
        kept = {"q": search} if search else {}
        return [
            (label, f"?{urlencode({**kept, 'group': key} if key else kept)}", key == group)
            for key, label in shown
        ]

    def _groups(self, specs: Sequence[SettingSpec]) -> list[ShownGroup]:
        chosen = tenant_fresh().settings
        may_edit = self.may("tenant.edit")
        return [
            ShownGroup(
                key=key,
                label=str(label),
                edit_url=f"{self.url('settings-edit')}?group={key}" if may_edit else "",
                settings=[self._shown(spec, chosen) for spec in specs if spec.group == key],
            )
            for key, label in GROUPS.items()
            if any(spec.group == key for spec in specs)
        ]

    def _shown(self, spec: SettingSpec, chosen: Mapping[str, Any]) -> ShownSetting:
        value = chosen.get(spec.key, spec.default)
        query = urlencode({"key": spec.key})
        return ShownSetting(
            spec=spec,
            value=spec_text(spec, value),
            default=spec_text(spec, spec.default),
            is_default=value == spec.default,
            edit=Action(
                label=_("修改"), href=f"{self.url('settings-edit')}?{query}", opens="drawer"
            ),
            history_url=f"{self.url('settings-history')}?{query}",
        )


@page("settings/values/edit/", name="settings-edit")
class SettingsEditPage(ReviewedPage):
    """One setting in a drawer, or a group on a page of its own."""

    permission = "tenant.edit"
    nav_key = "settings"
    form_class = SettingsForm

    @cached_property
    def specs(self) -> list[SettingSpec]:
        """What was asked for: a key or a group; NotFound for neither."""
        asked = self.request.GET or self.request.POST
        key, group = asked.get("key", ""), asked.get("group", "")
        found = [
            spec for spec in specs_shown() if key == spec.key or (group and group == spec.group)
        ]
        if not found:
            raise NotFound
        return found

    @override
    def heading(self) -> str:
        if len(self.specs) == 1:
            return str(self.specs[0].label)
        return _plain("修改设置：%(group)s") % {"group": GROUPS[self.specs[0].group]}

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("设置"), self.url("settings"))]

    @override
    def initial(self) -> Mapping[str, Any]:
        return SettingsForm.initial_of(self.specs, tenant_fresh().settings)

    @override
    def form_arguments(self) -> Mapping[str, Any]:
        return {"specs": self.specs}

    @override
    def change_make(self, form: forms.BaseForm) -> Change:
        assert isinstance(form, SettingsForm)  # noqa: S101 - form_class
        return Change(values=form.values(), root="/values")

    @override
    def back_url(self) -> str:
        return self.url("settings")


@dataclass(frozen=True, kw_only=True)
class ShownVersion:
    """One version of the history."""

    row: SettingVersion
    lines: Sequence[Line]
    restore: Action | None


@page("settings/values/history/", name="settings-history")
class HistoryPage(ConsolePage):
    """Who changed what, when and why; each version can be brought back."""

    permission = "tenant.view"
    title = _("设置历史")
    nav_key = "settings"
    template_name = "console/brand/history.html"
    fragment_name = "console/brand/_history.html"

    @override
    def heading(self) -> str:
        key = self._key()
        return _plain("历史：%(label)s") % {"label": key_label(key)} if key else str(self.title)

    def _key(self) -> str:
        key = self.request.GET.get("key", "")
        if key and key not in SETTINGS and key not in PROFILE:
            raise NotFound
        return key

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("设置"), self.url("settings"))]

    @override
    def context(self) -> dict[str, object]:
        key, newest = self._key(), tenant_fresh().settings_version
        rows = list(versions_list(key=key).order_by("-number")[:_SHOWN])
        return {
            "versions": [self._shown(row, key, newest) for row in rows],
            "is_cut": len(rows) == _SHOWN,
        }

    def _shown(self, row: SettingVersion, key: str, newest: int) -> ShownVersion:
        found = [
            Difference(key=name, before=row.before.get(name), after=after)
            for name, after in row.after.items()
            if key in {"", name}
        ]
        restore = Action(
            label=_("回到此版本"),
            href=self.url("settings-restore", number=row.number),
            icon="history",
            opens="drawer",
            permission="tenant.edit",
        )
        may_restore = row.number != newest and self.may("tenant.edit")
        return ShownVersion(
            row=row, lines=lines_of(found), restore=restore if may_restore else None
        )

    @property
    def is_in_drawer(self) -> bool:
        return htmx_target(self.request) == "drawer-body"


class RestoreForm(forms.Form):
    """Nothing to enter before the difference."""


@page("settings/values/restore/<int:number>/", name="settings-restore")
class RestorePage(ReviewedPage):
    """Bring a version back, as a new one, after reading what that changes."""

    permission = "tenant.edit"
    nav_key = "settings"
    form_class = RestoreForm

    @property
    def number(self) -> int:
        return int(self.kwargs["number"])

    @override
    def heading(self) -> str:
        return _plain("回到版本 %(number)s") % {"number": self.number}

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("设置"), self.url("settings"))]

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """There is nothing to ask, so the difference is shown at once."""
        form = RestoreForm(data={})
        form.is_valid()
        try:
            return self._read(form, self.change_make(form), is_first=True)
        except DomainError as refusal:
            if refusal.pointer is None:
                raise
            form_refuse(form, refusal)
            return self.answer({**self.context(), "form": form}, status=refusal.kind.value)

    @override
    def change_make(self, form: forms.BaseForm) -> Change:
        return restore_change(self.number)

    @override
    def back_url(self) -> str:
        return self.url("settings")
