"""Consents and privacy requests by REST."""

from __future__ import annotations

from django.db.models import QuerySet

from members.privacy import serializers as shapes
from members.privacy.doors import (
    Consents,
    consents_read,
    consents_write,
    preview_read,
    request_ask,
)
from members.privacy.models import PrivacyRequest
from members.privacy.selectors import ErasePreview, request_get, requests_listed
from scrm.api.operations import operation
from scrm.api.routes import route_register
from scrm.api.views import ApiView

_CREATED = 201
_MEMBER = "mem_06f8z6xkq3vd2n0t5w9b7c1mhr"


class MemberConsents(ApiView):
    """What a member agreed to."""

    scope_read = "members.view"
    scope_write = "members.consent"
    tag = "members"

    @operation(
        "member_consents", "What the member agreed to, and by what they may be reached.",
        answer=shapes.ConsentsOut,
    )  # fmt: skip
    def get(self, public_id: str) -> Consents:
        return consents_read(public_id)

    @operation(
        "member_consent_add",
        "Write down that the member said yes or no to a purpose (M-28).",
        description="What was said last holds. A refusal of marketing stops pushes at once.",
        body=shapes.ConsentIn,
        answer=shapes.ConsentsOut,
        errors=("invalid_value",),
        examples={"refused": {"purpose": "marketing", "is_given": False, "source": "store"}},
    )
    def post(self, public_id: str) -> Consents:
        return consents_write(public_id, **self.body)


class MemberErasePreview(ApiView):
    """An erase looked at."""

    scope_read = "members.erase"
    tag = "members"

    @operation(
        "member_erase_preview", "What erasing this person would take, and what hinders it.",
        answer=shapes.ErasePreviewOut,
    )  # fmt: skip
    def get(self, public_id: str) -> ErasePreview:
        return preview_read(public_id)


class PrivacyRequests(ApiView):
    """What people asked for."""

    scope_read = "members.export_person"
    scope_write = "members.export_person"
    tag = "members"

    @operation(
        "privacy_requests_list", "Requests of people, newest first.",
        query=shapes.RequestQuery, answer=shapes.RequestOut, is_list=True,
        order=("-created_at", "-id"),
    )  # fmt: skip
    def get(self) -> QuerySet[PrivacyRequest]:
        kind, state = self.query.get("kind", ""), self.query.get("state", "")
        return requests_listed(kinds=[kind] if kind else [], states=[state] if state else [])

    @operation(
        "privacy_request_add",
        "A copy of everything that is kept of a person, or the person erased (PIPL).",
        description=(
            "A job does it; read the request until its state is `done`. An erase takes the whole person,"
            " everybody merged into them included, and cannot be taken back; it needs `members.erase` and"
            " the member's number. Asking again for an erase answers with the first request."
        ),
        body=shapes.RequestIn,
        answer=shapes.RequestOut,
        status=_CREATED,
        errors=("invalid_value", "erase_blocked"),
        examples={
            "a copy": {"member_id": _MEMBER, "kind": "export", "reason": "客户来电"},
            "erase": {
                "member_id": _MEMBER,
                "kind": "erase",
                "reason": "客户来电",
                "member_no": "10000001",
            },
        },
    )
    def post(self) -> PrivacyRequest:
        return request_ask(**self.body, may=self.caller.may)


class PrivacyRequestDetail(ApiView):
    """One request."""

    scope_read = "members.export_person"
    tag = "members"

    @operation("privacy_request", "One request.", answer=shapes.RequestOut)
    def get(self, public_id: str) -> PrivacyRequest:
        return request_get(public_id)


route_register("members/<str:public_id>/consents", MemberConsents, "member-consents")
route_register("members/<str:public_id>/erase-preview", MemberErasePreview, "member-erase-preview")
route_register("privacy-requests", PrivacyRequests, "privacy-requests")
route_register("privacy-requests/<str:public_id>", PrivacyRequestDetail, "privacy-request")
