"""Tiers by REST."""

from __future__ import annotations

from members.tiers import serializers as shapes
from members.tiers.doors import (
    LadderShown,
    MemberTierShown,
    ladder_read,
    ladder_try,
    ladder_write,
    member_lock,
    member_tier_read,
    member_unlock,
)
from members.tiers.selectors import LadderPreview
from scrm.api.operations import operation
from scrm.api.routes import route_register
from scrm.api.views import ApiView

_CREATED = 201
_LADDER = {
    "tiers": [
        {"code": "base", "name": "普通", "threshold": 0},
        {"code": "silver", "name": "银卡", "threshold": 1000, "multiplier_bp": 11000},
        {"code": "gold", "name": "金卡", "threshold": 5000, "multiplier_bp": 12000},
    ]
}


class Ladder(ApiView):
    """The rungs of the brand."""

    scope_read = "tiers.view"
    scope_write = "tiers.edit"
    tag = "tiers"

    @operation("tiers", "The ladder in force with members per rung.", answer=shapes.LadderOut)
    def get(self) -> LadderShown:
        return ladder_read()

    @operation(
        "tiers_save", "Bring a ladder into force: whoever reaches more rises, nobody falls at once.",
        body=shapes.LadderIn, answer=shapes.LadderOut,
        errors=("ladder_refused", "tier_locked", "invalid_value"), examples={"three rungs": _LADDER},
    )  # fmt: skip
    def put(self) -> LadderShown:
        return ladder_write(**self.body)


class LadderTry(ApiView):
    """A ladder tried out."""

    scope_write = "tiers.view"
    tag = "tiers"

    @operation(
        "tiers_preview", "Who would move at once under these rungs; nothing is written.",
        body=shapes.LadderIn, answer=shapes.PreviewOut, errors=("ladder_refused", "invalid_value"),
        examples={"three rungs": _LADDER},
    )  # fmt: skip
    def post(self) -> LadderPreview:
        return ladder_try(**self.body)


class MemberTier(ApiView):
    """A member's tier."""

    scope_read = "tiers.view"
    tag = "tiers"

    @operation(
        "member_tier", "The tier now, the next one, what is missing and what it brings.",
        answer=shapes.MemberTierOut, errors=("not_found",),
    )  # fmt: skip
    def get(self, public_id: str) -> MemberTierShown:
        return member_tier_read(public_id)


class MemberTierLock(ApiView):
    """A tier by hand."""

    scope_write = "tiers.lock"
    tag = "tiers"

    @operation(
        "member_tier_lock", "Hold a member on a tier until an instant.",
        body=shapes.LockIn, answer=shapes.MemberTierOut, status=_CREATED,
        errors=("not_found", "invalid_value", "tier_locked"),
    )  # fmt: skip
    def post(self, public_id: str) -> MemberTierShown:
        return member_lock(public_id, **self.body)

    @operation(
        "member_tier_unlock", "End the lock; what it held back is decided now.",
        errors=("not_found", "invalid_transition"),
    )  # fmt: skip
    def delete(self, public_id: str) -> None:
        member_unlock(public_id)


route_register("tiers", Ladder, "tiers")
route_register("tiers/preview", LadderTry, "tiers-preview")
route_register("members/<str:public_id>/tier", MemberTier, "member-tier")
route_register("members/<str:public_id>/tier-lock", MemberTierLock, "member-tier-lock")
