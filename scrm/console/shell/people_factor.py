"""Somebody lost their phone and their recovery codes: a colleague with the right lets them begin anew."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from scrm.access.people.selectors import person_get
from scrm.access.people.services import factor_obstacle, person_factor_remove
from scrm.console.elements import Crumb
from scrm.console.gate import permissions_held
from scrm.console.pages.forms import FormPage
from scrm.console.requests import toast

if TYPE_CHECKING:
    from scrm.access.models import Membership


class FactorForm(forms.Form):
    """Why, for the audit log."""

    reason = forms.CharField(
        label=gettext_lazy("原因"),
        min_length=5,
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("写入审计日志，例如怎样核实了对方的身份。"),
    )


class PersonFactorPage(FormPage):
    """Asks before it takes a lost second factor away, and says whose it may be."""

    permission = "people.edit"
    nav_key = "people"
    title = gettext_lazy("移除两步验证")
    form_class = FactorForm
    form_intro = "console/people/_factor.html"
    submit_label = gettext_lazy("移除两步验证")
    is_danger = True
    # The person's other brands are told in transactions of their own.
    holds_transaction = False

    @cached_property
    def place(self) -> Membership:
        return person_get(str(self.kwargs["person_id"]))

    @override
    def subtitle(self) -> str:
        return f"{self.place.operator.name} · {self.place.operator.email}"

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [
            Crumb(_("成员与角色"), self.url("people")),
            Crumb(self.place.operator.name, self.cancel_url()),
        ]

    @override
    def context(self) -> dict[str, object]:
        return {"place": self.place, "obstacle": factor_obstacle(self.place)}

    @override
    def save(self, form: forms.BaseForm) -> str:
        place = person_factor_remove(
            public_id=self.place.operator.public_id,
            reason=form.cleaned_data["reason"],
            granted_by=permissions_held(self.request.membership),
        )
        told = _("已移除 %(name)s 的两步验证，对方的所有设备已退出登录")
        toast(self.request, "success", told % {"name": place.operator.name})
        return self.cancel_url()

    @override
    def cancel_url(self) -> str:
        return self.url("person", person_id=self.place.operator.public_id)
