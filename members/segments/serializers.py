"""Shapes of segments on the wire."""

from __future__ import annotations

from rest_framework import serializers

from scrm.api.serializers import FreeObject, Moment, MoneyField, StrictSerializer, StrictString

_RULE = (
    'Groups {"all": [...]} and {"any": [...]}, two deep at most; {"not": ...}; '
    'conditions {"field", "op", "value"} over the fields of GET /segments/fields.'
)


class SegmentIn(StrictSerializer):
    """A named rule."""

    name = StrictString(max_length=60)
    rule = FreeObject(help_text=_RULE)
    description = StrictString(max_length=200, required=False, allow_blank=True)


class RuleIn(StrictSerializer):
    """A rule to try out."""

    rule = FreeObject(help_text=_RULE)


class SegmentOut(StrictSerializer):
    """A segment; ``size`` is from the last count."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    description = serializers.CharField()
    rule = FreeObject()
    size = serializers.IntegerField(source="size_seen", allow_null=True)
    counted_at = Moment(allow_null=True)
    created_at = Moment()


class ReachOut(StrictSerializer):
    """Who the rule finds and how they can be reached."""

    members = serializers.IntegerField()
    wecom = serializers.IntegerField()
    phone = serializers.IntegerField()
    opted_out = serializers.IntegerField()
    orders = serializers.IntegerField()
    net = MoneyField(source="net_fen")
    average = MoneyField(source="average_fen")


class CountOut(StrictSerializer):
    """``exact`` is null when counting took too long; the estimate is the planner's."""

    estimate = serializers.IntegerField()
    exact = ReachOut(allow_null=True)
    words = serializers.CharField()


class ChoiceOut(StrictSerializer):
    """A value and its name."""

    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of the wire


class FieldOut(StrictSerializer):
    """Something a rule may ask about."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of the wire
    group = serializers.CharField()
    kind = serializers.CharField()
    unit = serializers.CharField()
    operators = serializers.ListField(child=serializers.CharField())
    choices = ChoiceOut(many=True)
