"""Growth entries and, per member, the row whoever changes them locks first."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from members.orders.models import Order
from members.people.models import Member
from scrm.tenants.fields import TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel


class GrowthAccount(TenantModel):
    """A member's growth over all time; locked before entries, spells or gifts of the member are written."""

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+", db_index=False)
    lifetime = models.BigIntegerField(default=0)

    objects: ClassVar[TenantManager[GrowthAccount]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "member"], name="growth_account_member"),
            models.CheckConstraint(condition=Q(lifetime__gte=0), name="growth_never_negative"),
        ]


class GrowthEntry(TenantModel):
    """One rise or fall. A fall carries the `effective_at` of what it takes back (N-15)."""

    member = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    # Whose it was before a merge brought it here; None when it was always this member's.
    origin = models.BigIntegerField(null=True)
    order = TenantForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="+")
    source_type = models.CharField(max_length=20)
    source_id = models.CharField(max_length=130)
    # earn, grant, cancel, or refund:<the refund's external id>
    cause = models.CharField(max_length=90)
    amount = models.BigIntegerField()
    effective_at = models.DateTimeField()
    occurred_at = models.DateTimeField()
    # How often the amount was told to the ledger.
    version = models.PositiveIntegerField(default=0)

    objects: ClassVar[TenantManager[GrowthEntry]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "source_type", "source_id", "cause"], name="growth_entry_once"
            ),
            models.CheckConstraint(condition=~Q(amount=0), name="growth_entry_amount"),
            models.CheckConstraint(
                condition=Q(occurred_at__gte=models.F("effective_at")), name="growth_entry_times"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "member", "effective_at"], name="growth_by_member"),
            # Whose window loses something tonight.
            models.Index(fields=["tenant", "effective_at"], name="growth_by_time"),
        ]
