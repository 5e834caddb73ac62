"""Pages that change something: one form, or several steps over one draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from scrm.console.elements import Crumb, Step
from scrm.console.navigation import item_get
from scrm.console.pages.base import ConsolePage
from scrm.console.requests import htmx_target, wants_fragment
from scrm.core.errors import DomainError, ErrorKind

_INVALID = 422
_PAGE_REFUSALS = frozenset({ErrorKind.NOT_FOUND, ErrorKind.FORBIDDEN})


def form_refuse(form: forms.BaseForm, refusal: DomainError) -> None:
    """Put a domain refusal at the field it names, or above the form."""
    field = (refusal.pointer or "").strip("/").replace("/", "_")
    form.add_error(field if field in form.fields else None, str(refusal))


def _bound(request: HttpRequest) -> dict[str, Any]:
    return {"data": request.POST, "files": request.FILES}


class FormPage(ConsolePage):
    """One form that ends in one service call. Keeps the input and answers 422 when it is refused.

    Opened with htmx it draws itself for a drawer or modal; opened as a page it has its own frame.
    """

    template_name: ClassVar[str] = "console/form.html"
    fragment_name: ClassVar[str] = "console/form/_form.html"
    form_class: ClassVar[type[forms.BaseForm]]
    submit_label: ClassVar[str | Promise] = _("保存")
    # Irreversible acts are red and say so.
    is_danger: ClassVar[bool] = False
    # A template shown above the fields: effect preview, who is skipped and why.
    form_intro: ClassVar[str] = ""

    def initial(self) -> Mapping[str, Any]:
        return {}

    def form_arguments(self) -> Mapping[str, Any]:
        """More keyword arguments for the form, e.g. choices of this brand."""
        return {}

    def save(self, form: forms.BaseForm) -> str:
        """Call the one service; return the address to go to. DomainError comes back on the form."""
        raise NotImplementedError

    def cancel_url(self) -> str:
        return ""

    @override
    def crumbs(self) -> Sequence[Crumb]:
        """The page of the navigation this form belongs to, unless the form is that page."""
        item, shown = item_get(self.nav_key), self.request.resolver_match
        is_that_page = item is not None and shown is not None and shown.url_name == item.key
        if item is None or is_that_page or not self.may(item.permission):
            return ()
        return [Crumb(item.label, self.url(item.key))]

    def form_make(self, *, bound: bool) -> forms.BaseForm:
        data: dict[str, Any] = _bound(self.request) if bound else {}
        return self.form_class(**data, initial=dict(self.initial()), **self.form_arguments())

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.answer({**self.context(), "form": self.form_make(bound=False)})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.form_make(bound=True)
        if form.is_valid():
            try:
                return self.go(self.save(form))
            except DomainError as refusal:
                if refusal.kind in _PAGE_REFUSALS:
                    raise
                form_refuse(form, refusal)
        return self.answer({**self.context(), "form": form}, status=_INVALID)

    @property
    def is_in_drawer(self) -> bool:
        return wants_fragment(self.request) and htmx_target(self.request) in {
            "drawer-body",
            "modal-body",
        }

    @property
    def shell_target(self) -> str:
        """Where the form's answer goes: back into the drawer or modal it was opened in."""
        return htmx_target(self.request) if self.is_in_drawer else ""


class ActPage(ConsolePage):
    """One act without a form, behind a button that posts (`Action(method="post")`): pause, stop, undo.

    Reversible acts only; what cannot be taken back is a `FormPage` that asks for a reason.
    """

    http_method_names = ["post"]

    def act(self) -> str:
        """Call the one service, leave a toast, return the address to go to."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.go(self.act())


@dataclass(frozen=True, kw_only=True)
class WizardStep:
    """One step: `template` draws the form and whatever stands beside it."""

    key: str
    label: str | Promise
    form_class: type[forms.BaseForm]
    template: str = ""


class WizardPage(FormPage):
    """Several steps over one draft that lives in the database, so leaving and returning loses nothing.

    `?step=` names the step. `step_initial` reads the draft, `step_save` writes it through a service,
    `finish` is called after the last step and returns where to go.
    """

    template_name: ClassVar[str] = "console/wizard.html"
    fragment_name: ClassVar[str] = ""
    steps: ClassVar[Sequence[WizardStep]] = ()

    def step_initial(self, step: WizardStep) -> Mapping[str, Any]:
        return {}

    def step_save(self, step: WizardStep, form: forms.BaseForm) -> None:
        raise NotImplementedError

    def step_url(self, step: WizardStep) -> str:
        return f"{self.request.path}?step={step.key}"

    def finish(self) -> str:
        raise NotImplementedError

    @cached_property
    def step(self) -> WizardStep:
        asked = self.request.GET.get("step", "")
        return next((step for step in self.steps if step.key == asked), self.steps[0])

    @property
    def step_index(self) -> int:
        return list(self.steps).index(self.step)

    @property
    def is_last(self) -> bool:
        return self.step_index == len(self.steps) - 1

    def step_marks(self) -> list[Step]:
        return [Step(step.key, step.label) for step in self.steps]

    def previous_url(self) -> str:
        return self.step_url(self.steps[self.step_index - 1]) if self.step_index else ""

    @override
    def initial(self) -> Mapping[str, Any]:
        return self.step_initial(self.step)

    @override
    def form_make(self, *, bound: bool) -> forms.BaseForm:
        data: dict[str, Any] = _bound(self.request) if bound else {}
        return self.step.form_class(**data, initial=dict(self.initial()), **self.form_arguments())

    @override
    def save(self, form: forms.BaseForm) -> str:
        self.step_save(self.step, form)
        if self.is_last:
            return self.finish()
        return self.step_url(self.steps[self.step_index + 1])
