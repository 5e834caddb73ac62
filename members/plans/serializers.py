"""Paid plans and terms on the wire."""

from __future__ import annotations

from rest_framework import serializers

from members.benefits.serializers import OfferIn, OfferOut
from members.plans.models import RefundAfter, TermState
from members.plans.rules import MOST_DAYS, MOST_MONTHS
from scrm.api.serializers import (
    ListQuery,
    Moment,
    MoneyField,
    PublicId,
    StrictChoice,
    StrictInteger,
    StrictSerializer,
    StrictString,
)

_AFTER = [(choice, choice) for choice in RefundAfter.values]


class PlanPatch(StrictSerializer):
    """What may change, for later purchases; left out stays. Benefits change for whoever holds the plan."""

    name = StrictString(max_length=40, required=False)
    description = StrictString(max_length=200, required=False, allow_blank=True)
    price = MoneyField(source="price_fen", required=False)
    term_months = StrictInteger(min_value=1, max_value=MOST_MONTHS, required=False)
    renew_days = StrictInteger(
        min_value=0,
        max_value=MOST_DAYS,
        required=False,
        help_text="Days before the end from which it may be renewed; 0: at any time.",
    )
    refund_days = StrictInteger(
        min_value=0,
        max_value=MOST_DAYS,
        required=False,
        help_text="Local days from the purchase in which all is given back.",
    )
    refund_after = StrictChoice(
        choices=_AFTER,
        required=False,
        help_text="Later: nothing, or the share of the whole days left.",
    )
    segment = StrictString(
        max_length=40,
        required=False,
        allow_blank=True,
        help_text="Only for members of this segment; empty for everybody.",
    )
    benefits = OfferIn(many=True, required=False)


class PlanIn(PlanPatch):
    """A new plan, on sale at once."""

    name = StrictString(max_length=40)
    price = MoneyField(source="price_fen")
    term_months = StrictInteger(min_value=1, max_value=MOST_MONTHS)


class PlanOut(StrictSerializer):
    """A plan."""

    id = PublicId(source="public_id")
    name = serializers.CharField()
    description = serializers.CharField()
    price = MoneyField(source="price_fen")
    term_months = StrictInteger()
    renew_days = StrictInteger()
    refund_days = StrictInteger()
    refund_after = serializers.CharField()
    segment = serializers.CharField(source="segment.public_id", allow_null=True, default=None)
    closed_at = Moment(allow_null=True)


class PlanDetailOut(PlanOut):
    """A plan with its benefits."""

    benefits = OfferOut(many=True)


class TermQuery(ListQuery):
    """Whose terms, of which plan, in which state."""

    member = StrictString(max_length=40, required=False)
    plan = StrictString(max_length=40, required=False)
    state = StrictChoice(choices=[(state, state) for state in TermState.values], required=False)


class BuyIn(StrictSerializer):
    """A sale. The reference is the payment's: the same buys once."""

    member = StrictString(max_length=40)
    plan = StrictString(max_length=40)
    reference = StrictString(max_length=80)
    occurred_at = Moment(required=False)
    price = MoneyField(
        required=False, help_text="What was paid; the plan's price if it is left out."
    )


class RenewIn(StrictSerializer):
    """The next term, from the end of the last."""

    reference = StrictString(max_length=80)
    occurred_at = Moment(required=False)
    price = MoneyField(required=False)


class RefundIn(StrictSerializer):
    """Why, and when if not now."""

    reason = StrictString(max_length=200)
    occurred_at = Moment(required=False)


class TermOut(StrictSerializer):
    """A bought term."""

    id = PublicId(source="public_id")
    member_id = PublicId(source="member.public_id")
    plan = PublicId(source="plan.public_id")
    reference = serializers.CharField()
    state = serializers.CharField()
    price = MoneyField(source="price_fen")
    bought_at = Moment()
    from_at = Moment()
    until = Moment()
    refunded_at = Moment(allow_null=True)
    refunded = MoneyField(source="refunded_fen")
