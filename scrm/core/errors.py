"""Refusals the domain may utter. Only ``scrm.api.errors`` and the console know about HTTP pages for them."""

from __future__ import annotations

from enum import Enum
from typing import Any, ClassVar

from typing_extensions import override


class ErrorKind(Enum):
    """What sort of refusal it is; the value is the HTTP status of RFC 9110."""

    MALFORMED = 400
    UNAUTHENTICATED = 401
    FORBIDDEN = 403
    NOT_FOUND = 404
    CONFLICT = 409
    GONE = 410
    TOO_LARGE = 413
    REJECTED = 422
    LIMITED = 429
    BUSY = 503


ERROR_CODES: dict[str, type[DomainError]] = {}


class DomainError(Exception):
    """A refusal with a stable ``code``; the text is for people and may change."""

    code: ClassVar[str] = "domain_error"
    kind: ClassVar[ErrorKind] = ErrorKind.REJECTED

    def __init__(self, message: str = "", *, pointer: str | None = None, **details: Any) -> None:
        super().__init__(message or self.code)
        self.pointer = pointer
        self.details = details

    @override
    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" in cls.__dict__:
            known = ERROR_CODES.setdefault(cls.code, cls)
            if known is not cls and known.kind is not cls.kind:
                message = f"error code {cls.code} is used with two kinds"
                raise TypeError(message)


class NotFound(DomainError):
    """Unknown id, or another tenant's id: nobody can tell which."""

    code = "not_found"
    kind = ErrorKind.NOT_FOUND


class InvalidTransition(DomainError):
    """A state machine has no such move."""

    code = "invalid_transition"
    kind = ErrorKind.CONFLICT


class InvalidValue(DomainError):
    """A value breaks a rule of its field."""

    code = "invalid_value"
    kind = ErrorKind.REJECTED


class Forbidden(DomainError):
    """The actor is known but lacks the right."""

    code = "forbidden"
    kind = ErrorKind.FORBIDDEN


class Busy(DomainError):
    """Try again shortly: a lock or a dependency did not answer in time."""

    code = "busy"
    kind = ErrorKind.BUSY
