"""What files, exports and imports may be refused for."""

from __future__ import annotations

from scrm.core.errors import DomainError, ErrorKind


class ExportRefused(DomainError):
    """The export cannot be made as asked."""

    code = "export_refused"
    kind = ErrorKind.REJECTED


class ReasonRequired(DomainError):
    """Whole phone numbers leave the platform only with a reason."""

    code = "reason_required"
    kind = ErrorKind.REJECTED


class FileNotReady(DomainError):
    """The file is still being made, or its making failed."""

    code = "file_not_ready"
    kind = ErrorKind.CONFLICT


class FileExpired(DomainError):
    """The file has expired and its content is gone; make it again."""

    code = "file_expired"
    kind = ErrorKind.GONE


class ImportRefused(DomainError):
    """The table cannot be read, or its columns do not say enough."""

    code = "import_refused"
    kind = ErrorKind.REJECTED


class RowRefused(DomainError):
    """A row of an import cannot be read."""

    code = "row_refused"
    kind = ErrorKind.REJECTED
