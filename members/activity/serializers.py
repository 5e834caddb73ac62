"""Shapes of activity on the wire."""

from __future__ import annotations

from rest_framework import serializers

from members.activity.rules import MOST_SECONDS
from members.people.serializers import ClaimIn
from scrm.api.serializers import (
    FreeObject,
    Moment,
    StrictInteger,
    StrictList,
    StrictSerializer,
    StrictString,
)


class EventIn(StrictSerializer):
    """Something a person did."""

    event_id = StrictString(
        max_length=80, help_text="The sender's own id; the same one counts once."
    )
    name = StrictString(
        max_length=40,
        help_text="app_use, visit, share_click, referral, ugc_published …; others are kept and flagged.",
    )
    identities = StrictList(child=ClaimIn(), min_length=1, max_length=20)
    occurred_at = Moment()
    channel = StrictString(max_length=40, required=False, default="", allow_blank=True)
    seconds = StrictInteger(
        min_value=0,
        max_value=MOST_SECONDS,
        required=False,
        default=0,
        help_text="Length of a visit.",
    )
    props = FreeObject(
        required=False, help_text="What else the sender knows; up to 2000 characters."
    )


class EventBatchIn(StrictSerializer):
    """Up to 500 events."""

    events = StrictList(child=EventIn(), min_length=1, max_length=500)


class EventTakenOut(StrictSerializer):
    """What became of one event; ``code`` is empty when it was taken."""

    event_id = serializers.CharField()
    member_id = serializers.CharField(source="member_public_id", help_text="Empty when refused.")
    is_new = serializers.BooleanField(help_text="False when this id had been taken before.")
    is_known_name = serializers.BooleanField()
    code = serializers.SerializerMethodField()
    detail = serializers.SerializerMethodField()
    pointer = serializers.SerializerMethodField(help_text="Into the event; empty when taken.")

    def get_code(self, outcome: object) -> str:
        return str(getattr(getattr(outcome, "error", None), "code", ""))

    def get_detail(self, outcome: object) -> str:
        return str(getattr(outcome, "error", None) or "")

    def get_pointer(self, outcome: object) -> str:
        return str(getattr(getattr(outcome, "error", None), "pointer", None) or "")


class EventBatchOut(StrictSerializer):
    """Answers at the places of the events."""

    events = EventTakenOut(many=True)


class EventOut(StrictSerializer):
    """Something the member did."""

    event_id = serializers.CharField()
    name = serializers.CharField()
    is_known_name = serializers.BooleanField(source="is_known")
    occurred_at = Moment()
    channel = serializers.CharField()
    seconds = StrictInteger()
    props = FreeObject()
