"""风险确认: warnings that must be taken on before a guarded switch moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _plain
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from scrm.console.elements import Action, Badge, Crumb
from scrm.console.pages.base import ConsolePage
from scrm.console.pages.forms import FormPage
from scrm.console.requests import toast
from scrm.console.routes import Nav, page
from scrm.console.shell.brand.forms import CautionForm
from scrm.tenants.acknowledgements import (
    CAUTIONS,
    Caution,
    acknowledge,
    acknowledgements_list,
    caution_get,
)
from scrm.tenants.models import Acknowledgement
from scrm.tenants.settings import SETTINGS


@dataclass(frozen=True, kw_only=True)
class ShownCaution:
    """A warning, what waits for it, and who took it on."""

    caution: Caution
    badge: Badge
    unlocks: str
    given: Sequence[Acknowledgement]
    give: Action | None


@page("settings/acknowledgements/", name="cautions", nav=Nav(section="settings", order=16))
class CautionsPage(ConsolePage):
    """Every warning with its whole text and its history."""

    permission = "tenant.view"
    title = _("风险确认")
    template_name = "console/brand/cautions.html"

    @override
    def subtitle(self) -> str:
        return _plain("有合规风险的开关要先由有权限的人阅读并确认；记录只增不改")

    @override
    def context(self) -> dict[str, object]:
        given: dict[str, list[Acknowledgement]] = {}
        for row in acknowledgements_list().order_by("-id"):
            given.setdefault(row.key, []).append(row)
        return {
            "cautions": [self._shown(found, given.get(key, [])) for key, found in CAUTIONS.items()]
        }

    def _shown(self, caution: Caution, given: Sequence[Acknowledgement]) -> ShownCaution:
        is_given = any(row.text_version == caution.version for row in given)
        give = Action(
            label=_("阅读并确认"),
            href=self.url("caution-give", key=caution.key),
            opens="drawer",
            is_primary=True,
        )
        waiting = [
            str(spec.label)
            for spec in SETTINGS.values()
            if spec.guard is not None and spec.guard.key == caution.key
        ]
        return ShownCaution(
            caution=caution,
            badge=Badge(_("已确认"), "good") if is_given else Badge(_("未确认"), "warn"),
            unlocks=_plain("、").join(waiting),
            given=given,
            give=give if not is_given and self.may("acknowledgements.give") else None,
        )


@page("settings/acknowledgements/<str:key>/", name="caution-give")
class CautionGivePage(FormPage):
    """The whole text, and one box to tick."""

    permission = "acknowledgements.give"
    nav_key = "cautions"
    form_class = CautionForm
    form_intro = "console/brand/_caution_intro.html"
    submit_label = _("确认")

    @property
    def caution(self) -> Caution:
        return caution_get(str(self.kwargs["key"]))

    @override
    def heading(self) -> str:
        return str(self.caution.title)

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("风险确认"), self.url("cautions"))]

    @override
    def context(self) -> dict[str, object]:
        return {"caution": self.caution}

    @override
    def initial(self) -> Mapping[str, Any]:
        return {"text_version": self.caution.version}

    @override
    def save(self, form: forms.BaseForm) -> str:
        acknowledge(self.caution.key, form.cleaned_data["text_version"])
        toast(self.request, "success", _plain("已记录你的确认"))
        return self.url("cautions")

    @override
    def cancel_url(self) -> str:
        return self.url("cautions")
