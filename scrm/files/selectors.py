"""Reads of files and imports for lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scrm.files.models import ImportFault, ImportFile
from scrm.files.store import files_seen

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from scrm.files.models import StoredFile


def files_list(
    *,
    kinds: Sequence[str] = (),
    masks: Sequence[str] = (),
    requester: tuple[str, str] | None = None,
) -> QuerySet[StoredFile]:
    """Files with their jobs, narrowed; the caller orders."""
    files = files_seen()
    if kinds:
        files = files.filter(kind__in=kinds)
    if masks:
        files = files.filter(mask__in=masks)
    if requester is not None:
        files = files.filter(requester_kind=requester[0], requester_id=requester[1])
    return files


def imports_list(*, kind: str = "") -> QuerySet[ImportFile]:
    """Uploaded tables with their jobs; the caller orders."""
    files = ImportFile.objects.select_related("job")
    return files.filter(kind=kind) if kind else files


def faults_of(file: ImportFile) -> QuerySet[ImportFault]:
    """Refused rows of an import that was started, by their place in the file."""
    return (
        ImportFault.objects.filter(job_id=file.job_id)
        if file.job_id
        else ImportFault.objects.none()
    )
