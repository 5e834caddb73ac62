"""Shapes of orders on the wire."""

from __future__ import annotations

from rest_framework import serializers

from members.people.serializers import ClaimIn
from scrm.api.serializers import (
    ListQuery,
    Moment,
    MoneyField,
    PublicId,
    StrictBoolean,
    StrictChoice,
    StrictInteger,
    StrictList,
    StrictSerializer,
    StrictString,
)


class LineIn(StrictSerializer):
    """One article."""

    external_id = StrictString(max_length=80)
    sku = StrictString(max_length=80, required=False, default="", allow_blank=True)
    name = StrictString(max_length=120, required=False, default="", allow_blank=True)
    category = StrictString(max_length=60, required=False, default="", allow_blank=True)
    qty = StrictInteger(min_value=0, max_value=10**9, required=False, default=1)
    subtotal = MoneyField()
    discount = MoneyField(
        required=False, default=0, help_text="Of this line, coupon share included."
    )
    offset = MoneyField(required=False, default=0, help_text="Paid with points.")
    points_excluded = StrictBoolean(required=False, default=False)


class RefundLineIn(StrictSerializer):
    """What of a refund belongs to which line."""

    line = StrictString(max_length=80, help_text="The line's external_id.")
    amount = MoneyField(min_value=1)


class RefundIn(StrictSerializer):
    """Money given back, once per external_id."""

    external_id = StrictString(max_length=80)
    occurred_at = Moment()
    lines = StrictList(child=RefundLineIn(), min_length=1)


class OrderIn(StrictSerializer):
    """Facts about an order; any subset, in any order, as often as you like."""

    channel = StrictString(max_length=40)
    external_id = StrictString(max_length=80)
    member = StrictList(
        child=ClaimIn(), required=False, max_length=20, help_text="Needed the first time."
    )
    placed_at = Moment(required=False)
    paid_at = Moment(required=False)
    completed_at = Moment(required=False)
    cancelled_at = Moment(required=False)
    shipping = MoneyField(required=False, default=0)
    order_discount = MoneyField(
        required=False,
        default=0,
        help_text="Split over these lines by subtotal, largest remainder.",
    )
    lines = StrictList(child=LineIn(), required=False)
    refunds = StrictList(child=RefundIn(), required=False)


class OrderBatchIn(StrictSerializer):
    """Up to 500 messages about orders."""

    orders = StrictList(child=OrderIn(), min_length=1, max_length=500)


class OrderEventIn(StrictSerializer):
    """One thing that happened to an order."""

    type = StrictChoice(choices=["placed", "paid", "completed", "refunded", "cancelled"])
    occurred_at = Moment()
    external_id = StrictString(
        max_length=80,
        required=False,
        default="",
        allow_blank=True,
        help_text="Of the refund; needed for refunded.",
    )
    member = StrictList(child=ClaimIn(), required=False, max_length=20)
    shipping = MoneyField(required=False, default=0)
    order_discount = MoneyField(required=False, default=0)
    lines = StrictList(child=LineIn(), required=False)
    refunded_lines = StrictList(
        child=RefundLineIn(), required=False, help_text="Needed for refunded."
    )


class LineOut(StrictSerializer):
    """One article with what is left of it."""

    external_id = serializers.CharField()
    sku = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField()
    qty = serializers.IntegerField()
    subtotal = MoneyField(source="subtotal_fen")
    discount = MoneyField(source="discount_fen")
    offset = MoneyField(source="offset_fen")
    paid = MoneyField(source="paid_fen")
    refunded = MoneyField(source="refunded_fen")
    points_excluded = serializers.BooleanField()


class RefundLineOut(StrictSerializer):
    """What of a refund belongs to which line."""

    line = serializers.CharField(source="line_external_id")
    amount = MoneyField(source="amount_fen")


class RefundOut(StrictSerializer):
    """Money given back."""

    id = serializers.CharField(source="public_id")
    external_id = serializers.CharField()
    occurred_at = Moment()
    amount = MoneyField(source="amount_fen")
    lines = RefundLineOut(many=True, source="lines.all")


class OrderOut(StrictSerializer):
    """An order. ``net`` is 0 unless paid and not cancelled; shipping is in none of the sums."""

    id = serializers.CharField(source="public_id")
    channel = serializers.CharField()
    external_id = serializers.CharField()
    member = serializers.CharField(source="member.public_id")
    placed_at = Moment(allow_null=True)
    paid_at = Moment(allow_null=True)
    completed_at = Moment(allow_null=True)
    cancelled_at = Moment(allow_null=True)
    shipping = MoneyField(source="shipping_fen")
    paid = MoneyField(source="paid_fen")
    refunded = MoneyField(source="refunded_fen")
    net = MoneyField(source="net_fen")
    is_valid = serializers.BooleanField()  # type: ignore[assignment]  # a field of the wire
    lines = LineOut(many=True, source="lines.all")
    refunds = RefundOut(many=True, source="refunds.all")


class BatchItemOut(StrictSerializer):
    """What became of one message of a batch; ``code`` is empty when it was taken."""

    id = serializers.CharField(source="order_public_id")
    is_changed = serializers.BooleanField()
    code = serializers.SerializerMethodField()
    detail = serializers.SerializerMethodField()

    def get_code(self, outcome: object) -> str:
        return str(getattr(getattr(outcome, "error", None), "code", ""))

    def get_detail(self, outcome: object) -> str:
        return str(getattr(outcome, "error", None) or "")


class BatchOut(StrictSerializer):
    """Answers at the places of the messages."""

    orders = BatchItemOut(many=True)


class OrderQuery(ListQuery):
    """Exact filters; together they mean and."""

    channel = StrictString(max_length=40, required=False)
    external_id = StrictString(max_length=80, required=False)
    member = PublicId(required=False)
