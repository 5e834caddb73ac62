"""What people keep in the console: views of lists, and acts they may still take back."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from scrm.tenants.fields import PublicIdField
from scrm.tenants.models import TenantManager, TenantModel


class SavedView(TenantModel):
    """A list's query under a name: its maker's, or the whole brand's when shared."""

    public_id = PublicIdField(prefix="view")
    # URL name of the list page.
    page = models.CharField(max_length=60)
    name = models.CharField(max_length=30)
    # The query string without paging: filters, search and sort.
    query = models.CharField(max_length=2000, default="", blank=True)
    operator_id = models.BigIntegerField()
    is_shared = models.BooleanField(default=False)

    objects: ClassVar[TenantManager[SavedView]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="saved_view_public_id"),
            models.UniqueConstraint(
                fields=["tenant", "page", "operator_id", "name"], name="saved_view_name"
            ),
        ]


class UndoStep(TenantModel):
    """An act that its author may take back for a moment, with what that needs."""

    public_id = PublicIdField(prefix="undo")
    operator_id = models.BigIntegerField()
    kind = models.CharField(max_length=60)
    payload = models.JSONField(default=dict)
    # Where the person was: the way back after taking it back.
    back_url = models.CharField(max_length=2000, default="", blank=True)
    ends_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[UndoStep]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="undo_step_public_id"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "ends_at"], name="undo_step_by_end"),
        ]
