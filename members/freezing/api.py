"""Freeze and thaw over REST."""

from __future__ import annotations

from members.freezing.serializers import FreezeIn
from members.freezing.services import member_freeze, member_thaw
from members.people.card import MemberCard, card_get
from members.people.serializers import MemberDetailOut
from scrm.api.operations import operation
from scrm.api.routes import route_register
from scrm.api.views import ApiView


class MemberFreeze(ApiView):
    """Whether a member may redeem."""

    scope_read = "members.view"
    scope_write = "members.freeze"
    tag = "members"

    @operation(
        "member_freeze",
        "Freeze an active member: points come in, but none can be redeemed.",
        body=FreezeIn,
        answer=MemberDetailOut,
        errors=("invalid_transition", "invalid_value"),
    )
    def post(self, public_id: str) -> MemberCard:
        member_freeze(public_id=public_id, reason=self.body["reason"])
        return card_get(public_id)


class MemberThaw(ApiView):
    """The way back."""

    scope_read = "members.view"
    scope_write = "members.freeze"
    tag = "members"

    @operation(
        "member_thaw",
        "Let a frozen member redeem again.",
        body=FreezeIn,
        answer=MemberDetailOut,
        errors=("invalid_transition", "invalid_value"),
    )
    def post(self, public_id: str) -> MemberCard:
        member_thaw(public_id=public_id, reason=self.body["reason"])
        return card_get(public_id)


route_register("members/<str:public_id>/freeze", MemberFreeze, "member-freeze")
route_register("members/<str:public_id>/thaw", MemberThaw, "member-thaw")
