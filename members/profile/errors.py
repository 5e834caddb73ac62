"""Refusals of the room."""

from __future__ import annotations

from scrm.core.errors import DomainError, ErrorKind


class FieldNameTaken(DomainError):
    """Another field of the brand has that key, or that label among fields in use."""

    code = "field_name_taken"
    kind = ErrorKind.CONFLICT
