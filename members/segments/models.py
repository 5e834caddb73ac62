"""Saved audiences."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from scrm.access.scope import scope_here
from scrm.tenants.fields import PublicIdField
from scrm.tenants.models import TenantManager, TenantModel


class Segment(TenantModel):
    """A named rule. Membership is never stored: count, list and audience all run the rule."""

    public_id = PublicIdField(prefix="seg")
    name = models.CharField(max_length=60)
    description = models.CharField(max_length=200, default="", blank=True)
    rule = models.JSONField()
    # Last exact size and when it was counted; for the list page only.
    size = models.IntegerField(null=True, default=None)
    counted_at = models.DateTimeField(null=True, default=None)
    created_by = models.CharField(max_length=80, default="", blank=True)
    archived_at = models.DateTimeField(null=True, default=None)

    objects: ClassVar[TenantManager[Segment]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="segment_public_id"),
            models.UniqueConstraint(
                fields=["tenant", "name"], name="segment_name", condition=models.Q(archived_at=None)
            ),
        ]

    @property
    def size_seen(self) -> int | None:
        """The last size, which counts the whole brand, for whoever sees the whole brand."""
        return self.size if scope_here().is_everything else None
