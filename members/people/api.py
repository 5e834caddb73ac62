"""Members by REST."""

from __future__ import annotations

from django.db.models import QuerySet

from members.identity.models import Identity
from members.identity.rules import Claim
from members.people import serializers as shapes
from members.people.card import (
    MemberCard,
    card_get,
    member_identities,
    member_timeline,
    members_found,
)
from members.people.doors import identity_take, member_change, member_identify
from members.people.models import Member
from members.people.rules import Profile
from scrm.api.operations import Answer, operation
from scrm.api.routes import route_register
from scrm.api.views import ApiView
from scrm.console.elements import TimelineEntry

_CREATED, _FOUND = 201, 200
_WHO = ("display_name", "gender", "birthday", "city", "kind")


class MemberList(ApiView):
    """The brand's members."""

    scope_read = "members.view"
    scope_write = "members.edit"

    @operation(
        "members_list", "List members, newest first.",
        query=shapes.MemberQuery, answer=shapes.MemberOut, is_list=True, order=("-registered_at", "-id"),
        errors=("invalid_value",),
    )  # fmt: skip
    def get(self) -> QuerySet[Member]:
        asked = {key: value for key, value in self.query.items() if key not in {"limit", "cursor"}}
        return members_found(**asked)

    @operation(
        "member_identify",
        "Find a member by any identifier, or make one.",
        description="201 when the member is new, 200 when it was known. Two known members are never merged.",
        body=shapes.MemberIn,
        answer=shapes.MemberDetailOut,
        status=_CREATED,
        errors=("invalid_value", "from_the_future"),
        examples={
            "by phone": {
                "identities": [{"type": "phone", "value": "13800000001"}],
                "source": "tmall",
                "display_name": "王宇轩",
            }
        },
    )
    def post(self) -> Answer:
        claims = tuple(Claim(**claim) for claim in self.body["identities"])
        told = {key: self.body[key] for key in _WHO if self.body.get(key) is not None}
        found = member_identify(
            claims=claims,
            source=self.body["source"],
            occurred_at=self.body.get("occurred_at"),
            profile=Profile(**told),
        )
        return Answer(value=found.card, status=_CREATED if found.is_new else _FOUND)


class MemberDetail(ApiView):
    """One member."""

    scope_read = "members.view"
    scope_write = "members.edit"

    @operation("member_get", "A member with figures and tags.", answer=shapes.MemberDetailOut)
    def get(self, public_id: str) -> MemberCard:
        return card_get(public_id)

    @operation(
        "member_change", "Change what is known about a member.",
        body=shapes.MemberPatch, answer=shapes.MemberDetailOut,
    )  # fmt: skip
    def patch(self, public_id: str) -> MemberCard:
        return member_change(public_id=public_id, changes=self.body)


class MemberIdentities(ApiView):
    """What a member is known by."""

    scope_read = "members.view"
    scope_write = "members.edit"

    @operation(
        "member_identities_list", "The member's identifiers, strongest first.",
        answer=shapes.IdentityOut, is_list=True,
    )  # fmt: skip
    def get(self, public_id: str) -> list[Identity]:
        return member_identities(public_id)

    @operation(
        "member_identity_give",
        "Make the member the holder of an identifier, also of one that somebody else holds.",
        body=shapes.IdentityIn,
        answer=shapes.MemberDetailOut,
        errors=("identity_taken", "invalid_value"),
    )
    def post(self, public_id: str) -> MemberCard:
        return identity_take(public_id=public_id, told=self.body)


class MemberTimeline(ApiView):
    """What happened to a member."""

    scope_read = "members.view"

    @operation(
        "member_timeline_list",
        "What happened to the member, newest first; `before` goes further back.",
        query=shapes.TimelineQuery,
        answer=shapes.TimelineOut,
        is_list=True,
    )
    def get(self, public_id: str) -> list[TimelineEntry]:
        scopes = set(self.caller.key.scopes)
        return member_timeline(
            public_id,
            may=lambda permission: bool(scopes & {"*", permission}),
            limit=self.query["limit"],
            before=self.query.get("before"),
        )


route_register("members", MemberList, "members")
route_register("members/<str:public_id>", MemberDetail, "member")
route_register("members/<str:public_id>/identities", MemberIdentities, "member-identities")
route_register("members/<str:public_id>/timeline", MemberTimeline, "member-timeline")
