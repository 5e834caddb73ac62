"""Shapes of the platform's own endpoints."""

from __future__ import annotations

from rest_framework import serializers

from scrm.access.models import KeyMode
from scrm.api.serializers import (
    FreeObject,
    ListQuery,
    LocalDate,
    Moment,
    StrictChoice,
    StrictList,
    StrictSerializer,
    StrictString,
)
from scrm.events.models import JobState


class TenantOut(StrictSerializer):
    """The brand behind the key."""

    id = serializers.CharField(source="public_id")
    slug = serializers.CharField()
    name = serializers.CharField()
    timezone = serializers.CharField()
    currency = serializers.CharField()
    industry = serializers.CharField()
    color = serializers.CharField()
    settings = FreeObject(help_text="Every registered key with its value or default.")


class TenantIn(StrictSerializer):
    """What may be changed; members left out stay."""

    name = StrictString(max_length=80)
    timezone = StrictString(max_length=60, help_text="IANA name.")
    industry = StrictString(max_length=40, allow_blank=True)
    color = serializers.RegexField(r"^#[0-9a-fA-F]{6}$", max_length=7)
    settings = FreeObject(help_text="Keys of docs/settings; keys left out stay.")


class SettingOut(StrictSerializer):
    """One registered setting."""

    key = serializers.CharField()
    kind = serializers.CharField(source="kind.__name__")
    default = serializers.JSONField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field, not the base's word
    help = serializers.CharField()


class KeyOut(StrictSerializer):
    """A key without its secret."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    mode = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    prefix = serializers.CharField(source="key_id")
    created_at = Moment()
    expires_at = Moment(allow_null=True)
    last_used_at = Moment(allow_null=True)
    revoked_at = Moment(allow_null=True)


class KeyIn(StrictSerializer):
    """A wanted key."""

    name = StrictString(max_length=80)
    scopes = StrictList(
        child=StrictString(max_length=60),
        min_length=1,
        max_length=100,
        help_text="Permission names, or `*`.",
    )
    mode = StrictChoice(choices=KeyMode.choices, default=KeyMode.LIVE)
    expires_at = Moment(required=False, allow_null=True, default=None)


class KeyMadeOut(StrictSerializer):
    """A fresh key; ``secret`` is shown this once."""

    key = KeyOut()
    secret = serializers.CharField()


class JobOut(StrictSerializer):
    """Long work and how far it is."""

    id = serializers.CharField(source="public_id")
    kind = serializers.CharField()
    state = serializers.ChoiceField(choices=JobState.choices)
    total = serializers.IntegerField(allow_null=True)
    done = serializers.IntegerField()
    failed = serializers.IntegerField()
    result = serializers.JSONField()
    error = serializers.CharField()
    started_by = serializers.CharField()
    created_at = Moment()
    started_at = Moment(allow_null=True)
    finished_at = Moment(allow_null=True)


class JobQuery(ListQuery):
    """Narrow the list of jobs."""

    kind = serializers.CharField(required=False, max_length=60)
    state = serializers.ChoiceField(required=False, choices=JobState.choices)


class RunOut(StrictSerializer):
    """One nightly step of one local day."""

    name = serializers.CharField(source="job")
    as_of = LocalDate(source="local_date")
    state = serializers.ChoiceField(choices=JobState.choices)
    counts = serializers.DictField(child=serializers.IntegerField())
    attempts = serializers.IntegerField()
    error = serializers.CharField()
    started_at = Moment()
    finished_at = Moment(allow_null=True)


class RunQuery(ListQuery):
    """Narrow the list of runs."""

    name = serializers.CharField(required=False, max_length=60)


class RunIn(StrictSerializer):
    """Which local day the step is for; the last complete one if left out."""

    as_of = LocalDate(required=False)


class RunsOut(StrictSerializer):
    """What ran, in order; it stops at the first step that failed."""

    name = serializers.CharField()
    as_of = LocalDate()
    state = serializers.ChoiceField(choices=JobState.choices)
    steps = RunOut(many=True)


class StepOut(StrictSerializer):
    """A registered nightly step."""

    name = serializers.CharField()
    order = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field, not the base's word


class AuditOut(StrictSerializer):
    """Who did what to which object."""

    id = serializers.UUIDField()
    at = Moment()
    actor_kind = serializers.CharField()
    actor_id = serializers.CharField()
    actor_label = serializers.CharField()
    action = serializers.CharField()
    object_type = serializers.CharField()
    object_id = serializers.CharField()
    before = serializers.JSONField()
    after = serializers.JSONField()
    request_id = serializers.CharField()


class AuditQuery(ListQuery):
    """Narrow the log."""

    action = serializers.CharField(required=False, max_length=60)
    object_type = serializers.CharField(required=False, max_length=40)
    object_id = serializers.CharField(required=False, max_length=60)


class EventTypeOut(StrictSerializer):
    """A fact that the platform publishes."""

    type = serializers.CharField()
    doc = serializers.CharField()
