"""Shapes of members on the wire."""

from __future__ import annotations

from rest_framework import serializers

from members.identity.models import IdentityType
from members.people.models import Gender, MemberKind
from scrm.api.serializers import (
    FreeObject,
    ListQuery,
    LocalDate,
    Moment,
    MoneyField,
    PublicId,
    QuerySerializer,
    StrictBoolean,
    StrictChoice,
    StrictList,
    StrictSerializer,
    StrictString,
)


class ClaimIn(StrictSerializer):
    """An identifier of a person."""

    type = StrictChoice(choices=IdentityType.choices)
    value = StrictString(max_length=128)
    scope = StrictString(
        max_length=64, required=False, default="", allow_blank=True,
        help_text=(
            "appid of an openid, corp of an external_userid (may be left out with one corp bound), "
            "platform of a platform user."
        ),
    )  # fmt: skip
    verified = serializers.BooleanField(
        required=False, default=False,
        help_text="The person proved it, e.g. by a code sent to the phone. May join two members by rule.",
    )  # fmt: skip


class ProfileIn(StrictSerializer):
    """What may be known about a person."""

    display_name = StrictString(max_length=80, required=False, allow_blank=True)
    gender = StrictChoice(choices=Gender.choices, required=False, allow_blank=True)
    birthday = LocalDate(required=False, allow_null=True)
    city = StrictString(max_length=40, required=False, allow_blank=True)
    occupation = StrictString(max_length=40, required=False, allow_blank=True)
    kind = StrictChoice(choices=MemberKind.choices, required=False)


class MemberIn(ProfileIn):
    """A person with identifiers: found by any of them, made if none is known."""

    identities = StrictList(child=ClaimIn(), min_length=1, max_length=20)
    source = StrictString(max_length=40, required=False, default="api")  # type: ignore[assignment]  # a field
    occurred_at = Moment(required=False, help_text="When they came; now if left out.")


class MemberBatchIn(StrictSerializer):
    """Up to 500 people."""

    members = StrictList(child=MemberIn(), min_length=1, max_length=500)


class MemberBatchItemOut(StrictSerializer):
    """What became of one person of a batch; ``code`` is empty when they were taken."""

    id = serializers.CharField(source="member_public_id", help_text="Empty when refused.")
    is_new = serializers.BooleanField()
    code = serializers.SerializerMethodField()
    detail = serializers.SerializerMethodField()
    pointer = serializers.SerializerMethodField(help_text="Into the person; empty when taken.")

    def get_code(self, outcome: object) -> str:
        return str(getattr(getattr(outcome, "error", None), "code", ""))

    def get_detail(self, outcome: object) -> str:
        return str(getattr(outcome, "error", None) or "")

    def get_pointer(self, outcome: object) -> str:
        return str(getattr(getattr(outcome, "error", None), "pointer", None) or "")


class MemberBatchOut(StrictSerializer):
    """Answers at the places of the people."""

    members = MemberBatchItemOut(many=True)


class MemberPatch(ProfileIn):
    """What to change; left out stays."""

    is_opted_out = StrictBoolean(required=False, help_text="Marketing consent withdrawn.")
    custom = FreeObject(
        required=False,
        help_text="Values of custom fields by key, of the type each field has; null empties one.",
    )


class MemberOut(StrictSerializer):
    """A member. The phone is masked; nothing on this wire opens it."""

    id = serializers.CharField(source="public_id")
    member_no = serializers.CharField()
    kind = serializers.CharField()
    status = serializers.CharField()
    display_name = serializers.CharField()
    gender = serializers.CharField()
    birthday = serializers.DateField(allow_null=True)
    city = serializers.CharField()
    occupation = serializers.CharField()
    phone = serializers.CharField(source="phone_masked")
    registered_at = Moment()
    first_source = serializers.CharField()
    latest_source = serializers.CharField()
    is_wecom_friend = serializers.BooleanField()
    is_opted_out = serializers.BooleanField()


class RollupOut(StrictSerializer):
    """What a member's orders add up to; paid and uncancelled ones only."""

    orders_count = serializers.IntegerField(
        help_text="Valid orders: paid, not cancelled, net above 0."
    )
    net = MoneyField(source="net_fen")
    paid = MoneyField(source="paid_fen")
    refunded = MoneyField(source="refunded_fen")
    first_paid_at = Moment(allow_null=True)
    last_paid_at = Moment(allow_null=True)
    last_paid_date = serializers.DateField(allow_null=True)


class MemberDetailOut(MemberOut):
    """A member with figures, tags and custom fields."""

    custom = FreeObject(help_text="What is known in the brand's custom fields, by key.")
    tags = serializers.ListField(child=serializers.CharField())
    rollup = RollupOut()


class MemberQuery(ListQuery):
    """Exact filters; together they mean and."""

    member_no = StrictString(max_length=20, required=False)
    phone = StrictString(max_length=20, required=False, help_text="The whole number.")
    identity_type = StrictChoice(choices=IdentityType.choices, required=False)
    identity_value = StrictString(max_length=128, required=False)
    identity_scope = StrictString(max_length=64, required=False)
    segment = PublicId(required=False, help_text="Members of this segment.")


class IdentityIn(ClaimIn):
    """An identifier this member holds from now on."""

    reason = StrictString(
        max_length=200, required=False, default="", allow_blank=True,
        help_text="Needed when another member holds it; goes into the audit log.",
    )  # fmt: skip


class IdentityOut(StrictSerializer):
    """An identifier; personal ones without their value."""

    type = serializers.CharField()
    scope = serializers.CharField()
    value = serializers.CharField(help_text="Empty for phones and mail addresses.")
    source = serializers.CharField()  # type: ignore[assignment]  # a field of the wire
    seen_at = Moment()
    verified_at = Moment(
        allow_null=True, help_text="When somebody proved it; null for a mere claim."
    )


class TimelineQuery(QuerySerializer):
    """How far back to look."""

    before = Moment(required=False)
    kind = StrictString(
        max_length=40, required=False, help_text="One source, e.g. orders, tags, notes."
    )
    channel = StrictString(
        max_length=40, required=False, help_text="A code of the channel registry."
    )
    limit = serializers.IntegerField(min_value=1, max_value=100, default=50)


class TimelineOut(StrictSerializer):
    """One thing that happened, at business time."""

    at = Moment()
    kind = serializers.CharField()
    channel = serializers.CharField()
    title = serializers.CharField()
    body = serializers.CharField()
