"""Shapes of settings, channels and acknowledgements."""

from __future__ import annotations

from rest_framework import serializers

from scrm.api.serializers import (
    FreeObject,
    ListQuery,
    Moment,
    QuerySerializer,
    StrictBoolean,
    StrictChoice,
    StrictInteger,
    StrictList,
    StrictSerializer,
    StrictString,
)
from scrm.tenants.channels import channel_name
from scrm.tenants.models import Channel, ChannelKind
from scrm.tenants.setting_kinds import Kind


class SettingOut(StrictSerializer):
    """One setting with its value; `choices` and `shape` are empty where the kind has none."""

    key = serializers.CharField()
    group = serializers.CharField()
    kind = serializers.ChoiceField(choices=[kind.value for kind in Kind])
    label = serializers.CharField()  # type: ignore[assignment]  # a field, not the base's word
    effect = serializers.CharField(help_text="What it changes, and from when on.")
    unit = serializers.CharField()
    value = serializers.JSONField()
    default = serializers.JSONField()
    is_default = serializers.BooleanField()
    minimum = serializers.IntegerField(allow_null=True)
    maximum = serializers.IntegerField(allow_null=True)
    choices = serializers.ListField(child=serializers.CharField())
    shape = FreeObject()
    acknowledgement = serializers.CharField(
        help_text="Some values need this warning acknowledged first, by a person in the console."
    )


class SettingsOut(StrictSerializer):
    """Every setting, and the version to send back with a change."""

    version = serializers.IntegerField()
    settings = SettingOut(many=True)


class SettingsQuery(QuerySerializer):
    """Settings of now, or of an instant in the past."""

    at = Moment(required=False, help_text="Read the settings as they stood then.")


class SettingsIn(StrictSerializer):
    """Values to set and keys to put back to their default; the rest stays."""

    values = FreeObject(required=False)
    reset = StrictList(child=StrictString(max_length=60), required=False, max_length=100)
    note = StrictString(required=False, allow_blank=True)
    version = StrictInteger(
        required=False,
        min_value=0,
        help_text="Refused with 409 if it is no longer the present one.",
    )


class VersionOut(StrictSerializer):
    """One saved change."""

    version = serializers.IntegerField(source="number")
    at = Moment()
    author_kind = serializers.CharField()
    author_id = serializers.CharField()
    author_label = serializers.CharField()
    before = FreeObject()
    after = FreeObject()
    note = serializers.CharField()
    restores = serializers.IntegerField(allow_null=True)


class VersionQuery(ListQuery):
    """Narrow the history."""

    key = serializers.CharField(required=False, max_length=60)


class RestoreIn(StrictSerializer):
    """Why, and which version was read."""

    note = StrictString(required=False, allow_blank=True)
    version = StrictInteger(required=False, min_value=0)


class ChannelOut(StrictSerializer):
    """Where members and orders come from."""

    id = serializers.CharField(source="public_id")
    code = serializers.CharField(help_text="What orders and imports send as `channel`.")
    kind = serializers.ChoiceField(choices=ChannelKind.choices)
    name = serializers.SerializerMethodField()
    is_custom = serializers.BooleanField()
    archived_at = Moment(allow_null=True)

    def get_name(self, row: Channel) -> str:
        return channel_name(row)


class ChannelIn(StrictSerializer):
    """A channel of the brand's own."""

    code = serializers.RegexField(r"^[a-z][a-z0-9_]{1,39}$", max_length=40)
    name = StrictString(max_length=40)
    kind = StrictChoice(choices=ChannelKind.choices)


class ChannelPatch(StrictSerializer):
    """What may change; channels that everybody has can only be archived."""

    name = StrictString(max_length=40)
    kind = StrictChoice(choices=ChannelKind.choices)
    is_archived = StrictBoolean()


class ChannelQuery(ListQuery):
    """Narrow the registry."""

    kind = serializers.ChoiceField(required=False, choices=ChannelKind.choices)


class AcknowledgementOut(StrictSerializer):
    """Who took which warning on, and its text as it was shown."""

    id = serializers.CharField(source="public_id")
    key = serializers.CharField()
    text_version = serializers.IntegerField()
    title = serializers.CharField()
    text = serializers.CharField()
    author_kind = serializers.CharField()
    author_id = serializers.CharField()
    author_label = serializers.CharField()
    at = Moment()


class AcknowledgementQuery(ListQuery):
    """Narrow the list."""

    key = serializers.CharField(required=False, max_length=60)
