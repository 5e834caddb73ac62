"""Accounts and transfers: zero-sum by construction, append-only by grants (design.md 7)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from scrm.core.ids import uuid7
from scrm.tenants.fields import TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel

SYSTEM = "system"
UNITS = ("points", "growth", "cny_fen")


class Account(TenantModel):
    """Where an amount of one unit stands. A system account keeps no balance: it is summed."""

    owner_kind = models.CharField(max_length=20)
    owner_id = models.BigIntegerField(default=0)
    kind = models.CharField(max_length=30)
    unit = models.CharField(max_length=12)
    # None for system accounts, which would be one hot row per tenant.
    balance = models.BigIntegerField(null=True, default=None)
    floor = models.BigIntegerField(null=True, default=None)

    objects: ClassVar[TenantManager[Account]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "owner_kind", "owner_id", "kind", "unit"], name="account_once"
            ),
            models.CheckConstraint(
                condition=models.Q(balance=None)
                | models.Q(floor=None)
                | models.Q(balance__gte=models.F("floor")),
                name="account_above_floor",
            ),
            models.CheckConstraint(
                condition=(models.Q(owner_kind=SYSTEM) & models.Q(balance=None))
                | (~models.Q(owner_kind=SYSTEM) & models.Q(balance__isnull=False)),
                name="account_system_has_no_balance",
            ),
            models.CheckConstraint(condition=models.Q(unit__in=UNITS), name="account_unit_known"),
        ]
        # No index on balance: it would turn every posting's HOT update into an index write.


class Transfer(TenantModel):
    """One positive amount from ``debit`` to ``credit``; a balance is credits less debits."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    debit = TenantForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    credit = TenantForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=40)
    reference = models.CharField(max_length=120)
    reverses = models.UUIDField(null=True, default=None)
    occurred_at = models.DateTimeField()

    objects: ClassVar[TenantManager[Transfer]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "reference"], name="transfer_reference_once"),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0), name="transfer_amount_positive"
            ),
            models.CheckConstraint(
                condition=~models.Q(debit=models.F("credit")), name="transfer_two_accounts"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["tenant", "reverses"],
                name="transfer_reversals",
                condition=models.Q(reverses__isnull=False),
            ),
        ]
