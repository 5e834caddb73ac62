"""The address behind 撤销."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from typing_extensions import override

from scrm.console.pages.forms import ActPage
from scrm.console.requests import toast
from scrm.console.undo import UndoTooLate, undo_take
from scrm.core.errors import DomainError, ErrorKind


class UndoAct(ActPage):
    """Take back one's own last act; leads back to where it was done."""

    permission = ""
    nav_key = "undo"
    url_name = "undo"

    @override
    def act(self) -> str:
        step = undo_take(self.kwargs["undo_id"], operator_id=self.request.operator.pk, may=self.may)
        toast(self.request, "info", _("已撤销"))
        return step.back_url or self.url("home")

    @override
    def refused(self, refusal: DomainError) -> HttpResponse:
        if refusal.code == UndoTooLate.code:
            return super().refused(UndoTooLate(_("已过撤销时间，没有改动")))
        if refusal.kind is ErrorKind.CONFLICT:
            return super().refused(UndoTooLate(_("之后又有了改动，不能撤销")))
        return super().refused(refusal)
