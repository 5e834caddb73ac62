"""Shapes of consents and privacy requests on the wire."""

from __future__ import annotations

from rest_framework import serializers

from members.privacy.models import Purpose, RequestKind
from members.privacy.selectors import request_state
from scrm.api.serializers import (
    FreeObject,
    ListQuery,
    Moment,
    PublicId,
    StrictBoolean,
    StrictChoice,
    StrictSerializer,
    StrictString,
)

_STATES = [(key, key) for key in ("running", "done", "failed")]


class ConsentIn(StrictSerializer):
    """What the person said."""

    purpose = StrictChoice(choices=Purpose.choices)
    is_given = StrictBoolean(help_text="False: refused, or taken back.")
    at = Moment(required=False, help_text="When it was said; now unless given.")
    source = StrictString(  # type: ignore[assignment]  # a field of the wire
        max_length=40, required=False, default="api", help_text="By which way it was said."
    )
    text_version = StrictString(
        max_length=40, required=False, default="", allow_blank=True,
        help_text="Which version of your privacy text it was said to.",
    )  # fmt: skip


class StandingOut(StrictSerializer):
    """What holds for one purpose."""

    purpose = serializers.CharField()
    is_given = serializers.BooleanField(allow_null=True, help_text="Null: never asked.")


class StatementOut(StrictSerializer):
    """One thing somebody said."""

    purpose = serializers.CharField()
    is_given = serializers.BooleanField()
    at = Moment()
    source = serializers.CharField()  # type: ignore[assignment]  # a field of the wire
    text_version = serializers.CharField()


class ConsentsOut(StrictSerializer):
    """What the member agreed to."""

    standing = StandingOut(many=True)
    reachable_by = serializers.ListField(
        child=serializers.CharField(),
        help_text="Own channels that may be used with consent: wecom, official_account, sms.",
    )
    log = StatementOut(many=True, help_text="The newest hundred statements.")


class RequestQuery(ListQuery):
    """Which requests."""

    kind = StrictChoice(choices=RequestKind.choices, required=False)
    state = StrictChoice(choices=_STATES, required=False)


class RequestIn(StrictSerializer):
    """What a person asks for."""

    member_id = PublicId()
    kind = StrictChoice(choices=RequestKind.choices)
    reason = StrictString(max_length=200, help_text="Who asked, and how.")
    member_no = StrictString(
        max_length=20, required=False, default="", allow_blank=True,
        help_text="To erase: the member's number, to show that this member is meant.",
    )  # fmt: skip


class RequestOut(StrictSerializer):
    """A person's request and how far it is."""

    id = serializers.CharField(source="public_id")
    member_id = serializers.CharField(source="member.public_id")
    kind = serializers.CharField()
    state = serializers.SerializerMethodField()
    reason = serializers.CharField()
    job_id = serializers.CharField()
    file_id = serializers.CharField(help_text="Of an export: the file; empty otherwise.")
    counts = FreeObject(help_text="Rows by room.")
    created_at = Moment()
    done_at = Moment(allow_null=True)

    def get_state(self, request: object) -> str:
        return request_state(request)


class LineOut(StrictSerializer):
    """What one room has."""

    label = serializers.CharField()  # type: ignore[assignment]  # a field of the wire
    rows = serializers.IntegerField()


class ErasePreviewOut(StrictSerializer):
    """What an erase would take; with blockers it would be refused."""

    member_id = serializers.CharField(source="member.public_id")
    accounts = serializers.IntegerField(help_text="This one and those merged into it.")
    lines = LineOut(many=True)
    blockers = serializers.ListField(child=serializers.CharField())
