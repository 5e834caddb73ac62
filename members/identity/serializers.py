"""Shapes of doubts, merges and the identity report on the wire."""

from __future__ import annotations

from rest_framework import serializers

from members.identity.models import ConflictState, MergeState
from scrm.api.serializers import (
    FreeObject,
    ListQuery,
    Moment,
    PublicId,
    QuerySerializer,
    StrictChoice,
    StrictSerializer,
    StrictString,
)


class ConflictQuery(ListQuery):
    """Which doubts."""

    state = StrictChoice(choices=ConflictState.choices, required=False)


class ConflictOut(StrictSerializer):
    """One message named two known members."""

    id = serializers.CharField(source="public_id")
    kept_id = serializers.CharField(
        source="kept.public_id", help_text="The member the stronger identifier belongs to."
    )
    other_id = serializers.CharField(source="other.public_id")
    types = serializers.ListField(
        child=serializers.CharField(), help_text="Kinds of the identifiers that disagreed."
    )
    source = serializers.CharField()  # type: ignore[assignment]  # a field of the wire
    occurred_at = Moment()
    state = serializers.CharField()
    decided_at = Moment(allow_null=True)
    note = serializers.CharField()


class DecisionIn(StrictSerializer):
    """The answer to a doubt."""

    decision = StrictChoice(choices=[("merge", "merge"), ("apart", "apart")])
    keep = PublicId(required=False, help_text="Who remains, when they are merged.")
    reason = StrictString(max_length=200, required=False, default="", allow_blank=True)


class MergeIn(StrictSerializer):
    """Who goes into this member."""

    source_id = PublicId()
    reason = StrictString(max_length=200)


class MergeQuery(QuerySerializer):
    """Whose merge to look at."""

    source = PublicId(  # type: ignore[assignment]  # a field of the wire
        required=False, help_text="Who would go into this member; must be given."
    )


class EffectOut(StrictSerializer):
    """A figure of both members, and of the one they become."""

    label = serializers.CharField()  # type: ignore[assignment]  # a field of the wire
    source = serializers.CharField()  # type: ignore[assignment]  # a field of the wire
    target = serializers.CharField()
    after = serializers.CharField()


class MergePreviewOut(StrictSerializer):
    """What a merge would do; with blockers it would be refused."""

    source_id = serializers.CharField(source="source.public_id")
    target_id = serializers.CharField(source="target.public_id")
    effects = EffectOut(many=True)
    blockers = serializers.ListField(child=serializers.CharField())


class MergeOut(StrictSerializer):
    """One member went into another."""

    id = serializers.CharField(source="public_id")
    source_id = serializers.CharField(source="source.public_id")
    target_id = serializers.CharField(source="target.public_id")
    cause = serializers.CharField()
    reason = serializers.CharField()
    state = StrictChoice(choices=MergeState.choices)
    merged_at = Moment()
    reverted_at = Moment(allow_null=True)


class SplitIn(StrictSerializer):
    """Why they are two people after all."""

    reason = StrictString(max_length=200)


class IdentityReportOut(StrictSerializer):
    """What the last night counted; samples are public ids of members to look at."""

    as_of = serializers.DateField(allow_null=True)
    counts = FreeObject()
    samples = FreeObject()
