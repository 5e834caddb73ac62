"""Shapes of pulses, pools and screenings on the wire. Money in fen, scores in hundredths of a point."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from members.lifecycle.models import Pool, Stage
from members.pools.models import MoveCause, Verdict
from members.pools.rules import MOST_ACTIONS, MOST_TIMES
from scrm.api.serializers import (
    ListQuery,
    LocalDate,
    Moment,
    PublicId,
    StrictBoolean,
    StrictChoice,
    StrictInteger,
    StrictList,
    StrictSerializer,
    StrictString,
)

_MOST_FEN = 10**12
_DECISIONS = [choice for choice in Verdict.choices if choice[0] != Verdict.PENDING]
_BY_HAND = [choice for choice in Pool.choices if choice[0] != Pool.TRUE_FAN]


class PulseOut(StrictSerializer):
    """Where a member stands; figures hold for the end of ``as_of``."""

    member_id = serializers.CharField()
    as_of = serializers.DateField(allow_null=True)
    stage = StrictChoice(choices=Stage.choices)
    stage_since = serializers.DateField(allow_null=True)
    pool = StrictChoice(choices=Pool.choices)
    pool_since = Moment(allow_null=True)
    is_held = serializers.BooleanField(help_text="Moved back by hand: rules do not move on.")
    last_active_date = serializers.DateField(allow_null=True)
    active_days_7 = StrictInteger()
    visit_seconds_7 = StrictInteger()
    app_uses_7 = StrictInteger()
    interactions_90 = StrictInteger()
    social_90 = StrictInteger()
    ugc_180 = StrictInteger()
    referrals_180 = StrictInteger()
    orders_365 = StrictInteger()
    orders_90 = StrictInteger()
    net_365 = StrictInteger(source="net_365_fen")
    net_90 = StrictInteger(source="net_90_fen")
    spend_30 = StrictInteger(source="spend_30_fen")
    contribution = StrictInteger(source="score", help_text="Hundredths: 6000 are 60 points.")
    contribution_spend = StrictInteger(source="score_spend")
    contribution_interaction = StrictInteger(source="score_interaction")
    contribution_social = StrictInteger(source="score_social")


class StageMoveOut(StrictSerializer):
    """A member came to a stage; ``before`` is empty for the first."""

    as_of = serializers.DateField()
    before = serializers.CharField()
    after = serializers.CharField()


class PoolMoveOut(StrictSerializer):
    """A member came to a pool."""

    id = PublicId(source="public_id")
    member_id = serializers.SerializerMethodField()
    before = serializers.CharField()
    after = serializers.CharField()
    at = Moment()
    cause = serializers.CharField()
    reason = serializers.CharField()
    actor = serializers.CharField()

    def get_member_id(self, move: Any) -> str:
        return str(move.member.public_id)


class MoveQuery(ListQuery):
    """Which moves."""

    pool = StrictChoice(choices=Pool.choices, required=False, help_text="Into this pool.")
    cause = StrictChoice(choices=MoveCause.choices, required=False)


class MoveIn(StrictSerializer):
    """Put members into a pool by hand."""

    members = StrictList(child=PublicId(), min_length=1, max_length=500)
    pool = StrictChoice(choices=_BY_HAND)
    reason = StrictString(max_length=200)


class ChangedOut(StrictSerializer):
    """How many were changed."""

    count = StrictInteger()


class ScreeningQuery(ListQuery):
    """Which screenings."""

    verdict = StrictChoice(choices=Verdict.choices, required=False)
    is_bypass = StrictBoolean(
        required=False, help_text="Came in by another way than the official account."
    )


class ScreeningOut(StrictSerializer):
    """The first screening of a member."""

    id = PublicId(source="public_id")
    member_id = serializers.SerializerMethodField()
    verdict = serializers.CharField()
    is_bypass = serializers.BooleanField()
    opened_at = Moment()
    decided_at = Moment(allow_null=True)
    decided_by = serializers.CharField()
    note = serializers.CharField()

    def get_member_id(self, row: Any) -> str:
        return str(row.member.public_id)


class DecisionIn(StrictSerializer):
    """A verdict."""

    verdict = StrictChoice(choices=_DECISIONS)
    note = StrictString(max_length=200, required=False, default="", allow_blank=True)


class DecisionsIn(DecisionIn):
    """One verdict for many."""

    screenings = StrictList(child=PublicId(), min_length=1, max_length=500)


class ActionShape(StrictSerializer):
    """A core action: `order.paid`, `wecom.added` or the name of an activity."""

    event = StrictString(max_length=40)
    times = StrictInteger(min_value=1, max_value=MOST_TIMES, required=False, default=1)
    least = StrictInteger(
        min_value=0, max_value=_MOST_FEN, required=False, default=0, source="least_fen",
        help_text="Fen that each order is worth at least.",
    )  # fmt: skip


class ActionsIn(StrictSerializer):
    """All core actions; any one is enough."""

    actions = StrictList(child=ActionShape(), max_length=MOST_ACTIONS)


class ActionsOut(StrictSerializer):
    """All core actions."""

    actions = ActionShape(many=True)


class StageOut(StrictSerializer):
    """A stage with members and what they brought in 365 days."""

    stage = serializers.CharField()
    members = StrictInteger()
    net = StrictInteger(source="net_fen")


class FlowOut(StrictSerializer):
    """Members who went from one pool to another in 30 days."""

    before = serializers.CharField()
    after = serializers.CharField()
    members = StrictInteger()


class ConversionOut(StrictSerializer):
    """Of those who could, how many went on in 30 days."""

    before = serializers.CharField()
    after = serializers.CharField()
    moved = StrictInteger()
    rate_bp = StrictInteger()


class PurposesOut(StrictSerializer):
    """The three purposes of the territory pool in one month."""

    month = serializers.CharField()
    passed = StrictInteger(help_text="Members passed on to the core.")
    net = StrictInteger(source="net_fen", help_text="Net revenue of members in the private domain.")
    referred = StrictInteger(help_text="Buyers they brought.")


class CountsOut(StrictSerializer):
    """Members per pool."""

    public = StrictInteger()
    territory = StrictInteger()
    core = StrictInteger()
    true_fan = StrictInteger()


class VerdictsOut(StrictSerializer):
    """Screenings per verdict."""

    pending = StrictInteger()
    passed = StrictInteger(source="pass")
    hold = StrictInteger()
    reject = StrictInteger()


class PoolsOut(StrictSerializer):
    """Pools and stages of the brand; ``best_share_bp`` is what mature, loyal and advocate members bring."""

    as_of = LocalDate(allow_null=True)
    pools = CountsOut()
    stages = StageOut(many=True)
    best_share_bp = StrictInteger()
    flows = FlowOut(many=True)
    conversions = ConversionOut(many=True)
    purposes = PurposesOut(many=True)
    screenings = VerdictsOut()
    true_fan_target = StrictInteger()
    core_actions = ActionShape(many=True)
