"""Members by REST."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
from members.people.doors import (
    BatchIdentified,
    Newcomer,
    identity_take,
    member_change,
    member_identify,
    members_identify,
)
from members.people.models import Member
from members.people.rules import Profile
from scrm.api.operations import Answer, operation
from scrm.api.routes import route_register
from scrm.api.views import ApiView
from scrm.console.elements import TimelineEntry

_CREATED, _FOUND = 201, 200
_WHO = ("display_name", "gender", "birthday", "city", "occupation", "kind")


def _claims(told: Mapping[str, Any]) -> tuple[Claim, ...]:
    return tuple(Claim(**claim) for claim in told["identities"])


def _profile(told: Mapping[str, Any]) -> Profile:
    return Profile(**{key: told[key] for key in _WHO if told.get(key) is not None})


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
        also=(_FOUND,),
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
        found = member_identify(
            claims=_claims(self.body),
            source=self.body["source"],
            occurred_at=self.body.get("occurred_at"),
            profile=_profile(self.body),
        )
        return Answer(value=found.card, status=_CREATED if found.is_new else _FOUND)


class MemberBatch(ApiView):
    """Many members at once."""

    scope_write = "members.edit"

    @operation(
        "members_identify",
        "Find or make up to 500 members; a refused one leaves the others alone.",
        description="Answers stand at the places of the people. A field of a wrong form refuses the whole "
        "call (422) with a pointer into it; a refusal of the domain is told in its place.",
        body=shapes.MemberBatchIn,
        answer=shapes.MemberBatchOut,
        errors=("busy",),
        examples={
            "two people": {
                "members": [
                    {
                        "identities": [{"type": "phone", "value": "13800000001"}],
                        "source": "tmall",
                        "display_name": "王宇轩",
                    },
                    {"identities": [{"type": "unionid", "value": "oUnion-2"}], "source": "store"},
                ]
            }
        },
    )
    def post(self) -> BatchIdentified:
        return members_identify(
            [
                Newcomer(
                    claims=_claims(person),
                    source=person["source"],
                    occurred_at=person.get("occurred_at"),
                    profile=_profile(person),
                )
                for person in self.body["members"]
            ]
        )


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
        errors=("invalid_value",),
        answer=shapes.TimelineOut,
        is_list=True,
    )
    def get(self, public_id: str) -> list[TimelineEntry]:
        return member_timeline(
            public_id,
            may=self.caller.may,
            limit=self.query["limit"],
            before=self.query.get("before"),
            kind=self.query.get("kind", ""),
            channel=self.query.get("channel", ""),
        )


route_register("members", MemberList, "members")
route_register("members/batch", MemberBatch, "members-batch")
route_register("members/<str:public_id>", MemberDetail, "member")
route_register("members/<str:public_id>/identities", MemberIdentities, "member-identities")
route_register("members/<str:public_id>/timeline", MemberTimeline, "member-timeline")
