"""What happened, who heard it, who did it, and the long work in progress."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from scrm.core.ids import uuid7
from scrm.tenants.fields import PublicIdField, TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel


class OutboxEvent(TenantModel):
    """A fact written in the transaction of its change; the relay hands it to every subscriber."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # Order of facts inside a tenant is the order of their keys (UUIDv7), which is close to commit order.
    type = models.CharField(max_length=60)
    subject = models.CharField(max_length=60, default="", blank=True)
    payload = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    dispatched_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)
    parked_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, default="", blank=True)

    objects: ClassVar[TenantManager[OutboxEvent]] = TenantManager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["tenant", "id"],
                name="outbox_waiting",
                condition=models.Q(dispatched_at=None, parked_at=None),
            ),
        ]


class EventHeard(TenantModel):
    """One subscriber has taken one event; the row and the effect share a transaction."""

    event_id = models.UUIDField()
    subscriber = models.CharField(max_length=80)

    objects: ClassVar[TenantManager[EventHeard]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "event_id", "subscriber"], name="event_heard_once"
            ),
        ]


class AuditLog(TenantModel):
    """A write by a person or a key. Append-only by grants."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    actor_kind = models.CharField(max_length=12)
    actor_id = models.CharField(max_length=60, default="", blank=True)
    actor_label = models.CharField(max_length=80, default="", blank=True)
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=60)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    ip = models.CharField(max_length=45, default="", blank=True)
    request_id = models.CharField(max_length=60, default="", blank=True)
    at = models.DateTimeField()

    objects: ClassVar[TenantManager[AuditLog]] = TenantManager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "at", "id"], name="audit_by_time"),
            models.Index(fields=["tenant", "object_id", "at"], name="audit_by_object"),
            models.Index(fields=["tenant", "actor_id", "at"], name="audit_by_actor"),
        ]


class JobState(models.TextChoices):
    """States of long work."""

    WAITING = "waiting", "waiting"
    RUNNING = "running", "running"
    DONE = "done", "done"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"


class Job(TenantModel):
    """Work that takes longer than a request, with progress that people can watch."""

    public_id = PublicIdField(prefix="job")
    kind = models.CharField(max_length=60)
    state = models.CharField(max_length=12, choices=JobState.choices, default=JobState.WAITING)
    params = models.JSONField(default=dict)
    cursor = models.JSONField(default=dict)
    total = models.BigIntegerField(null=True, blank=True)
    done = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    result = models.JSONField(default=dict)
    error = models.CharField(max_length=500, default="", blank=True)
    # What it is about, for people: the name of a file.
    label = models.CharField(max_length=120, default="", db_default="", blank=True)
    started_by = models.CharField(max_length=80, default="", blank=True)
    actor_kind = models.CharField(max_length=12, default="", db_default="", blank=True)
    actor_id = models.CharField(max_length=60, default="", db_default="", blank=True)
    # The job whose failed part this one repeats.
    retry_of = models.CharField(max_length=40, default="", db_default="", blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    # Whose run it is: a worker that was thought dead and comes back may not advance the job.
    claim = models.UUIDField(null=True, blank=True)

    objects: ClassVar[TenantManager[Job]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="job_public_id"),
            models.UniqueConstraint(
                fields=["tenant", "retry_of"],
                name="job_retried_once",
                condition=~models.Q(retry_of=""),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="job_by_time"),
            models.Index(
                fields=["tenant", "state"],
                name="job_open",
                condition=models.Q(state__in=["waiting", "running"]),
            ),
        ]


class JobRun(TenantModel):
    """One nightly step of one tenant for one local day: this row, not the scheduler, decides."""

    job = models.CharField(max_length=60)
    local_date = models.DateField()
    state = models.CharField(max_length=12, choices=JobState.choices, default=JobState.RUNNING)
    counts = models.JSONField(default=dict)
    attempts = models.PositiveSmallIntegerField(default=1)
    lease_until = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, default="", blank=True)

    objects: ClassVar[TenantManager[JobRun]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "job", "local_date"], name="job_run_once"),
        ]


class Notice(TenantModel):
    """Something people should hear without asking; `notices.notify` writes it, the bell shows it."""

    public_id = PublicIdField(prefix="ntc")
    kind = models.CharField(max_length=60)
    # Chinese originals with %(name)s; each reader's language is found when they are read.
    title = models.CharField(max_length=120)
    text = models.CharField(max_length=500, default="", blank=True)
    values = models.JSONField(default=dict, blank=True)
    # For one person, else for everybody with the permission, else for everybody of the brand.
    operator_id = models.BigIntegerField(null=True, blank=True)
    permission = models.CharField(max_length=60, default="", blank=True)
    page = models.CharField(max_length=60, default="", blank=True)
    arguments = models.JSONField(default=dict, blank=True)
    # The occasion: a second notice of the same occasion is dropped.
    once = models.CharField(max_length=120, default="", blank=True)

    objects: ClassVar[TenantManager[Notice]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="notice_public_id"),
            models.UniqueConstraint(
                fields=["tenant", "once"], name="notice_once", condition=~models.Q(once="")
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="notice_by_time"),
        ]


class NoticeRead(TenantModel):
    """One person has seen one notice."""

    notice = TenantForeignKey(Notice, on_delete=models.CASCADE, related_name="+", db_index=False)
    operator_id = models.BigIntegerField()

    objects: ClassVar[TenantManager[NoticeRead]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "notice", "operator_id"], name="notice_read_once"
            ),
        ]


__all__ = [
    "AuditLog",
    "EventHeard",
    "Job",
    "JobRun",
    "JobState",
    "Notice",
    "NoticeRead",
    "OutboxEvent",
    "TenantForeignKey",
]
