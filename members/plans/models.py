"""Paid plans and the terms members bought of them (M-11). An axis of its own beside the tier."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.people.models import Member
from members.segments.models import Segment
from scrm.tenants.fields import PublicIdField, TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel


class RefundAfter(models.TextChoices):
    """What a refund gives back once the first days, which are free, are over."""

    NONE = "none", _("不退款")
    PRO_RATA = "pro_rata", _("按剩余天数退款")


class PaidPlan(TenantModel):
    """What is sold. Changes hold for later purchases; terms that were bought keep their price and length."""

    public_id = PublicIdField(prefix="pln")
    name = models.CharField(max_length=40)
    description = models.CharField(max_length=200, default="", blank=True)
    price_fen = models.BigIntegerField()
    term_months = models.PositiveSmallIntegerField()
    # How many days before the end a term may be renewed; 0: at any time.
    renew_days = models.PositiveSmallIntegerField(default=0)
    # Local days from the purchase on within which everything is given back.
    refund_days = models.PositiveSmallIntegerField(default=7)
    refund_after = models.CharField(
        max_length=8, choices=RefundAfter.choices, default=RefundAfter.PRO_RATA
    )
    # Only for members of this segment (M-22); None: for everybody.
    segment = TenantForeignKey(
        Segment, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[PaidPlan]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="paid_plan_public_id"),
            models.UniqueConstraint(
                fields=["tenant", "name"], name="paid_plan_name", condition=Q(closed_at=None)
            ),
            models.CheckConstraint(
                condition=Q(price_fen__gte=0, term_months__gte=1), name="paid_plan_worth"
            ),
        ]


class TermState(models.TextChoices):
    """The state of a bought term."""

    ACTIVE = "active", _("有效")
    EXPIRED = "expired", _("已到期")
    REFUNDED = "refunded", _("已退款")


class PaidMembership(TenantModel):
    """One term of one member; terms of one plan follow each other without overlap."""

    public_id = PublicIdField(prefix="pms")
    member = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    plan = TenantForeignKey(PaidPlan, on_delete=models.PROTECT, related_name="+", db_index=False)
    # The payment it stands for: the same reference buys once.
    reference = models.CharField(max_length=80)
    price_fen = models.BigIntegerField()
    bought_at = models.DateTimeField()
    from_at = models.DateTimeField()
    until = models.DateTimeField()
    # The last valid day is this day and so many months: renewing an unbroken row does not wander (N-7).
    anchor = models.DateField()
    months = models.PositiveSmallIntegerField()
    renewed_from = TenantForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=8, choices=TermState.choices, default=TermState.ACTIVE)
    refunded_at = models.DateTimeField(null=True, blank=True)
    refunded_fen = models.BigIntegerField(default=0)
    refund_reason = models.CharField(max_length=200, default="", blank=True)

    objects: ClassVar[TenantManager[PaidMembership]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="paid_membership_public_id"
            ),
            models.UniqueConstraint(
                fields=["tenant", "reference"], name="paid_membership_reference"
            ),
            models.CheckConstraint(
                condition=Q(until__gt=F("from_at")), name="paid_membership_forward"
            ),
            models.CheckConstraint(
                condition=Q(refunded_fen__gte=0, refunded_fen__lte=F("price_fen")),
                name="paid_membership_refund_within",
            ),
            models.CheckConstraint(
                condition=Q(state=TermState.REFUNDED, refunded_at__isnull=False)
                | (~Q(state=TermState.REFUNDED) & Q(refunded_at=None)),
                name="paid_membership_refund_dated",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "member", "from_at"], name="paid_membership_by_member"),
            models.Index(
                fields=["tenant", "until"],
                name="paid_membership_due",
                condition=Q(state=TermState.ACTIVE),
            ),
            models.Index(
                fields=["tenant", "plan", "-bought_at", "-id"], name="paid_membership_by_plan"
            ),
            models.Index(fields=["tenant", "-bought_at", "-id"], name="paid_membership_by_time"),
        ]
