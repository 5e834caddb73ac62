"""OpenAPI from the same ``@operation`` that runs the handler."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.openapi import AutoSchema as SpectacularSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    inline_serializer,
)
from rest_framework import serializers
from typing_extensions import override

from scrm.api.auth import scope_of
from scrm.api.operations import Operation, operation_of
from scrm.api.problems import CONTENT_TYPE
from scrm.api.serializers import ListQuery, StrictSerializer
from scrm.core.errors import ERROR_CODES

_KEY = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
_MEANING = {
    "400": "Malformed body, cursor or header.",
    "401": "No key, or a key that opens nothing.",
    "403": "The key lacks the scope.",
    "404": "Unknown id; another tenant's id looks the same.",
    "409": "The state of things forbids it, or the same Idempotency-Key is still running.",
    "410": "It was there and is gone for good.",
    "413": "The body is too large.",
    "415": "The body is not application/json.",
    "422": "A field or a rule refuses; nothing was written.",
    "429": "Too many calls; see Retry-After.",
    "503": "Busy; nothing was written; try again.",
}


class FieldProblemShape(StrictSerializer):
    """What is wrong with one field."""

    pointer = serializers.CharField(help_text="RFC 6901, or `?name` for a query parameter.")
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemShape(StrictSerializer):
    """RFC 9457 problem details; docs/errors.md lists the codes."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField(required=False)
    request_id = serializers.CharField(required=False)
    errors = FieldProblemShape(many=True, required=False)  # type: ignore[assignment]
    details = serializers.DictField(required=False)


class AutoSchema(SpectacularSchema):
    """Reads our operations; everything else is the generator's own work."""

    @property
    def found(self) -> Operation | None:
        return operation_of(getattr(self.view, self.method.lower(), None))

    @override
    def get_operation_id(self) -> str:
        return self.found.id if self.found else str(super().get_operation_id())

    @override
    def get_tags(self) -> list[str]:
        words = self.path.removeprefix("/api/v1/").split("/")
        return [getattr(self.view, "tag", "") or words[0]]

    @override
    def get_summary(self) -> str | None:
        return self.found.summary if self.found else None

    @override
    def get_description(self) -> str:  # type: ignore[override]
        found = self.found
        if found is None:
            return ""
        parts = [found.description, f"Scope: `{scope_of(self.view, self.method)}`."]
        if found.errors:
            parts.append("Codes: " + ", ".join(f"`{code}`" for code in found.errors) + ".")
        return " ".join(part for part in parts if part)

    @override
    def get_override_parameters(self) -> list[Any]:
        found = self.found
        parameters: list[Any] = [
            OpenApiParameter(
                "Scrm-Test-Now", OpenApiTypes.DATETIME, OpenApiParameter.HEADER,
                description="RFC 3339; sets the clock of this call where the test clock is on (N-46).",
            )
        ]  # fmt: skip
        if self.method == "POST":
            parameters.append(
                OpenApiParameter(
                    "Idempotency-Key", _KEY, OpenApiParameter.HEADER,
                    description="The same key and body get the stored answer for 24 hours.",
                )
            )  # fmt: skip
        if found is not None and (found.query or found.is_list):
            parameters.append(found.query or ListQuery)
        return parameters

    @override
    def get_request_serializer(self) -> Any:
        return self.found.body if self.found else None

    @override
    def get_response_serializers(self) -> Any:
        found = self.found
        if found is None:
            return None
        answers: dict[Any, Any] = {}
        if found.status == 200 and found.answer is None:  # noqa: PLR2004 - a file
            answers[200, "application/octet-stream"] = OpenApiResponse(
                OpenApiTypes.BINARY, description="The file."
            )
        elif found.status == 204 or found.answer is None:  # noqa: PLR2004 - No Content
            answers[204] = OpenApiResponse(description="Done; nothing to say.")
        else:
            shape = _page(found) if found.is_list else found.answer
            for good in (found.status, *found.also):
                answers[good] = OpenApiResponse(response=shape, description="Done.")
        for status in self._refusals(found):
            answers[status, CONTENT_TYPE] = OpenApiResponse(
                ProblemShape, description=_MEANING[status]
            )
        return answers

    def _refusals(self, found: Operation) -> list[str]:
        statuses = {"400", "401", "403", "429", "503"}
        if "{" in self.path or found.body or found.query:
            statuses.add("404")  # ids are named in paths, bodies and queries alike
        if self.method == "POST":
            statuses.add("409")
        if self.method in {"POST", "PATCH", "PUT"}:
            statuses |= {"413", "415", "422"}
        if found.query or found.is_list:
            statuses.add("422")
        told = {str(ERROR_CODES[code].kind.value) for code in found.errors if code in ERROR_CODES}
        return sorted(statuses | (told & _MEANING.keys()))

    @override
    def get_examples(self) -> list[OpenApiExample]:
        found = self.found
        if found is None:
            return []
        return [
            OpenApiExample(name, value=value, request_only=True)
            for name, value in found.examples.items()
        ]

    @override
    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        return shape_name(type(serializer))

    @override
    def _is_list_view(self, serializer: Any = None) -> bool:
        return False


def shape_name(shape: type) -> str:
    """``OrderOut`` is Order, ``OrderIn`` is Order too and gets the generator's Request behind it.

    Where two rooms chose the same name the room stands in front.
    """
    twins = {found for found in _descendants(StrictSerializer) if found.__name__ == shape.__name__}
    room = ""
    if len(twins) > 1:
        room = shape.__module__.split(".")[-2].title().replace("_", "")
    return room + re.sub(r"(Out|In|Shape)$", "", shape.__name__)


def _descendants(shape: type) -> set[type]:
    found: set[type] = set(shape.__subclasses__())
    return found | {inner for one in found for inner in _descendants(one)}


_pages: dict[str, Any] = {}


def _page(found: Operation) -> Any:
    """``{data, has_more, next}`` around the rows; one component per row shape."""
    assert found.answer is not None  # noqa: S101 - lists have shapes
    name = f"{shape_name(found.answer)}Page"
    if name not in _pages:
        _pages[name] = inline_serializer(
            name,
            fields={
                "data": found.answer(many=True),
                "has_more": serializers.BooleanField(),
                "next": serializers.CharField(allow_null=True),
            },
        )
    return _pages[name]
