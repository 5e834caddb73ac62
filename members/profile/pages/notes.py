"""Notes on a member's page: write, change, pin, delete."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.people.selectors import member_get
from members.profile.forms import NoteForm, NoteWordsForm
from members.profile.models import Note
from members.profile.notes import note_add, note_delete, note_edit, note_pin, note_restore
from members.profile.selectors import note_get
from scrm.console.pages import ActPage, FormPage
from scrm.console.requests import toast
from scrm.console.routes import page
from scrm.console.undo import UndoKind, undo_offer, undo_register

_UNDO = "members.note_deleted"


@page("members/<str:member_id>/note/", name="members-note")
class NewNotePage(FormPage):
    """Write something down."""

    permission = "members.notes"
    nav_key = "members-list"
    title = gettext_lazy("写备注")
    form_class = NoteForm

    @override
    def initial(self) -> Mapping[str, Any]:
        member_get(self.kwargs["member_id"])
        return {}

    @override
    def save(self, form: forms.BaseForm) -> str:
        note_add(member_public_id=self.kwargs["member_id"], **form.cleaned_data)
        toast(self.request, "success", _("已添加备注"))
        return self.cancel_url()

    @override
    def cancel_url(self) -> str:
        return f"{self.url('members-detail', member_id=self.kwargs['member_id'])}?tab=notes"


class _OfNote:
    """A page about one note."""

    permission = "members.notes"
    nav_key = "members-list"
    kwargs: dict[str, Any]

    @cached_property
    def note(self) -> Note:
        return note_get(self.kwargs["note_id"])


@page("notes/<str:note_id>/edit/", name="notes-edit")
class EditNotePage(_OfNote, FormPage):
    """Other words."""

    title = gettext_lazy("修改备注")
    form_class = NoteWordsForm

    @override
    def initial(self) -> Mapping[str, Any]:
        member_get(self.note.member.public_id)
        return {"text": self.note.text}

    @override
    def save(self, form: forms.BaseForm) -> str:
        note_edit(public_id=self.kwargs["note_id"], **form.cleaned_data)
        toast(self.request, "success", _("已保存"))
        return self.cancel_url()

    @override
    def cancel_url(self) -> str:
        member_id = self.note.member.public_id
        return f"{self.url('members-detail', member_id=member_id)}?tab=notes"


class _NoteAct(_OfNote, ActPage):
    def back(self) -> str:
        member_id = self.note.member.public_id
        return f"{self.url('members-detail', member_id=member_id)}?tab=notes"


@page("notes/<str:note_id>/pin/", name="notes-pin")
class PinNotePage(_NoteAct):
    """Let it stand on the member's page."""

    title = gettext_lazy("置顶备注")

    @override
    def act(self) -> str:
        note_pin(public_id=self.kwargs["note_id"], is_pinned=True)
        toast(self.request, "success", _("已置顶"))
        return self.back()


@page("notes/<str:note_id>/unpin/", name="notes-unpin")
class UnpinNotePage(_NoteAct):
    """No longer."""

    title = gettext_lazy("取消置顶备注")

    @override
    def act(self) -> str:
        note_pin(public_id=self.kwargs["note_id"], is_pinned=False)
        toast(self.request, "success", _("已取消置顶"))
        return self.back()


@page("notes/<str:note_id>/delete/", name="notes-delete")
class DeleteNotePage(_NoteAct):
    """Take it away; it can be brought back."""

    title = gettext_lazy("删除备注")

    @override
    def act(self) -> str:
        note = note_delete(public_id=self.kwargs["note_id"])
        undo = undo_offer(self.request, _UNDO, {"note": note.public_id})
        toast(self.request, "success", _("已删除备注"), undo_url=undo)
        return self.back()


def _restore(payload: Mapping[str, Any]) -> None:
    note_restore(public_id=payload["note"])


undo_register(UndoKind(key=_UNDO, permission="members.notes", apply=_restore))
