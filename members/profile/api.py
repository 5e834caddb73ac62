"""Custom fields and notes by REST."""

from __future__ import annotations

from django.db.models import QuerySet

from members.people.selectors import member_get
from members.profile import serializers as shapes
from members.profile.doors import note_change
from members.profile.models import CustomField, Note
from members.profile.notes import note_add, note_delete
from members.profile.selectors import field_get, fields_listed, notes_of
from members.profile.services import (
    custom_field_archive,
    custom_field_change,
    custom_field_create,
)
from scrm.api.operations import operation
from scrm.api.routes import route_register
from scrm.api.views import ApiView

_CREATED = 201


class _FieldView(ApiView):
    scope_read = "members.view"
    scope_write = "fields.edit"
    tag = "members"


class CustomFieldList(_FieldView):
    """Questions of the brand's own."""

    @operation(
        "custom_fields_list", "List custom fields, the oldest first.",
        query=shapes.CustomFieldQuery, answer=shapes.CustomFieldOut, is_list=True, order=("id",),
    )  # fmt: skip
    def get(self) -> QuerySet[CustomField]:
        return fields_listed(is_archived=self.query.get("archived", False))

    @operation(
        "custom_field_create",
        "Make a custom field; at most 50 are in use.",
        body=shapes.CustomFieldIn,
        answer=shapes.CustomFieldOut,
        status=_CREATED,
        errors=("invalid_value", "invalid_transition", "field_name_taken"),
        examples={
            "a choice": {
                "label": "肤质", "key": "skin", "kind": "choice", "choices": ["干性", "油性", "混合性"],
            }
        },
    )  # fmt: skip
    def post(self) -> CustomField:
        return custom_field_create(**self.body)


class CustomFieldDetail(_FieldView):
    """One question."""

    @operation("custom_field_get", "A custom field.", answer=shapes.CustomFieldOut)
    def get(self, public_id: str) -> CustomField:
        return field_get(public_id)

    @operation(
        "custom_field_change", "Change label, options or direction of a custom field; left out stays.",
        body=shapes.CustomFieldPatch, answer=shapes.CustomFieldOut,
        errors=("invalid_value", "field_name_taken"),
    )  # fmt: skip
    def patch(self, public_id: str) -> CustomField:
        return custom_field_change(public_id=public_id, **self.body)


class CustomFieldArchive(_FieldView):
    """Ask no longer."""

    @operation(
        "custom_field_archive",
        "Archive a custom field; members keep their values, rules that read it go on.",
        answer=shapes.CustomFieldOut,
    )
    def post(self, public_id: str) -> CustomField:
        return custom_field_archive(public_id=public_id, is_archived=True)


class CustomFieldRestore(_FieldView):
    """Ask again."""

    @operation(
        "custom_field_restore", "Bring an archived custom field back.",
        answer=shapes.CustomFieldOut, errors=("invalid_transition", "field_name_taken"),
    )  # fmt: skip
    def post(self, public_id: str) -> CustomField:
        return custom_field_archive(public_id=public_id, is_archived=False)


class _NoteView(ApiView):
    scope_read = "members.view"
    scope_write = "members.notes"
    tag = "members"


class MemberNotes(_NoteView):
    """What was written about a member."""

    @operation(
        "member_notes_list", "The member's notes, newest first.",
        answer=shapes.NoteOut, is_list=True, order=("-at", "-id"),
    )  # fmt: skip
    def get(self, public_id: str) -> QuerySet[Note]:
        return notes_of(member_get(public_id).pk)

    @operation(
        "member_note_add", "Write something down about a member; a pinned note replaces the one before.",
        body=shapes.NoteIn, answer=shapes.NoteOut, status=_CREATED, errors=("invalid_value",),
        examples={"a call": {"text": "周五下午回电", "is_pinned": True}},
    )  # fmt: skip
    def post(self, public_id: str) -> Note:
        return note_add(member_public_id=public_id, **self.body)


class NoteDetail(_NoteView):
    """One note."""

    @operation(
        "note_change", "Change a note, or pin it; only who wrote it may change the words.",
        body=shapes.NotePatch, answer=shapes.NoteOut, errors=("invalid_value",),
    )  # fmt: skip
    def patch(self, public_id: str) -> Note:
        return note_change(public_id=public_id, changes=self.body)

    @operation("note_delete", "Delete a note.")
    def delete(self, public_id: str) -> None:
        note_delete(public_id=public_id)


route_register("custom-fields", CustomFieldList, "custom-fields")
route_register("custom-fields/<str:public_id>", CustomFieldDetail, "custom-field")
route_register("custom-fields/<str:public_id>/archive", CustomFieldArchive, "custom-field-archive")
route_register("custom-fields/<str:public_id>/restore", CustomFieldRestore, "custom-field-restore")
route_register("members/<str:public_id>/notes", MemberNotes, "member-notes")
route_register("notes/<str:public_id>", NoteDetail, "note")
