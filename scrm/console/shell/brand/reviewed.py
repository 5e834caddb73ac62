"""Forms whose difference is read before it is saved."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from scrm.console.pages.forms import FormPage, form_refuse
from scrm.console.requests import toast
from scrm.console.shell.brand.forms import ReviewForm
from scrm.console.shell.brand.words import lines_of
from scrm.core.errors import DomainError, ErrorKind
from scrm.tenants.acknowledgements import is_acknowledged
from scrm.tenants.changing import (
    Change,
    Difference,
    change_check,
    differences,
    tenant_change_apply,
)
from scrm.tenants.profile import profile_check
from scrm.tenants.settings import SETTINGS
from scrm.tenants.versions import tenant_fresh

_INVALID = 422
_PAGE_REFUSALS = frozenset({ErrorKind.NOT_FOUND, ErrorKind.FORBIDDEN})


class ReviewedPage(FormPage):
    """Asks, shows what would change from what to what, then saves it as a version."""

    template_name: ClassVar[str] = "console/brand/reviewed.html"
    fragment_name: ClassVar[str] = "console/brand/_reviewed.html"
    submit_label = gettext_lazy("查看变化")

    def change_make(self, form: forms.BaseForm) -> Change:
        """What the form asks for."""
        raise NotImplementedError

    def back_url(self) -> str:
        """Where to go after saving."""
        raise NotImplementedError

    @override
    def cancel_url(self) -> str:
        return self.back_url()

    @override
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.form_make(bound=True)
        if form.is_valid():
            try:
                return self._read(form, self.change_make(form))
            except DomainError as refusal:
                if refusal.kind in _PAGE_REFUSALS:
                    raise
                form_refuse(form, refusal)
        return self.answer({**self.context(), "form": form}, status=_INVALID)

    def _read(
        self, form: forms.BaseForm, change: Change, *, is_first: bool = False
    ) -> HttpResponse:
        """The first post shows the difference, the second one, which carries the version, saves it."""
        tenant = tenant_fresh()
        profile_check(tenant, change.profile)
        found = differences(tenant, change_check(change))
        if is_first or "version" not in self.request.POST:
            if not found:
                form.add_error(None, _("没有变化，不需要保存"))
                status = 200 if is_first else _INVALID
                return self.answer({**self.context(), "form": form}, status=status)
            review = ReviewForm(initial={"version": tenant.settings_version})
            return self.answer(self._shown(form, found, review))
        review = ReviewForm(self.request.POST)
        if not review.is_valid():
            return self.answer(self._shown(form, found, review), status=_INVALID)
        return self._save(change, review)

    def _save(self, change: Change, review: ReviewForm) -> HttpResponse:
        read = Change(
            profile=change.profile,
            values=change.values,
            reset=change.reset,
            restores=change.restores,
            root=change.root,
            note=review.cleaned_data["note"],
            version=review.cleaned_data["version"],
        )
        saved = tenant_change_apply(tenant_id=self.request.tenant.pk, change=read)
        toast(
            self.request,
            "success",
            _("已保存为版本 %(number)s") % {"number": saved.settings_version},
        )
        return self.go(self.back_url())

    def _shown(
        self, form: forms.BaseForm, found: list[Difference], review: ReviewForm
    ) -> dict[str, object]:
        return {
            **self.context(),
            "form": form,
            "review": review,
            "lines": lines_of(found),
            "cautions": self._cautions(found),
        }

    def _cautions(self, found: list[Difference]) -> list[str]:
        """Warnings that still wait for somebody, in the order of the lines."""
        guards = [
            spec.guard.key
            for line in found
            if (spec := SETTINGS.get(line.key)) is not None
            and spec.guard is not None
            and spec.guard.when(line.after)
        ]
        return [key for key in dict.fromkeys(guards) if not is_acknowledged(key)]
