"""The edge between a member and who brought them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.people.models import Member
from scrm.tenants.fields import TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel


class BindingEnd(models.TextChoices):
    """Why an edge ended."""

    OPEN = "", _("有效")
    MERGE_SELFLOOP = "merge_selfloop", _("合并后成为同一人")
    MERGE_CYCLE = "merge_cycle", _("合并后成环")
    MERGE_KEPT = "merge_kept", _("合并后保留另一位邀请人")


class Binding(TenantModel):
    """The inviter of a member over [bound_at, ended_at). Which edges may stand together is the service's work."""

    member = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    inviter = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.CharField(max_length=40, default="", blank=True)
    bound_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(
        max_length=20, choices=BindingEnd.choices, default=BindingEnd.OPEN, blank=True
    )
    # The merge that ended it; a split of that merge opens it again.
    merge_id = models.BigIntegerField(null=True, blank=True)

    objects: ClassVar[TenantManager[Binding]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "member"],
                name="binding_one_inviter",
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=~Q(member=F("inviter")), name="binding_not_with_oneself"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, reason="") | (Q(ended_at__isnull=False) & ~Q(reason="")),
                name="binding_ends_with_reason",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["tenant", "inviter", "id"],
                name="binding_by_inviter",
                condition=Q(ended_at__isnull=True),
            ),
            models.Index(
                fields=["tenant", "merge_id"],
                name="binding_by_merge",
                condition=Q(merge_id__isnull=False),
            ),
        ]
