"""Why a programme is not brought into force."""

from __future__ import annotations

from scrm.core.errors import DomainError, ErrorKind


class ProgrammeIncomplete(DomainError):
    """One of the four parts is missing; ``parts`` says which."""

    code = "programme_incomplete"
    kind = ErrorKind.CONFLICT
