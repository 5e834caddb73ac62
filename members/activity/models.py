"""Activity facts."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from members.people.models import Member
from scrm.tenants.fields import TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel


class Activity(TenantModel):
    """Something a member did, once per id that the sender gave it. Facts never change."""

    event_id = models.CharField(max_length=80)
    name = models.CharField(max_length=40)
    # A name nobody registered is kept and counts as activity, and nothing else is known about it.
    is_known = models.BooleanField()
    member = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    # The identifier that decided whose it is: where it goes when two members are split again.
    via_identity_id = models.BigIntegerField(null=True, blank=True)
    occurred_at = models.DateTimeField()
    # The brand's day of it.
    local_date = models.DateField()
    channel = models.CharField(max_length=40, default="", blank=True)
    # Length of a visit.
    seconds = models.PositiveIntegerField(default=0)
    props = models.JSONField(default=dict, blank=True)

    objects: ClassVar[TenantManager[Activity]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "event_id"], name="activity_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["tenant", "member", "-occurred_at", "-id"], name="activity_by_member"
            ),
            # What the night looks back at.
            models.Index(fields=["tenant", "local_date", "member"], name="activity_by_day"),
        ]
