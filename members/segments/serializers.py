"""Shapes of segments on the wire."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework import serializers
from typing_extensions import override

from members.segments.schema import any_condition, parts, shape
from scrm.api.serializers import (
    FreeObject,
    ListQuery,
    Moment,
    MoneyField,
    QuerySerializer,
    StrictSerializer,
    StrictString,
)

_RULE = (
    'Groups {"all": [...]} and {"any": [...]}, two deep at most; {"not": ...}; '
    'conditions {"field", "op", "value"} over the fields of GET /segments/fields. '
    "GET /segments/schema gives the brand's own JSON Schema."
)
_REFS = "#/components/schemas/"


class RuleField(FreeObject):
    """A rule; the compiler checks it, the schema tells its form."""


class RuleShape(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """The rule language in the document: any brand's fields, by name."""

    target_class = "members.segments.serializers.RuleField"

    @override
    def get_name(self) -> str | None:
        return None

    @override
    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        found = {"SegmentRule": shape(_REFS)} | parts(_REFS, any_condition())
        for name, schema in found.items():
            auto_schema.registry.register_on_missing(
                ResolvedComponent(  # type: ignore[no-untyped-call]
                    name=name, type=ResolvedComponent.SCHEMA, schema=schema, object=name
                )
            )
        return {"$ref": f"{_REFS}SegmentRule"}


class SegmentIn(StrictSerializer):
    """A named rule."""

    name = StrictString(max_length=60)
    rule = RuleField(help_text=_RULE)
    description = StrictString(max_length=200, required=False, allow_blank=True)


class RuleIn(StrictSerializer):
    """A rule to try out."""

    rule = RuleField(help_text=_RULE)


class SegmentOut(StrictSerializer):
    """A segment; ``size`` is from the last count."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    description = serializers.CharField()
    rule = RuleField()
    size = serializers.IntegerField(source="size_seen", allow_null=True)
    counted_at = Moment(allow_null=True)
    created_at = Moment()


class ReachOut(StrictSerializer):
    """Who the rule finds and how they can be reached."""

    members = serializers.IntegerField()
    wecom = serializers.IntegerField()
    phone = serializers.IntegerField()
    opted_out = serializers.IntegerField()
    orders = serializers.IntegerField()
    net = MoneyField(source="net_fen")
    average = MoneyField(source="average_fen")


class CountOut(StrictSerializer):
    """``exact`` is null when counting took too long; the estimate is the planner's."""

    estimate = serializers.IntegerField()
    exact = ReachOut(allow_null=True)
    words = serializers.CharField()


class ChoiceOut(StrictSerializer):
    """A value and its name."""

    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of the wire


class FieldOut(StrictSerializer):
    """Something a rule may ask about."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of the wire
    group = serializers.CharField()
    kind = serializers.CharField()
    unit = serializers.CharField()
    operators = serializers.ListField(child=serializers.CharField())
    index = serializers.CharField(
        help_text="The database index that serves a condition on its own; empty if none does."
    )
    choices = ChoiceOut(many=True)


class SchemaOut(StrictSerializer):
    """JSON Schema 2020-12 of the brand's rules."""

    schema = FreeObject()


class SnapshotOut(StrictSerializer):
    """Who was in the segment at the end of a local day."""

    for_date = serializers.DateField()
    count = serializers.IntegerField()
    taken_at = Moment()


class SpanIn(QuerySerializer):
    """Two days that have a snapshot each."""

    start = serializers.DateField(help_text="The earlier day.")
    end = serializers.DateField(help_text="The later day.")


class ChangedIn(ListQuery):
    """Two days that have a snapshot each, and which of those who changed."""

    start = serializers.DateField(help_text="The earlier day.")
    end = serializers.DateField(help_text="The later day.")
    change = serializers.ChoiceField(choices=["entered", "left"])


class ChangesOut(StrictSerializer):
    """How many entered and left between two days; whoever was merged counts as the member they are now."""

    start = serializers.DateField()
    end = serializers.DateField()
    entered = serializers.IntegerField(source="entered_count")
    left = serializers.IntegerField(source="left_count")


class CompareIn(QuerySerializer):
    """Two segments."""

    first = serializers.CharField(max_length=40)
    second = serializers.CharField(max_length=40)


class ComparedOut(StrictSerializer):
    """How two segments overlap at this moment."""

    first = serializers.IntegerField(source="first_count")
    second = serializers.IntegerField(source="second_count")
    both = serializers.IntegerField(source="both_count")
    only_first = serializers.IntegerField(source="only_first_count")
    only_second = serializers.IntegerField(source="only_second_count")


class ArchiveIn(QuerySerializer):
    """Whether to go on although something uses the segment."""

    anyway = serializers.BooleanField(required=False, default=False)
