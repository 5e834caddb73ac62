"""The wizard of four steps, and the question to a second person."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.programme.forms import (
    BenefitsForm,
    GoalForm,
    LifeCycleForm,
    SubmitForm,
    ratio_text,
)
from members.programme.models import Programme, ProgrammeState
from members.programme.rules import LIFE_CYCLE, ladder_told, rungs_of
from members.programme.selectors import (
    PART_WORDS,
    programme_get,
)
from members.programme.services import (
    programme_save,
    programme_submit,
)
from members.tiers.forms import LadderForm
from members.tiers.selectors import ladder_get
from scrm.console.pages import FormPage, WizardPage, WizardStep
from scrm.console.requests import toast
from scrm.console.routes import page
from scrm.tenants.settings import setting


@page("members/programme/<str:programme_id>/edit/", name="programme-edit")
class WizardPageOfProgramme(WizardPage):
    """Goal, ladder, benefits, life cycle; each step is kept as it is left."""

    permission = "tiers.edit"
    nav_key = "programme"
    template_name = "members/programme/wizard.html"
    submit_label = gettext_lazy("查看影响")
    steps = (
        WizardStep(key="goal", label=PART_WORDS["goal"], form_class=GoalForm),
        WizardStep(
            key="ladder",
            label=PART_WORDS["ladder"],
            form_class=LadderForm,
            template="members/programme/_ladder.html",
        ),
        WizardStep(
            key="benefits",
            label=PART_WORDS["benefits"],
            form_class=BenefitsForm,
            template="members/programme/_benefits.html",
        ),
        WizardStep(key="life_cycle", label=PART_WORDS["life_cycle"], form_class=LifeCycleForm),
    )

    @cached_property
    def draft(self) -> Programme:
        return programme_get(str(self.kwargs["programme_id"]))

    @override
    def heading(self) -> str:
        return _("会员方案第 %(n)s 版") % {"n": self.draft.number}

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.draft.state != ProgrammeState.DRAFT:
            return self.go(self.url("programme-detail", programme_id=self.draft.public_id))
        return super().get(request)

    @override
    def cancel_url(self) -> str:
        return self.url("programme")

    @override
    def form_arguments(self) -> Mapping[str, Any]:
        rungs = rungs_of(self.draft.ladder)
        if self.step.key == "ladder":
            return {"rungs": rungs or ladder_get()}
        if self.step.key == "benefits":
            return {"rungs": rungs, "offered": self.draft.benefits}
        return {}

    @override
    def step_initial(self, step: WizardStep) -> Mapping[str, Any]:
        if step.key == "goal":
            return {key: value for key, value in self.draft.goal.items() if value}
        if step.key != "life_cycle":
            return {}
        told = {
            name: self.draft.life_cycle.get(key, setting(key)) for key, name in LIFE_CYCLE.items()
        }
        return {**told, "keep_ratio": ratio_text(told["keep_ratio"])}

    @override
    def step_save(self, step: WizardStep, form: forms.BaseForm) -> None:
        told: Any = form.cleaned_data
        if isinstance(form, LadderForm):
            told = ladder_told(form.rungs)
        elif isinstance(form, BenefitsForm):
            told = form.offers
        elif step.key == "life_cycle":
            told = {key: form.cleaned_data[name] for key, name in LIFE_CYCLE.items()}
        programme_save(public_id=self.draft.public_id, **{step.key: told})

    @override
    def finish(self) -> str:
        return self.url("programme-detail", programme_id=self.draft.public_id)


@page("members/programme/<str:programme_id>/submit/", name="programme-submit")
class SubmitPage(FormPage):
    """Ask a second person."""

    permission = "tiers.edit"
    nav_key = "programme"
    title = gettext_lazy("提交审批")
    submit_label = gettext_lazy("提交审批")
    form_class = SubmitForm

    @override
    def subtitle(self) -> str:
        draft = programme_get(str(self.kwargs["programme_id"]))
        return _("会员方案第 %(n)s 版") % {"n": draft.number}

    @override
    def cancel_url(self) -> str:
        return self.url("programme-detail", programme_id=self.kwargs["programme_id"])

    @override
    def save(self, form: forms.BaseForm) -> str:
        programme_submit(public_id=self.kwargs["programme_id"], reason=form.cleaned_data["reason"])
        toast(self.request, "success", _("已提交，另一位同事审批后生效"))
        return self.cancel_url()
