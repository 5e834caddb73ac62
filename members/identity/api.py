"""Doubts about identities, merges and splits by REST."""

from __future__ import annotations

from django.db.models import QuerySet

from members.identity import serializers as shapes
from members.identity.deciding import conflict_apart, conflict_merge
from members.identity.histories import conflicts_listed, merge_get, merges_of, report_latest
from members.identity.merging import MergePreview, member_merge, member_split, merge_preview
from members.identity.models import IdentityConflict, IdentityReport, MemberMerge
from scrm.api.operations import operation
from scrm.api.routes import route_register
from scrm.api.views import ApiView

_LONG = (
    "Rows follow in small transactions of their own, so a key of the test environment cannot call this. "
    "Repeating the call changes nothing."
)


class ConflictList(ApiView):
    """Doubts."""

    scope_read = "members.merge"
    tag = "members"

    @operation(
        "identity_conflicts_list", "Doubts about identities, newest first.",
        query=shapes.ConflictQuery, answer=shapes.ConflictOut, is_list=True,
        order=("-occurred_at", "-id"),
    )  # fmt: skip
    def get(self) -> QuerySet[IdentityConflict]:
        state = self.query.get("state", "")
        return conflicts_listed(states=[state] if state else [])


class ConflictDecide(ApiView):
    """The answer to a doubt."""

    scope_write = "members.merge"
    tag = "members"
    is_atomic = False  # a merge moves its rows in transactions of their own

    @operation(
        "identity_conflict_decide",
        "Say that the two are one person, or that they stay apart.",
        description=_LONG,
        body=shapes.DecisionIn,
        answer=shapes.ConflictOut,
        errors=("invalid_value", "invalid_transition", "merge_blocked"),
        examples={"two people": {"decision": "apart", "reason": "母女共用手机号"}},
    )
    def post(self, public_id: str) -> IdentityConflict:
        if self.body["decision"] == "apart":
            return conflict_apart(conflict=public_id, note=self.body["reason"])
        return conflict_merge(
            conflict=public_id, keep=self.body.get("keep", ""), reason=self.body["reason"]
        )


class MemberMergeView(ApiView):
    """Another member goes into this one."""

    scope_read = "members.merge"
    scope_write = "members.merge"
    tag = "members"
    is_atomic = False

    @operation(
        "member_merge_preview",
        "What a merge of that member into this one would do.",
        query=shapes.MergeQuery,
        answer=shapes.MergePreviewOut,
        errors=("merge_self", "invalid_transition", "invalid_value"),
    )
    def get(self, public_id: str) -> MergePreview:
        return merge_preview(source=self.query.get("source", ""), target=public_id)

    @operation(
        "member_merge",
        "Merge another member into this one (N-40).",
        description="The source's id answers with this member from now on. " + _LONG,
        body=shapes.MergeIn,
        answer=shapes.MergeOut,
        errors=("merge_self", "merge_blocked", "invalid_transition", "busy"),
        examples={
            "same person": {"source_id": "mem_06f8z6xkq3vd2n0t5w9b7c1mhr", "reason": "同一个人"}
        },
    )
    def post(self, public_id: str) -> MemberMerge:
        return member_merge(
            source=self.body["source_id"], target=public_id, reason=self.body["reason"]
        )


class MemberMerges(ApiView):
    """Merges a member took part in."""

    scope_read = "members.merge"
    tag = "members"

    @operation(
        "member_merges_list", "Merges this account took part in, newest first.",
        answer=shapes.MergeOut, is_list=True, order=("-merged_at", "-id"),
    )  # fmt: skip
    def get(self, public_id: str) -> QuerySet[MemberMerge]:
        return merges_of(public_id)


class MergeDetail(ApiView):
    """One merge."""

    scope_read = "members.merge"
    tag = "members"

    @operation("merge_get", "One merge.", answer=shapes.MergeOut)
    def get(self, public_id: str) -> MemberMerge:
        return merge_get(public_id)


class MergeSplit(ApiView):
    """Take a merge back."""

    scope_write = "members.merge"
    tag = "members"
    is_atomic = False

    @operation(
        "merge_split",
        "Take a merge back: everything returns to where it was.",
        description="What the source's own identifiers brought since goes with it. " + _LONG,
        body=shapes.SplitIn,
        answer=shapes.MergeOut,
        errors=("split_blocked",),
        examples={"two people": {"reason": "是两个人"}},
    )
    def post(self, public_id: str) -> MemberMerge:
        return member_split(merge=public_id, reason=self.body["reason"])


class IdentityReportView(ApiView):
    """The nightly report."""

    scope_read = "members.merge"
    tag = "members"

    @operation(
        "identity_report_get",
        "What the last night found about identities.",
        answer=shapes.IdentityReportOut,
    )
    def get(self) -> IdentityReport:
        return report_latest() or IdentityReport()


route_register("identity-conflicts", ConflictList, "identity-conflicts")
route_register(
    "identity-conflicts/<str:public_id>/decide", ConflictDecide, "identity-conflict-decide"
)
route_register("members/<str:public_id>/merge", MemberMergeView, "member-merge")
route_register("members/<str:public_id>/merges", MemberMerges, "member-merges")
route_register("merges/<str:public_id>", MergeDetail, "merge")
route_register("merges/<str:public_id>/split", MergeSplit, "merge-split")
route_register("identity-report", IdentityReportView, "identity-report")
