"""Orders with lines and refunds, and what they add up to per member."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from members.people.models import Member
from scrm.tenants.fields import PublicIdField, TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel


class Order(TenantModel):
    """What is known about one purchase. Every derived column is a function of the facts (N-41)."""

    public_id = PublicIdField(prefix="ord")
    channel = models.CharField(max_length=40)
    external_id = models.CharField(max_length=80)
    member = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    # The identifier that decided whose order it is: where it goes when two members are split again.
    via_identity_id = models.BigIntegerField(null=True, blank=True)
    # Facts: each the earliest moment anybody reported; None while unknown.
    placed_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    shipping_fen = models.BigIntegerField(default=0)
    # Derived. Cash of the lines, refunds included ones before payment, and what remains of a paid,
    # uncancelled order; shipping is in none of them.
    paid_fen = models.BigIntegerField(default=0)
    refunded_fen = models.BigIntegerField(default=0)
    net_fen = models.BigIntegerField(default=0)
    # Tenant's day of payment (N-1).
    paid_date = models.DateField(null=True, blank=True)
    # Paid, not cancelled, net > 0 (N-26).
    is_valid = models.BooleanField(default=False)
    # Placed, or the earliest fact while that is unknown: where the order stands in a person's history.
    occurred_at = models.DateTimeField()

    objects: ClassVar[TenantManager[Order]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="order_public_id"),
            models.UniqueConstraint(
                fields=["tenant", "channel", "external_id"], name="order_external_id"
            ),
            models.CheckConstraint(
                condition=Q(shipping_fen__gte=0), name="order_shipping_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(is_valid=False)
                | Q(net_fen__gt=0, paid_at__isnull=False, cancelled_at=None),
                name="order_valid_is_paid",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["tenant", "member", "-occurred_at", "-id"], name="order_by_member"
            ),
            models.Index(fields=["tenant", "-occurred_at", "-id"], name="order_by_time"),
            # Which members' windows move tonight.
            models.Index(
                fields=["tenant", "paid_date"],
                name="order_valid_by_day",
                condition=Q(is_valid=True),
            ),
            # What a day took in: orders that cash was paid for, refunded or not.
            models.Index(
                fields=["tenant", "paid_date"],
                name="order_cash_by_day",
                condition=Q(paid_date__isnull=False, cancelled_at=None, paid_fen__gt=0),
            ),
        ]


class OrderLine(TenantModel):
    """One article of an order. Money in fen; paid = subtotal - discount - offset."""

    order = TenantForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    external_id = models.CharField(max_length=80)
    sku = models.CharField(max_length=80, default="", blank=True)
    name = models.CharField(max_length=120, default="", blank=True)
    category = models.CharField(max_length=60, default="", blank=True)
    qty = models.PositiveIntegerField(default=1)
    subtotal_fen = models.BigIntegerField()
    # The line's own discount, its coupon share and its share of the order's discount (N-4).
    discount_fen = models.BigIntegerField(default=0)
    # Paid with points.
    offset_fen = models.BigIntegerField(default=0)
    paid_fen = models.BigIntegerField()
    refunded_fen = models.BigIntegerField(default=0)
    points_excluded = models.BooleanField(default=False)

    objects: ClassVar[TenantManager[OrderLine]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "order", "external_id"], name="order_line_once"
            ),
            models.CheckConstraint(
                condition=Q(paid_fen=F("subtotal_fen") - F("discount_fen") - F("offset_fen"))
                & Q(paid_fen__gte=0, discount_fen__gte=0, offset_fen__gte=0),
                name="order_line_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(refunded_fen__gte=0, refunded_fen__lte=F("paid_fen")),
                name="order_line_refund_within_paid",
            ),
        ]


class Refund(TenantModel):
    """Money given back, once per external id; it may be known before the payment is."""

    public_id = PublicIdField(prefix="ref")
    order = TenantForeignKey(
        Order, on_delete=models.CASCADE, related_name="refunds", db_index=False
    )
    external_id = models.CharField(max_length=80)
    occurred_at = models.DateTimeField()
    amount_fen = models.BigIntegerField()

    objects: ClassVar[TenantManager[Refund]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="refund_public_id"),
            models.UniqueConstraint(fields=["tenant", "order", "external_id"], name="refund_once"),
        ]


class RefundLine(TenantModel):
    """What of a refund belongs to which line; ``line`` is None until the line itself is known."""

    refund = TenantForeignKey(
        Refund, on_delete=models.CASCADE, related_name="lines", db_index=False
    )
    line = TenantForeignKey(OrderLine, on_delete=models.CASCADE, null=True, related_name="refunds")
    line_external_id = models.CharField(max_length=80)
    amount_fen = models.BigIntegerField()

    objects: ClassVar[TenantManager[RefundLine]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "refund", "line_external_id"], name="refund_line_once"
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="refund_line_positive"),
        ]


class MemberRollup(TenantModel):
    """What a member's orders add up to; one row for every member, exact after every change.

    Counts, net and first/last are over valid orders; paid and refunded over paid, uncancelled ones.
    The window columns hold for the tenant's `RollupDay`, whatever day they were last written on.
    """

    member = TenantForeignKey(
        Member, on_delete=models.CASCADE, related_name="rollup", db_index=False
    )
    orders_count = models.IntegerField(default=0)
    net_fen = models.BigIntegerField(default=0)
    paid_fen = models.BigIntegerField(default=0)
    refunded_fen = models.BigIntegerField(default=0)
    first_paid_at = models.DateTimeField(null=True)
    last_paid_at = models.DateTimeField(null=True)
    last_paid_date = models.DateField(null=True)
    window_orders = models.IntegerField(default=0)
    window_net_fen = models.BigIntegerField(default=0)
    window_last_date = models.DateField(null=True)
    window_as_of = models.DateField(null=True)

    objects: ClassVar[TenantManager[MemberRollup]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "member"], name="rollup_member"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "-net_fen", "-member"], name="rollup_by_spend"),
            models.Index(
                fields=["tenant", "-last_paid_date", "-member"], name="rollup_by_last_paid"
            ),
        ]


class RollupDay(TenantModel):
    """The local day all windows of the tenant hold for, and their length in days."""

    as_of = models.DateField()
    days = models.PositiveIntegerField()

    objects: ClassVar[TenantManager[RollupDay]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant"], name="rollup_day_once"),
        ]
