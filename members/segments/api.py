"""Segments by REST."""

from __future__ import annotations

from django.db.models import QuerySet

from members.people.models import Member
from members.people.serializers import MemberOut
from members.segments import serializers as shapes
from members.segments.models import Segment, SegmentSnapshot
from members.segments.schema import rule_schema
from members.segments.selectors import segment_get, segment_query, segments_listed
from members.segments.services import segment_archive, segment_create, segment_update
from members.segments.snapshots import (
    Changes,
    Compared,
    changes_of,
    members_among,
    segments_compared,
    snapshots_of,
)
from members.segments.try_out import Counted, FieldShown, fields_shown, rule_tried
from scrm.api.operations import operation
from scrm.api.routes import route_register
from scrm.api.views import ApiView

_CREATED = 201
_RULE = {"all": [{"field": "orders.net", "op": "gte", "value": 50000}]}


class SegmentList(ApiView):
    """Saved audiences."""

    scope_read = "segments.view"
    scope_write = "segments.edit"

    @operation(
        "segments_list", "List segments, newest first.", answer=shapes.SegmentOut, is_list=True
    )
    def get(self) -> QuerySet[Segment]:
        return segments_listed()

    @operation(
        "segment_create", "Save a rule as a segment.",
        body=shapes.SegmentIn, answer=shapes.SegmentOut, status=_CREATED,
        errors=("invalid_rule", "invalid_value", "segment_name_taken"),
        examples={"big spenders": {"name": "高消费", "rule": _RULE}},
    )  # fmt: skip
    def post(self) -> Segment:
        return segment_create(**self.body)


class SegmentDetail(ApiView):
    """One segment."""

    scope_read = "segments.view"
    scope_write = "segments.edit"

    @operation("segment_get", "A segment and its last size.", answer=shapes.SegmentOut)
    def get(self, public_id: str) -> Segment:
        return segment_get(public_id)

    @operation(
        "segment_change", "Change a segment; left out stays.",
        body=shapes.SegmentIn, answer=shapes.SegmentOut,
        errors=("invalid_rule", "invalid_value", "segment_name_taken"),
    )  # fmt: skip
    def patch(self, public_id: str) -> Segment:
        return segment_update(public_id=public_id, **self.body)

    @operation(
        "segment_archive",
        "Put a segment away; refused while something that has yet to run reads it, unless `anyway`.",
        query=shapes.ArchiveIn,
        errors=("segment_in_use",),
    )
    def delete(self, public_id: str) -> None:
        segment_archive(public_id=public_id, anyway=self.query["anyway"])


class SegmentCount(ApiView):
    """A rule tried out."""

    scope_write = "segments.view"

    @operation(
        "segment_count", "Who a rule finds, without saving it.",
        body=shapes.RuleIn, answer=shapes.CountOut, errors=("invalid_rule",), examples={"rule": {"rule": _RULE}},
    )  # fmt: skip
    def post(self) -> Counted:
        return rule_tried(self.body["rule"])


class SegmentFields(ApiView):
    """What rules may ask about."""

    scope_read = "segments.view"

    @operation(
        "segment_fields_list",
        "Every field with its operators and choices.",
        answer=shapes.FieldOut,
        is_list=True,
    )
    def get(self) -> list[FieldShown]:
        return fields_shown()


class SegmentSchema(ApiView):
    """The rule language of the brand."""

    scope_read = "segments.view"

    @operation(
        "segment_schema_get",
        "JSON Schema of the brand's rules, its own fields included.",
        answer=shapes.SchemaOut,
    )
    def get(self) -> dict[str, object]:
        return {"schema": rule_schema()}


class SegmentSnapshots(ApiView):
    """The segment night by night."""

    scope_read = "segments.view"

    @operation(
        "segment_snapshots_list",
        "Sizes of the segment at the end of each local day, the newest first; kept for 92 days.",
        answer=shapes.SnapshotOut,
        is_list=True,
        order=("-for_date", "-id"),
    )
    def get(self, public_id: str) -> QuerySet[SegmentSnapshot]:
        return snapshots_of(segment_get(public_id))


class SegmentChanges(ApiView):
    """Who came and went."""

    scope_read = "segments.view"

    @operation(
        "segment_changes_get",
        "How many entered and left between the snapshots of two days.",
        query=shapes.SpanIn,
        answer=shapes.ChangesOut,
    )
    def get(self, public_id: str) -> Changes:
        span = self.query
        return changes_of(segment_get(public_id), start=span["start"], end=span["end"])


class SegmentChanged(ApiView):
    """The members who came or went."""

    scope_read = "members.view"

    @operation(
        "segment_changed_list",
        "Members who entered or left between the snapshots of two days, newest key first.",
        query=shapes.ChangedIn,
        answer=MemberOut,
        is_list=True,
    )
    def get(self, public_id: str) -> QuerySet[Member]:
        asked = self.query
        found = changes_of(segment_get(public_id), start=asked["start"], end=asked["end"])
        return members_among(found.entered if asked["change"] == "entered" else found.left)


class SegmentsCompare(ApiView):
    """Two audiences side by side."""

    scope_read = "segments.view"

    @operation(
        "segments_compare",
        "How many members two segments share at this moment.",
        query=shapes.CompareIn,
        answer=shapes.ComparedOut,
    )
    def get(self) -> Compared:
        return segments_compared(self.query["first"], self.query["second"])


class SegmentMembers(ApiView):
    """Who is in a segment now."""

    scope_read = "members.view"

    @operation(
        "segment_members_list",
        "Members of the segment, newest key first.",
        answer=MemberOut,
        is_list=True,
    )
    def get(self, public_id: str) -> QuerySet[Member]:
        return segment_query(segment_get(public_id).rule)


route_register("segments", SegmentList, "segments")
route_register("segments/count", SegmentCount, "segments-count")
route_register("segments/fields", SegmentFields, "segments-fields")
route_register("segments/schema", SegmentSchema, "segments-schema")
route_register("segments/compare", SegmentsCompare, "segments-compare")
route_register("segments/<str:public_id>", SegmentDetail, "segment")
route_register("segments/<str:public_id>/members", SegmentMembers, "segment-members")
route_register("segments/<str:public_id>/snapshots", SegmentSnapshots, "segment-snapshots")
route_register("segments/<str:public_id>/changes", SegmentChanges, "segment-changes")
route_register("segments/<str:public_id>/changes/members", SegmentChanged, "segment-changed")
