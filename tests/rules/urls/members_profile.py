"""Addresses of custom fields, notes and the parts of a member's page."""

from __future__ import annotations

from members.profile.notes import note_add
from members.profile.services import custom_field_archive, custom_field_create
from tests.factories.members import member
from tests.rules.urls.rows import Api, Page


def objects() -> dict[str, str]:
    person = member()
    archived = custom_field_create(label="archived of A", kind="text", key="archived")
    pinned = note_add(member_public_id=person.public_id, text="pinned of A", is_pinned=True)
    return {
        "pinned_note": pinned.public_id,
        "noted": person.public_id,
        "field": custom_field_create(
            label="field of A", kind="choice", key="skin", choices=("dry", "oily")
        ).public_id,
        "archived_field": custom_field_archive(
            public_id=archived.public_id, is_archived=True
        ).public_id,
        "note": note_add(member_public_id=person.public_id, text="note of A").public_id,
    }


_FIELD = {"public_id": "{field}"}
_NOTE = {"note_id": "{note}"}
_PAGE = {"field_id": "{field}"}
_WHO = {"member_id": "{noted}"}

ROWS = [
    Api("custom-fields"),
    Api("custom-fields", "POST", body={"label": "new", "kind": "number"}, owner=201),
    Api("custom-field", path=_FIELD),
    Api("custom-field", "PATCH", path=_FIELD, body={"label": "other"}),
    Api("custom-field-archive", "POST", path=_FIELD),
    Api("custom-field-restore", "POST", path={"public_id": "{archived_field}"}),
    Api("member-notes", path={"public_id": "{noted}"}),
    Api("member-notes", "POST", path={"public_id": "{noted}"}, body={"text": "new"}, owner=201),
    Api("note", "PATCH", path={"public_id": "{note}"}, body={"is_pinned": True}),
    Api("note", "DELETE", path={"public_id": "{note}"}, owner=204),
    *(
        Page("members-about", path=_WHO, query={"part": part})
        for part in ("head", "cards", "persona", "rooms")
    ),
    Page("members-note", path=_WHO),
    Page("members-note", "POST", path=_WHO, data={"text": "written"}, owner=302),
    Page("notes-edit", path=_NOTE),
    # Somebody else wrote it: only the author changes the words (tests/members/profile).
    Page("notes-edit", "POST", path=_NOTE, data={"text": "rewritten"}, owner=403),
    Page("notes-pin", "POST", path=_NOTE, owner=302),
    Page("notes-unpin", "POST", path={"note_id": "{pinned_note}"}, owner=302),
    Page("notes-delete", "POST", path=_NOTE, owner=302),
    Page("custom-fields"),
    Page("custom-field-new"),
    Page(
        "custom-field-new",
        "POST",
        data={"label": "n", "kind": "text", "direction": "basic"},
        owner=302,
    ),
    Page("custom-field-edit", path=_PAGE),
    Page(
        "custom-field-edit",
        "POST",
        path=_PAGE,
        data={"label": "m", "choices": "dry", "direction": "basic"},
        owner=302,
    ),
    Page("custom-field-archive", "POST", path=_PAGE, owner=302),
    Page("custom-field-restore", "POST", path={"field_id": "{archived_field}"}, owner=302),
    Page("persona-groups"),
    Page("persona-groups", "POST", data={}, owner=302),
]
