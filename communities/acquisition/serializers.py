"""Shapes of contact codes on the wire."""

from __future__ import annotations

from rest_framework import serializers

from communities.acquisition.models import ContactCodeState
from communities.acquisition.rules import NAME_LENGTH, STAFF_MOST, TAGS_MOST
from scrm.api.serializers import (
    ListQuery,
    Moment,
    PublicId,
    StrictBoolean,
    StrictList,
    StrictSerializer,
    StrictString,
)


class ContactCodeIn(StrictSerializer):
    """A channel code to make."""

    name = StrictString(
        max_length=NAME_LENGTH, help_text="Becomes the occasion by which its members came."
    )
    staff = StrictList(child=StrictString(max_length=64), min_length=1, max_length=STAFF_MOST)
    tags = StrictList(child=StrictString(max_length=40), max_length=TAGS_MOST, required=False)
    welcome_text = StrictString(
        max_length=4000,
        required=False,
        allow_blank=True,
        help_text="{昵称} is the customer's name.",
    )
    skip_verify = StrictBoolean(required=False)
    corp = PublicId(required=False)


class ContactCodePatch(StrictSerializer):
    """What may change later."""

    tags = StrictList(child=StrictString(max_length=40), max_length=TAGS_MOST, required=False)
    welcome_text = StrictString(max_length=4000, required=False, allow_blank=True)


class ContactCodeOut(StrictSerializer):
    """A channel code. `state` comes back with every customer who scans it."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    corp = serializers.CharField(source="corp.public_id")
    status = serializers.ChoiceField(source="state", choices=ContactCodeState.choices)
    state = serializers.CharField(source="state_param")
    staff = serializers.ListField(child=serializers.CharField())
    tags = serializers.ListField(child=serializers.CharField())
    welcome_text = serializers.CharField()
    skip_verify = serializers.BooleanField()
    config_id = serializers.CharField()
    qr_url = serializers.CharField()
    error = serializers.CharField()
    created_at = Moment()


class ContactCodeQuery(ListQuery):
    """Filters."""

    status = serializers.ChoiceField(choices=ContactCodeState.choices, required=False)
