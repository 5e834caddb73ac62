"""Programmes by REST."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from members.programme import serializers as shapes
from members.programme.doors import (
    programme_ask,
    programme_begin,
    programme_read,
    programme_try,
    programme_write,
)
from members.programme.models import Programme
from members.programme.selectors import programmes_listed
from members.programme.services import programme_discard
from scrm.api.operations import Answer, operation
from scrm.api.routes import route_register
from scrm.api.views import ApiView

_CREATED, _FOUND = 201, 200


class _ProgrammeView(ApiView):
    scope_read = "tiers.view"
    scope_write = "tiers.edit"
    tag = "programmes"


class ProgrammeList(_ProgrammeView):
    """Versions."""

    @operation(
        "programmes_list", "List versions of the programme, newest first.",
        answer=shapes.ProgrammeOut, is_list=True,
    )  # fmt: skip
    def get(self) -> QuerySet[Programme]:
        return programmes_listed()

    @operation(
        "programme_start", "Start a draft from what holds; 200 with the one there is.",
        answer=shapes.ProgrammeDetailOut, status=_CREATED, also=(_FOUND,),
    )  # fmt: skip
    def post(self) -> Answer:
        shown, is_new = programme_begin()
        return Answer(value=shown, status=_CREATED if is_new else _FOUND)


class ProgrammeDetail(_ProgrammeView):
    """One version."""

    @operation(
        "programme_get", "A version with its four parts and what it lacks.",
        answer=shapes.ProgrammeDetailOut,
    )  # fmt: skip
    def get(self, public_id: str) -> dict[str, Any]:
        return programme_read(public_id)

    @operation(
        "programme_save", "Write parts of a draft; parts left out stay.",
        body=shapes.ProgrammeIn, answer=shapes.ProgrammeDetailOut,
        errors=("invalid_value", "invalid_transition", "ladder_refused"),
        examples={"the goal": {"goal": {"text": "复购", "measure": "repurchase", "figure": 50}}},
    )  # fmt: skip
    def put(self, public_id: str) -> dict[str, Any]:
        return programme_write(public_id, self.body)

    @operation(
        "programme_discard", "Throw a draft away; what holds stays.", errors=("invalid_transition",)
    )
    def delete(self, public_id: str) -> None:
        programme_discard(public_id=public_id)


class ProgrammePreview(_ProgrammeView):
    """What a version would do."""

    @operation(
        "programme_preview", "Who would move and what would change; nothing is written.",
        answer=shapes.ProgrammePreviewOut,
    )  # fmt: skip
    def get(self, public_id: str) -> dict[str, Any]:
        return programme_try(public_id)


class ProgrammeActivation(_ProgrammeView):
    """Into force."""

    @operation(
        "programme_activate",
        "Ask a second person to bring the draft into force; 409 `programme_incomplete` names missing parts.",
        body=shapes.SubmitIn, answer=shapes.SubmittedOut,
        errors=("programme_incomplete", "approval_waiting", "invalid_transition"),
        examples={"with a word": {"reason": "双十一前上线"}},
    )  # fmt: skip
    def post(self, public_id: str) -> dict[str, str]:
        return programme_ask(public_id, **self.body)


route_register("programmes", ProgrammeList, "programmes")
route_register("programmes/<str:public_id>", ProgrammeDetail, "programme")
route_register("programmes/<str:public_id>/preview", ProgrammePreview, "programme-preview")
route_register("programmes/<str:public_id>/activate", ProgrammeActivation, "programme-activation")
