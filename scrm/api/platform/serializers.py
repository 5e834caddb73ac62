"""Shapes of the platform's own endpoints."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from typing_extensions import override

from scrm.access.keys import (
    LONGEST_OVERLAP_HOURS,
    MOST_CALLS_PER_MINUTE,
    OVERLAP_HOURS,
    KeyState,
    api_key_limit,
    api_key_state,
)
from scrm.access.models import ApiKey, KeyMode
from scrm.api.platform.people.serializers import DataScope
from scrm.api.serializers import (
    FreeObject,
    ListQuery,
    LocalDate,
    Moment,
    StrictChoice,
    StrictInteger,
    StrictList,
    StrictSerializer,
    StrictString,
)
from scrm.events.masking import masked, masked_text
from scrm.events.models import JobState
from scrm.tenants.catalogue import INDUSTRIES
from scrm.tenants.profile import CURRENCIES


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
    currency = StrictChoice(choices=CURRENCIES, help_text="Only until the first order.")
    industry = StrictChoice(choices=sorted(INDUSTRIES), allow_blank=True)
    color = serializers.RegexField(r"^#[0-9a-fA-F]{6}$", max_length=7)
    settings = FreeObject(help_text="Keys of `GET /settings`; keys left out stay.")


class PreviousSecretOut(StrictSerializer):
    """The secret before the last rotation, while it still opens the key."""

    prefix = serializers.CharField(source="previous_key_id")
    ends_at = Moment(source="previous_ends_at")
    last_used_at = Moment(source="previous_used_at", allow_null=True)


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
    state = serializers.SerializerMethodField()
    calls_per_minute = serializers.SerializerMethodField(
        help_text="The key's own limit, or everybody's."
    )
    data_scope = DataScope(allow_null=True, help_text="null: the whole brand.")
    previous = serializers.SerializerMethodField()

    def get_state(self, key: ApiKey) -> KeyState:
        return api_key_state(key)

    def get_calls_per_minute(self, key: ApiKey) -> int:
        return api_key_limit(key)

    @extend_schema_field(PreviousSecretOut(allow_null=True))
    def get_previous(self, key: ApiKey) -> Any:
        return PreviousSecretOut(key).data if api_key_state(key) == "rotating" else None


class KeyIn(StrictSerializer):
    """A wanted key."""

    name = StrictString(max_length=80)
    scopes = StrictList(
        child=StrictString(max_length=60),
        min_length=1,
        max_length=100,
        help_text="Permission names, or `*`.",
    )
    mode = StrictChoice(
        choices=KeyMode.choices,
        default=KeyMode.LIVE,
        help_text="What a test key writes is checked, answered and undone.",
    )
    expires_at = Moment(required=False, allow_null=True, default=None)
    calls_per_minute = StrictInteger(
        required=False, allow_null=True, default=None, min_value=1, max_value=MOST_CALLS_PER_MINUTE
    )
    data_scope = DataScope(
        allow_null=True, required=False, default=None, help_text="null: the whole brand."
    )


class KeyPatch(StrictSerializer):
    """What to change; left out stays."""

    name = StrictString(max_length=80, required=False)
    scopes = StrictList(
        child=StrictString(max_length=60), min_length=1, max_length=100, required=False
    )
    expires_at = Moment(required=False, allow_null=True)
    calls_per_minute = StrictInteger(
        required=False, allow_null=True, min_value=1, max_value=MOST_CALLS_PER_MINUTE
    )
    data_scope = DataScope(allow_null=True, required=False, help_text="null: the whole brand.")


class KeyRotationIn(StrictSerializer):
    """How long the secret until now still opens the key."""

    overlap_hours = StrictInteger(
        required=False, default=OVERLAP_HOURS, min_value=0, max_value=LONGEST_OVERLAP_HOURS
    )


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


class MaskedText(serializers.CharField):
    """Text without phones, addresses and secrets, also where an old row still holds them."""

    @override
    def to_representation(self, value: Any) -> str:
        return masked_text(str(value))


class MaskedObject(serializers.JSONField):
    """The same for an object, at any depth."""

    @override
    def to_representation(self, value: Any) -> Any:
        return masked(value)


class AuditOut(StrictSerializer):
    """Who did what to which object."""

    id = serializers.UUIDField()
    at = Moment()
    actor_kind = serializers.CharField()
    actor_id = serializers.CharField(source="actor_public_id")
    actor_label = MaskedText()
    action = serializers.CharField()
    object_type = serializers.CharField()
    object_id = serializers.CharField()
    before = MaskedObject()
    after = MaskedObject()
    ip = serializers.CharField()
    request_id = serializers.CharField()


class AuditQuery(ListQuery):
    """Narrow the log."""

    action = serializers.CharField(required=False, max_length=60)
    object_type = serializers.CharField(required=False, max_length=40)
    object_id = serializers.CharField(required=False, max_length=60)
    actor = serializers.CharField(required=False, max_length=40, help_text="opr_… or key_…")
    since = Moment(required=False)
    until = Moment(required=False, help_text="Up to, not including.")


class EventTypeOut(StrictSerializer):
    """A fact that the platform publishes."""

    type = serializers.CharField()
    doc = serializers.CharField()
