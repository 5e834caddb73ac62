"""品牌资料: name, industry, colour, zone, currency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from scrm.console.routes import Nav, page
from scrm.console.shell.brand.forms import ProfileForm
from scrm.console.shell.brand.reviewed import ReviewedPage
from scrm.tenants.changing import Change
from scrm.tenants.profile import is_currency_fixed
from scrm.tenants.versions import PROFILE, tenant_fresh


@page("settings/brand/", name="brand-profile", nav=Nav(section="settings", order=10))
class ProfilePage(ReviewedPage):
    """Who the brand is."""

    permission = "tenant.edit"
    title = _("品牌资料")
    form_class = ProfileForm

    @override
    def initial(self) -> Mapping[str, Any]:
        tenant = tenant_fresh()
        return {name: getattr(tenant, name) for name in PROFILE}

    @override
    def form_arguments(self) -> Mapping[str, Any]:
        return {"is_currency_fixed": is_currency_fixed(), "known": self.initial()}

    @override
    def change_make(self, form: forms.BaseForm) -> Change:
        profile = {name: form.cleaned_data[name] for name in PROFILE}
        return Change(profile=profile, root="")

    @override
    def back_url(self) -> str:
        return self.url("brand-profile")
