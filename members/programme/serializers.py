"""Programmes on the wire: four parts, each empty until it is filled in."""

from __future__ import annotations

from rest_framework import serializers

from members.benefits.serializers import OfferIn, OfferOut
from members.programme.rules import MEASURES
from members.tiers.serializers import MoveOut, RungIn
from scrm.api.serializers import (
    Moment,
    PublicId,
    StrictChoice,
    StrictInteger,
    StrictSerializer,
    StrictString,
)

_MOST = 10**12
_DAYS = 3650


class GoalPart(StrictSerializer):
    """What the programme is for, and the figure that says it was reached."""

    text = StrictString(max_length=200, allow_blank=True)
    measure = StrictChoice(choices=[(measure, measure) for measure in MEASURES])
    figure = StrictInteger(min_value=0, max_value=_MOST)


class RungPart(RungIn):
    """A rung of a version."""


class LadderPart(StrictSerializer):
    """The rungs, lowest first."""

    tiers = RungPart(many=True)


class PlaceIn(StrictSerializer):
    """What is offered with one tier or on one layer."""

    key = StrictString(max_length=40, help_text="Code of the tier, or number of the layer.")
    benefits = OfferIn(many=True)


class PlaceOut(StrictSerializer):
    """What is offered with one tier or on one layer."""

    key = serializers.CharField()
    benefits = OfferOut(many=True)


class BenefitsPartIn(StrictSerializer):
    """Benefits while on a tier, gifts on reaching it, benefits of a channel layer."""

    tiers = PlaceIn(many=True, required=False)
    gifts = PlaceIn(many=True, required=False)
    layers = PlaceIn(many=True, required=False)


class BenefitsPartOut(StrictSerializer):
    """Benefits while on a tier, gifts on reaching it, benefits of a channel layer."""

    tiers = PlaceOut(many=True)
    gifts = PlaceOut(many=True)
    layers = PlaceOut(many=True)


class LifeCyclePart(StrictSerializer):
    """How growth counts, how long a tier lasts, how it is kept and lost: the `tier.*` settings."""

    metric = StrictChoice(
        choices=[(each, each) for each in ("rolling_days", "calendar_year", "lifetime")]
    )
    window_days = StrictInteger(min_value=1, max_value=_DAYS)
    valid_days = StrictInteger(min_value=1, max_value=_DAYS)
    grace_days = StrictInteger(min_value=0, max_value=_DAYS)
    downgrade = StrictChoice(choices=[(each, each) for each in ("one_down", "to_qualified")])
    keep_ratio = StrictInteger(min_value=0, max_value=10_000, help_text="Basis points.")
    recheck_days = StrictInteger(min_value=0, max_value=_DAYS)


class ProgrammeIn(StrictSerializer):
    """Parts to write; left out stays."""

    goal = GoalPart(required=False)
    ladder = LadderPart(required=False)
    benefits = BenefitsPartIn(required=False)
    life_cycle = LifeCyclePart(required=False)


class ProgrammeOut(StrictSerializer):
    """A version."""

    id = PublicId(source="public_id")
    number = StrictInteger()
    state = serializers.CharField()
    author = serializers.CharField()
    approver = serializers.CharField()
    activated_at = Moment(allow_null=True)
    ended_at = Moment(allow_null=True)


class ProgrammeDetailOut(ProgrammeOut):
    """A version with its parts; null is a part that was not filled in."""

    goal = GoalPart(allow_null=True)
    ladder = LadderPart(allow_null=True)
    benefits = BenefitsPartOut()
    life_cycle = LifeCyclePart(allow_null=True)
    missing = serializers.ListField(child=serializers.CharField())
    is_waiting = serializers.BooleanField(help_text="A second person has been asked.")


class OfferChangeOut(StrictSerializer):
    """A benefit that would change somewhere; null where it is not offered."""

    place = serializers.CharField(help_text="tier, gift or layer")
    key = serializers.CharField()
    benefit = serializers.CharField(source="code")
    before = StrictInteger(allow_null=True)
    after = StrictInteger(allow_null=True)


class ProgrammePreviewOut(StrictSerializer):
    """What bringing it into force does at once."""

    total = StrictInteger(source="members.total", help_text="Members who move.")
    moves = MoveOut(many=True, source="members.moves")
    offers = OfferChangeOut(many=True)
    settings = serializers.ListField(child=serializers.CharField())


class SubmitIn(StrictSerializer):
    """A word for who approves."""

    reason = StrictString(max_length=300, required=False, allow_blank=True)


class SubmittedOut(StrictSerializer):
    """What was asked for."""

    approval = PublicId()
