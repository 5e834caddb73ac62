"""Shapes of scan codes on the wire."""

from __future__ import annotations

from rest_framework import serializers

from members.people.serializers import ClaimIn
from members.sources.kinds import ScanKind
from scrm.api.serializers import (
    ListQuery,
    Moment,
    PublicId,
    StrictBoolean,
    StrictChoice,
    StrictList,
    StrictSerializer,
    StrictString,
)


class ScanCodeIn(StrictSerializer):
    """A code to be made."""

    kind = StrictChoice(choices=ScanKind.choices)
    name = StrictString(max_length=60)
    channel = StrictString(
        max_length=40, required=False, default="", allow_blank=True,
        help_text="The source of members who scan it; without one the usual channel of the kind.",
    )  # fmt: skip
    order_channel = StrictString(max_length=40, required=False, default="", allow_blank=True)
    order_number = StrictString(
        max_length=80, required=False, default="", allow_blank=True,
        help_text="The shop's number of the order in whose parcel the card lies.",
    )  # fmt: skip


class ScanCodesIn(StrictSerializer):
    """Up to 500 codes."""

    codes = StrictList(child=ScanCodeIn(), min_length=1, max_length=500)


class ScanCodeOut(StrictSerializer):
    """A scan code; ``state`` goes into the WeCom contact way or the scene of the official account."""

    id = PublicId(source="public_id")
    kind = serializers.CharField()
    name = serializers.CharField()
    channel = serializers.CharField()
    state = serializers.CharField(source="token")
    order_channel = serializers.CharField()
    order_number = serializers.CharField()
    created_at = Moment()
    archived_at = Moment(allow_null=True)


class ScanCodesOut(StrictSerializer):
    """Codes at the places they were asked for."""

    codes = ScanCodeOut(many=True)


class ScanCodeQuery(ListQuery):
    """Which codes."""

    kind = StrictChoice(choices=ScanKind.choices, required=False)
    order_number = StrictString(max_length=80, required=False)
    is_archived = StrictBoolean(required=False)


class ArrivalIn(StrictSerializer):
    """Somebody scanned a code."""

    state = StrictString(
        max_length=64, help_text="The code's state, or the scene as the account told it."
    )
    identities = StrictList(child=ClaimIn(), min_length=1, max_length=20)
    occurred_at = Moment(required=False, help_text="Now if left out.")


class ArrivalOut(StrictSerializer):
    """Who came by which code."""

    member_id = serializers.CharField()
    is_new = serializers.BooleanField()
    code = ScanCodeOut()
