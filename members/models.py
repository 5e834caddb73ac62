"""Lists the rooms' models for Django; the rooms own them."""

from __future__ import annotations

from members.growth.models import GrowthAccount, GrowthEntry
from members.identity.models import (
    Identity,
    IdentityConflict,
    IdentityReport,
    MemberMerge,
    MergeMove,
)
from members.orders.models import (
    MemberRollup,
    Order,
    OrderLine,
    Refund,
    RefundLine,
    RollupDay,
)
from members.people.models import Member, SourceTouch
from members.segments.models import Segment
from members.tags.models import (
    MemberTag,
    Tag,
    TagDay,
    TagGone,
    TagGroup,
    TagLink,
    TagPush,
    TagVersion,
)
from members.tiers.models import (
    LadderVersion,
    MemberTier,
    Tier,
    TierGiftGrant,
    TierLock,
    TierSpell,
)

__all__ = [
    "GrowthAccount",
    "GrowthEntry",
    "Identity",
    "IdentityConflict",
    "IdentityReport",
    "LadderVersion",
    "Member",
    "MemberMerge",
    "MemberRollup",
    "MemberTag",
    "MemberTier",
    "MergeMove",
    "Order",
    "OrderLine",
    "Refund",
    "RefundLine",
    "RollupDay",
    "Segment",
    "SourceTouch",
    "Tag",
    "TagDay",
    "TagGone",
    "TagGroup",
    "TagLink",
    "TagPush",
    "TagVersion",
    "Tier",
    "TierGiftGrant",
    "TierLock",
    "TierSpell",
]
