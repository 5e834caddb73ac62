"""Shapes of pushes on the wire."""

from __future__ import annotations

from rest_framework import serializers

from communities.outreach.models import PURPOSES, PUSH_STATES, REASONS, RECIPIENT_STATES
from communities.outreach.rules import ATTACHMENTS
from scrm.api.serializers import (
    FreeObject,
    ListQuery,
    Moment,
    PublicId,
    StrictChoice,
    StrictList,
    StrictSerializer,
    StrictString,
)

_TEXT = 4000


class PushIn(StrictSerializer):
    """A draft."""

    name = StrictString(max_length=60)
    segment = PublicId(required=False, help_text="Id of the segment (seg_…).")
    corp = PublicId(required=False, help_text="Id of the WeCom application; the first if left out.")
    purpose = StrictChoice(
        choices=PURPOSES, required=False, help_text="Service messages pass caps and quiet hours."
    )
    text = StrictString(
        max_length=_TEXT,
        required=False,
        allow_blank=True,
        help_text="At most 4,000 bytes; {昵称} is each customer's name.",
    )
    attachments = StrictList(
        child=FreeObject(),
        max_length=ATTACHMENTS,
        required=False,
        help_text='WeCom\'s shape: {"msgtype": "link", "link": {"title": …, "url": …}}.',
    )
    scheduled_at = Moment(required=False, allow_null=True)


class PushPatch(PushIn):
    """What to change of a draft; left out stays."""

    corp = None  # type: ignore[assignment]


class ScheduleIn(StrictSerializer):
    """When to send."""

    scheduled_at = Moment(required=False, allow_null=True, help_text="Now if left out.")


class RemindIn(StrictSerializer):
    """Whom to remind."""

    sender = StrictString(max_length=64, required=False, help_text="userid; everybody if left out.")


class RemindedOut(StrictSerializer):
    """How many tasks are reminded."""

    tasks = serializers.IntegerField()


class PushOut(StrictSerializer):
    """A push."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    kind = serializers.CharField()
    purpose = serializers.CharField()
    segment = serializers.CharField(source="segment.public_id", default=None, allow_null=True)
    corp = serializers.CharField(source="corp.public_id", default=None, allow_null=True)
    text = serializers.CharField()
    attachments = serializers.ListField(child=serializers.DictField())
    state = serializers.ChoiceField(choices=PUSH_STATES)
    scheduled_at = Moment(allow_null=True)
    deferred_until = Moment(allow_null=True)
    submitted_at = Moment(allow_null=True)
    confirm_by = Moment(allow_null=True)
    stopped_at = Moment(allow_null=True)
    finished_at = Moment(allow_null=True)
    created_at = Moment()


class CountsOut(StrictSerializer):
    """Recipients by state, and those who did not get it by reason."""

    total = serializers.IntegerField()
    queued = serializers.IntegerField()
    suppressed = serializers.IntegerField()
    submitted = serializers.IntegerField()
    unknown = serializers.IntegerField()
    sent = serializers.IntegerField()
    failed = serializers.IntegerField()
    reasons = serializers.DictField(child=serializers.IntegerField())


class PushCardOut(StrictSerializer):
    """A push with its figures."""

    push = PushOut()
    counts = CountsOut(source="tally")


class PreviewOut(StrictSerializer):
    """Whom a draft would reach now."""

    audience = serializers.IntegerField()
    addressed = serializers.IntegerField()
    unchecked = serializers.IntegerField(
        help_text="Friends beyond what a preview looks at (50,000); judged when the push is sent."
    )
    senders = serializers.IntegerField()
    reasons = serializers.DictField(child=serializers.IntegerField())


class PushQuery(ListQuery):
    """Filters."""

    state = serializers.ChoiceField(choices=PUSH_STATES, required=False)
    search = serializers.CharField(max_length=60, required=False)


class RecipientQuery(ListQuery):
    """Filters."""

    state = serializers.ChoiceField(choices=RECIPIENT_STATES, required=False)
    reason = serializers.ChoiceField(choices=REASONS, required=False)
    sender = serializers.CharField(max_length=64, required=False)


class RecipientOut(StrictSerializer):
    """One member of a push and what became of it."""

    member = serializers.CharField(source="member.public_id")
    display_name = serializers.CharField(source="member.display_name")
    sender = serializers.CharField()
    external_userid = serializers.CharField()
    state = serializers.ChoiceField(choices=RECIPIENT_STATES)
    reason = serializers.CharField()
    sent_at = Moment(allow_null=True)
