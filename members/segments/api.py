"""Segments by REST."""

from __future__ import annotations

from django.db.models import QuerySet

from members.people.models import Member
from members.people.serializers import MemberOut
from members.segments import serializers as shapes
from members.segments.models import Segment
from members.segments.selectors import segment_get, segment_query, segments_listed
from members.segments.services import segment_archive, segment_create, segment_update
from members.segments.try_out import Counted, FieldShown, fields_shown, rule_count
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

    @operation("segment_archive", "Put a segment away.")
    def delete(self, public_id: str) -> None:
        segment_archive(public_id=public_id)


class SegmentCount(ApiView):
    """A rule tried out."""

    scope_write = "segments.view"

    @operation(
        "segment_count", "Who a rule finds, without saving it.",
        body=shapes.RuleIn, answer=shapes.CountOut, errors=("invalid_rule",), examples={"rule": {"rule": _RULE}},
    )  # fmt: skip
    def post(self) -> Counted:
        return rule_count(self.body["rule"])


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
route_register("segments/<str:public_id>", SegmentDetail, "segment")
route_register("segments/<str:public_id>/members", SegmentMembers, "segment-members")
