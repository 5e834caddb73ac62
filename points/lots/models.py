"""Lots, spends and the account they add up to."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.orders.models import Order
from members.people.models import Member
from points.lots.rules import LotState
from scrm.tenants.fields import PublicIdField, TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel

LOT_STATES = [
    (LotState.PENDING.value, _("待生效")),
    (LotState.AVAILABLE.value, _("可用")),
    (LotState.DEPLETED.value, _("已用完")),
    (LotState.EXPIRED.value, _("已过期")),
    (LotState.CANCELLED.value, _("已取消")),
    (LotState.REVERSED.value, _("已扣回")),
]


class PointsAccount(TenantModel):
    """A member's points as of the last settlement; its row is the lock of everything below it."""

    member = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    available = models.BigIntegerField(default=0)
    pending = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    debt = models.BigIntegerField(default=0)
    # Of the available ones, those whose last valid day is among the next thirty (from the last settlement
    # or night on).
    expiring_30d = models.BigIntegerField(default=0)
    # The next instant at which a lot starts to count or lapses; None when nothing will.
    next_due_at = models.DateTimeField(null=True, default=None)
    settled_at = models.DateTimeField(null=True, default=None)

    objects: ClassVar[TenantManager[PointsAccount]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "member"], name="points_account_member"),
            models.CheckConstraint(
                condition=Q(available__gte=0, pending__gte=0, held__gte=0, debt__gte=0),
                name="points_account_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(available=0) | Q(debt=0), name="points_account_debt_or_available"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["tenant", "next_due_at"],
                name="points_account_due",
                condition=Q(next_due_at__isnull=False),
            ),
        ]


class Lot(TenantModel):
    """Points of one source with the dates that govern them. ``facts`` decide; the rest follows."""

    member = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    # How the points came in: earn (pending first), grant or adjust (at once).
    door = models.CharField(max_length=8, default="earn")
    source_type = models.CharField(max_length=20)
    source_id = models.CharField(max_length=130)
    order = TenantForeignKey(
        Order, on_delete=models.PROTECT, null=True, default=None, related_name="+"
    )
    issued_at = models.DateTimeField()
    available_at = models.DateTimeField(null=True, default=None)
    expires_at = models.DateTimeField(null=True, default=None)
    qty = models.BigIntegerField()
    remaining = models.BigIntegerField()
    held = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=LOT_STATES)
    # {"cuts": [[instant, points]], "terms": {...}}: what to take back and when; N-5's snapshot.
    facts = models.JSONField(default=dict)
    # Totals by flow, equal to what was posted to the ledger for this lot.
    flows = models.JSONField(default=dict)
    # Counts settlements; part of the ledger references, so that each posts once.
    version = models.IntegerField(default=0)

    objects: ClassVar[TenantManager[Lot]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "member", "source_type", "source_id"], name="lot_source_once"
            ),
            models.CheckConstraint(
                condition=Q(remaining__gte=0, held__gte=0, remaining__lte=F("qty") - F("held")),
                name="lot_remaining_within_qty",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state for state, _label in LOT_STATES]),
                name="lot_state_known",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["tenant", "expires_at"], name="lot_expiring", condition=Q(remaining__gt=0)
            ),
        ]


class Spend(TenantModel):
    """Points set aside, then captured or voided, once (N-11)."""

    public_id = PublicIdField(prefix="spd")
    member = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    # Where the points end: capture (redeemed) or deduct (adjusted away).
    sink = models.CharField(max_length=8, default="capture")
    reference = models.CharField(max_length=80)
    reason = models.CharField(max_length=120, default="", blank=True)
    points = models.BigIntegerField()
    at = models.DateTimeField()
    captured_at = models.DateTimeField(null=True, default=None)
    voided_at = models.DateTimeField(null=True, default=None)
    flows = models.JSONField(default=dict)
    version = models.IntegerField(default=0)

    objects: ClassVar[TenantManager[Spend]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "reference"], name="spend_reference_once"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="spend_public_id"),
            models.CheckConstraint(condition=Q(points__gt=0), name="spend_positive"),
            models.CheckConstraint(
                condition=Q(captured_at=None) | Q(voided_at=None), name="spend_ends_once"
            ),
        ]
