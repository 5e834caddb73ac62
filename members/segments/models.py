"""Saved audiences, who was in them on each night, and the sets that answer without reading everybody."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from scrm.access.scope import scope_here
from scrm.tenants.fields import PublicIdField, TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel


class Segment(TenantModel):
    """A named rule. Count, list and audience run the rule; what is stored of members is history."""

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


class SegmentSnapshot(TenantModel):
    """Who was in a segment at the end of a local day: keys of members as a roaring bitmap."""

    segment = TenantForeignKey(
        Segment, on_delete=models.CASCADE, related_name="snapshots", db_index=False
    )
    for_date = models.DateField()
    taken_at = models.DateTimeField()
    count = models.IntegerField()
    members = models.BinaryField()

    objects: ClassVar[TenantManager[SegmentSnapshot]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "segment", "for_date"], name="segment_snapshot_once"
            ),
        ]


class SegmentSet(TenantModel):
    """Everybody who fulfilled one condition in one snapshot of the database: keys as a roaring bitmap.

    ``snapshot`` and ``xid`` (the builder's own transaction) tell which marks the set does not know yet.
    """

    key = models.CharField(max_length=64)
    grp = models.CharField(max_length=16)
    # The local day that days were counted back from; none for conditions that do not.
    for_date = models.DateField(null=True)
    base = models.BinaryField()
    count = models.IntegerField()
    snapshot = models.TextField()
    xid = models.BigIntegerField()
    built_at = models.DateTimeField()

    objects: ClassVar[TenantManager[SegmentSet]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "key"], name="segment_set_key"),
        ]


class SetDirty(TenantModel):
    """Members whose figures of a group a transaction changed; no members means anybody's."""

    grp = models.CharField(max_length=16)
    xid = models.BigIntegerField()
    member_ids = ArrayField(models.BigIntegerField(), default=list)

    objects: ClassVar[TenantManager[SetDirty]] = TenantManager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "grp", "xid"], name="set_dirty_by_group"),
        ]
