"""Housekeeping: contents of expired files, drafts nobody started, and long-finished work."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from scrm.core import clock
from scrm.events.jobs.nightly import nightly_register
from scrm.events.models import Job, JobRun, JobState
from scrm.files.models import (
    ConnectorRun,
    FilePart,
    ImportFile,
    ImportPiece,
    ImportState,
    StoredFile,
)
from scrm.tenants.settings import setting

DRAFT_KEPT = timedelta(days=1)
_BATCH = 200
_ENDED = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


def files_purge_run(_as_of: date) -> dict[str, int]:
    """Empty expired files; forget drafts after a day and finished work after the brand's setting."""
    at = clock.now()
    before = at - timedelta(days=setting("jobs.keep_days"))
    old = ImportFile.objects.filter(
        state=ImportState.DRAFT, created_at__lt=at - DRAFT_KEPT
    ).exclude(public_id__in=_dry_open())
    _checks_close(old.exclude(job=None))
    drafts, _by_model = old.filter(job=None).delete()
    runs, _by_model = ConnectorRun.objects.filter(job=None, started_at__lt=before).delete()
    nights, _by_model = JobRun.objects.filter(finished_at__lt=before).delete()
    return {
        "files": _files_empty(),
        "drafts": drafts,
        "runs": runs,
        "nights": nights,
        "jobs": _jobs_forget(before),
    }


def _checks_close(old: QuerySet[ImportFile]) -> None:
    """A table that was only checked loses its rows and keeps what the check said, like a started one."""
    with transaction.atomic():
        closing = list(old.values_list("pk", flat=True))
        ImportPiece.objects.filter(file_id__in=closing).delete()
        ImportFile.objects.filter(pk__in=closing).update(state=ImportState.STARTED)


def _dry_open() -> list[str]:
    """Tables that a dry run is reading right now."""
    jobs = Job.objects.filter(
        state__in=[JobState.WAITING, JobState.RUNNING], kind__startswith="import."
    )
    return [job.params.get("import", "") for job in jobs]


def _files_empty() -> int:
    emptied = 0
    expired = StoredFile.objects.filter(expires_at__lte=clock.now(), purged_at=None).order_by("pk")
    while batch := list(expired.values_list("pk", flat=True)[:_BATCH]):
        with transaction.atomic():
            FilePart.objects.filter(file_id__in=batch).delete()
            StoredFile.objects.filter(pk__in=batch).update(purged_at=clock.now())
        emptied += len(batch)
    return emptied


def _jobs_forget(before: object) -> int:
    """Jobs with their refused rows, emptied files and runs, some at a time."""
    gone = 0
    promised = StoredFile.objects.filter(job=OuterRef("pk"), purged_at=None)
    old = Job.objects.filter(~Exists(promised), state__in=_ENDED, finished_at__lt=before)
    old = old.order_by("pk")
    while batch := list(old.values_list("pk", flat=True)[:_BATCH]):
        with transaction.atomic():
            Job.objects.filter(pk__in=batch).delete()
        gone += len(batch)
    return gone


nightly_register("files_purge", order=955, run=files_purge_run, label=_("清理过期文件与任务记录"))
