"""Files kept in the database, where every process finds them and a wall stands around each brand."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from scrm.events.models import Job
from scrm.tenants.fields import PublicIdField, TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel


class MaskLevel(models.TextChoices):
    """How much of people a file shows."""

    NONE = "none", _("无个人信息")
    MASKED = "masked", _("已脱敏")
    PLAIN = "plain", _("含完整手机号")


class StoredFile(TenantModel):
    """A file made for somebody: complete once `ready_at` is set, gone after `expires_at`."""

    public_id = PublicIdField(prefix="fil")
    name = models.CharField(max_length=160)
    content_type = models.CharField(max_length=100)
    # What it was made of: the kind of an export.
    kind = models.CharField(max_length=60)
    mask = models.CharField(max_length=8, choices=MaskLevel.choices, default=MaskLevel.NONE)
    reason = models.CharField(max_length=200, default="", blank=True)
    # Who may download it at all, beside its requester's own right.
    permission = models.CharField(max_length=60)
    size = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    requester_kind = models.CharField(max_length=12, default="", blank=True)
    requester_id = models.CharField(max_length=60, default="", blank=True)
    requester = models.CharField(max_length=80, default="", blank=True)
    job = TenantForeignKey(Job, on_delete=models.CASCADE, related_name="+", null=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    purged_at = models.DateTimeField(null=True, blank=True)
    downloads = models.PositiveIntegerField(default=0)

    objects: ClassVar[TenantManager[StoredFile]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="stored_file_public_id"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["tenant", "expires_at"],
                name="stored_file_expiring",
                condition=models.Q(purged_at=None),
            ),
        ]


class FilePart(TenantModel):
    """A piece of a file. A draft is a finished piece of a workbook that is not put together yet."""

    file = TenantForeignKey(
        StoredFile, on_delete=models.CASCADE, related_name="parts", db_index=False
    )
    is_draft = models.BooleanField(default=False)
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    objects: ClassVar[TenantManager[FilePart]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "file", "is_draft", "number"], name="file_part_once"
            ),
        ]


class ImportState(models.TextChoices):
    """A draft waits for its mapping; a started one belongs to its job."""

    DRAFT = "draft", "draft"
    STARTED = "started", "started"


class ImportFile(TenantModel):
    """An uploaded table, cut into pieces, with what its columns mean."""

    public_id = PublicIdField(prefix="imp")
    kind = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    connector = models.CharField(max_length=20)
    header = models.JSONField(default=list)
    # Our column, or nothing, at the place of each heading.
    mapping = models.JSONField(default=list)
    options = models.JSONField(default=dict)
    rows = models.BigIntegerField(default=0)
    state = models.CharField(max_length=8, choices=ImportState.choices, default=ImportState.DRAFT)
    job = TenantForeignKey(Job, on_delete=models.CASCADE, related_name="+", null=True)

    objects: ClassVar[TenantManager[ImportFile]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="import_file_public_id"),
        ]


class ImportPiece(TenantModel):
    """Rows that wait for their turn; gone in the transaction that took them in."""

    file = TenantForeignKey(ImportFile, on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    # JSON: [[number of the row in the file, [cell, …]], …]
    rows = models.TextField()

    objects: ClassVar[TenantManager[ImportPiece]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "file", "number"], name="import_piece_once"),
        ]


class ImportFault(TenantModel):
    """A row that was refused: why, and the row itself, so that it can be mended and sent again."""

    job = TenantForeignKey(Job, on_delete=models.CASCADE, related_name="+", db_index=False)
    row_no = models.PositiveIntegerField()
    code = models.CharField(max_length=60)
    detail = models.CharField(max_length=300, default="", blank=True)
    cells = models.JSONField(default=list)

    objects: ClassVar[TenantManager[ImportFault]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "job", "row_no"], name="import_fault_once"),
        ]


class ConnectorRun(TenantModel):
    """One delivery of a connector: rows read, accepted and rejected, with the reasons (PL-11)."""

    public_id = PublicIdField(prefix="run")
    connector = models.CharField(max_length=20)
    kind = models.CharField(max_length=60)
    name = models.CharField(max_length=120, default="", blank=True)
    started_by = models.CharField(max_length=80, default="", blank=True)
    job = TenantForeignKey(Job, on_delete=models.CASCADE, related_name="+", null=True)
    read = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    # Rejected rows by stable code.
    reasons = models.JSONField(default=dict)
    is_dry = models.BooleanField(default=False)
    # Why a run without a job ended early, in words; a job keeps its own.
    error = models.CharField(max_length=500, default="", db_default="", blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[ConnectorRun]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="connector_run_public_id"),
            models.CheckConstraint(
                condition=models.Q(read=models.F("accepted") + models.F("rejected")),
                name="connector_run_adds_up",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "-started_at", "-id"], name="connector_run_by_time"),
        ]
