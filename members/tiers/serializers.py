"""Shapes of tiers on the wire. Growth in whole units, multipliers in basis points (10000 is one times)."""

from __future__ import annotations

from rest_framework import serializers

from scrm.api.serializers import Moment, PublicId, StrictInteger, StrictSerializer, StrictString

_MOST = 10**12
_HIGHEST = 1_000_000


class RungIn(StrictSerializer):
    """A rung; the first is the base with threshold 0. The code stays for ever."""

    code = StrictString(max_length=40)
    name = StrictString(max_length=40)
    threshold = StrictInteger(min_value=0, max_value=_MOST)
    keep_threshold = StrictInteger(
        min_value=0,
        max_value=_MOST,
        required=False,
        allow_null=True,
        help_text="Growth that keeps the tier; without it threshold x tier.keep_ratio.",
    )
    multiplier_bp = StrictInteger(min_value=0, max_value=_HIGHEST, required=False)


class LadderIn(StrictSerializer):
    """The whole ladder, lowest rung first."""

    tiers = RungIn(many=True)


class RungOut(StrictSerializer):
    """A rung and who stands on it."""

    code = serializers.CharField()
    name = serializers.CharField()
    threshold = StrictInteger()
    keep_threshold = StrictInteger(allow_null=True)
    keep = StrictInteger(help_text="Growth that keeps the tier, worked out.")
    multiplier_bp = StrictInteger()
    members = StrictInteger()
    in_grace = StrictInteger()
    locked = StrictInteger()


class LadderOut(StrictSerializer):
    """The ladder in force; version 0 before there is one."""

    version = StrictInteger()
    since = Moment(allow_null=True)
    tiers = RungOut(many=True)


class MoveOut(StrictSerializer):
    """How many go from one rung to another."""

    before = serializers.CharField()
    after = serializers.CharField()
    members = StrictInteger()


class PreviewOut(StrictSerializer):
    """Who moves at once."""

    total = StrictInteger()
    moves = MoveOut(many=True)


class GainedOut(StrictSerializer):
    """What the next tier brings more."""

    kind = serializers.CharField()
    before_bp = StrictInteger()
    after_bp = StrictInteger()


class GainedBenefitOut(StrictSerializer):
    """A benefit that the next tier brings anew (``before`` null) or better, in the unit of its kind."""

    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    before = StrictInteger(allow_null=True)
    after = StrictInteger()


class NextOut(StrictSerializer):
    """The next tier and what is missing."""

    code = serializers.CharField()
    name = serializers.CharField()
    threshold = StrictInteger()
    needed = StrictInteger()
    gained = GainedOut(many=True)
    benefits = GainedBenefitOut(many=True)


class MemberTierOut(StrictSerializer):
    """Where a member stands; ``next`` is null on the highest rung."""

    member_id = PublicId()
    code = serializers.CharField()
    name = serializers.CharField()
    state = serializers.CharField()
    growth = StrictInteger(help_text="Growth that counts for the tier now.")
    growth_lifetime = StrictInteger()
    multiplier_bp = StrictInteger()
    since = Moment()
    valid_until = Moment(allow_null=True)
    grace_until = Moment(allow_null=True)
    locked_until = Moment(allow_null=True)
    next = NextOut(allow_null=True)


class LockIn(StrictSerializer):
    """A tier by hand."""

    tier = StrictString(max_length=40)
    until = Moment()
    reason = StrictString(max_length=200)
