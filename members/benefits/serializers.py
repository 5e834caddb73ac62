"""Benefits on the wire. A value is fen, days, seats or ten-thousandths, as the kind says; 0 where it has none."""

from __future__ import annotations

from rest_framework import serializers

from members.benefits.models import BenefitGroup
from members.benefits.rules import KINDS
from scrm.api.serializers import (
    Moment,
    PublicId,
    StrictBoolean,
    StrictChoice,
    StrictInteger,
    StrictSerializer,
    StrictString,
)

_MOST = 10**12
_VALUE = (
    "In the unit of the kind: fen for coupon, gift_pack and free_shipping (the amount it begins at, 0 always), "
    "days for no_reason_return, seats for event_seat, ten-thousandths for multiplier; 0 for the others."
)
_GROUPS = [(group, group) for group in BenefitGroup.values]


class BenefitIn(StrictSerializer):
    """A new benefit; without a code it gets one, without a group that of its kind."""

    name = StrictString(max_length=40)
    kind = StrictChoice(choices=[(kind, kind) for kind in KINDS])
    value = StrictInteger(min_value=0, max_value=_MOST, required=False, help_text=_VALUE)
    code = StrictString(max_length=40, required=False)
    group = StrictChoice(choices=_GROUPS, required=False)
    description = StrictString(max_length=200, required=False, allow_blank=True)
    is_exact_layer = StrictBoolean(
        required=False, help_text="On a channel layer: not for the layers above."
    )


class BenefitPatch(StrictSerializer):
    """What may change; left out stays."""

    name = StrictString(max_length=40, required=False)
    value = StrictInteger(min_value=0, max_value=_MOST, required=False, help_text=_VALUE)
    group = StrictChoice(choices=_GROUPS, required=False)
    description = StrictString(max_length=200, required=False, allow_blank=True)
    is_exact_layer = StrictBoolean(required=False)


class BenefitOut(StrictSerializer):
    """An entry of the catalogue."""

    id = PublicId(source="public_id")
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    group = serializers.CharField()
    value = StrictInteger(help_text=_VALUE)
    description = serializers.CharField()
    is_exact_layer = serializers.BooleanField()


class OfferIn(StrictSerializer):
    """A benefit and what it is worth there."""

    benefit = StrictString(max_length=40, help_text="Code.")
    value = StrictInteger(min_value=0, max_value=_MOST, required=False, default=0, help_text=_VALUE)


class OfferOut(StrictSerializer):
    """A benefit and what it is worth there."""

    benefit = serializers.CharField()
    value = StrictInteger(help_text=_VALUE)


class EffectiveOut(StrictSerializer):
    """A benefit a member has now: the best of tier, plan, layer and grants."""

    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    group = serializers.CharField()
    value = StrictInteger(help_text=_VALUE)
    origin = serializers.CharField(source="source", help_text="tier, plan, layer or grant")
    until = Moment(allow_null=True)
    grant = serializers.CharField(help_text="Id of the grant, or empty.")


class MemberBenefitsOut(StrictSerializer):
    """Everything a member may use now."""

    member_id = PublicId()
    benefits = EffectiveOut(many=True)


class GrantIn(StrictSerializer):
    """A benefit for one member, to use once. The same reference grants once."""

    benefit = StrictString(max_length=40, help_text="Code.")
    reference = StrictString(max_length=80)
    value = StrictInteger(min_value=0, max_value=_MOST, required=False, help_text=_VALUE)
    from_at = Moment(required=False)
    until = Moment(required=False)
    note = StrictString(max_length=200, required=False, allow_blank=True)


class GrantOut(StrictSerializer):
    """A grant and what became of it."""

    id = PublicId(source="public_id")
    benefit = serializers.CharField(source="benefit.code")
    value = StrictInteger(help_text=_VALUE)
    origin = serializers.CharField(source="source_type")
    reference = serializers.CharField(source="source_id")
    from_at = Moment()
    until = Moment(allow_null=True)
    used_at = Moment(allow_null=True)
    voided_at = Moment(allow_null=True)


class VoidIn(StrictSerializer):
    """Why it is taken back."""

    reason = StrictString(max_length=200)
