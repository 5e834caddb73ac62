"""What a handler takes and gives: read by the view base at run time and by the OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from rest_framework.serializers import BaseSerializer

Handler = TypeVar("Handler", bound=Callable[..., Any])
Shape = type[BaseSerializer[Any]]
ATTRIBUTE = "api_operation"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one address."""

    id: str
    summary: str
    description: str = ""
    body: Shape | None = None
    query: Shape | None = None
    answer: Shape | None = None
    is_list: bool = False
    order: tuple[str, ...] = ("-id",)
    status: int = 200
    also: tuple[int, ...] = ()
    errors: tuple[str, ...] = ()
    examples: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A result with a status other than the operation's own."""

    value: Any
    status: int


def operation(
    operation_id: str,
    summary: str,
    *,
    description: str = "",
    body: Shape | None = None,
    query: Shape | None = None,
    answer: Shape | None = None,
    is_list: bool = False,
    order: tuple[str, ...] = ("-id",),
    status: int | None = None,
    also: tuple[int, ...] = (),
    errors: tuple[str, ...] = (),
    examples: dict[str, Any] | None = None,
) -> Callable[[Handler], Handler]:
    """Describe a handler. ``errors`` names the codes it may refuse with; ``examples`` are request bodies.

    ``also`` are statuses beside ``status`` that the same answer may come with.
    """
    found = Operation(
        id=operation_id,
        summary=summary,
        description=description,
        body=body,
        query=query,
        answer=answer,
        is_list=is_list,
        order=order,
        status=status or (200 if answer is not None else 204),
        also=also,
        errors=errors,
        examples=examples or {},
    )

    def mark(handler: Handler) -> Handler:
        setattr(handler, ATTRIBUTE, found)
        return handler

    return mark


def operation_of(handler: object) -> Operation | None:
    """The description of a handler, or None where there is none."""
    found = getattr(handler, ATTRIBUTE, None)
    return found if isinstance(found, Operation) else None
