"""Lists the rooms' models for Django; the rooms own them."""

from __future__ import annotations

from members.activity.models import Activity
from members.benefits.models import Benefit, BenefitGrant, BenefitOffer
from members.growth.models import GrowthAccount, GrowthEntry
from members.identity.models import (
    Identity,
    IdentityConflict,
    IdentityReport,
    MemberMerge,
    MergeMove,
)
from members.layers.models import ChannelLayer
from members.lifecycle.models import MemberPulse, PulseDay, StageMove
from members.orders.models import (
    MemberRollup,
    Order,
    OrderLine,
    Refund,
    RefundLine,
    RollupDay,
)
from members.people.models import Member, SourceTouch
from members.plans.models import PaidMembership, PaidPlan
from members.pools.models import PoolMove, Screening
from members.privacy.models import Consent, ErasedIdentity, PrivacyRequest
from members.profile.models import CustomField, CustomValue, Note, TagGroupDirection
from members.programme.models import Programme
from members.segments.models import Segment, SegmentSet, SegmentSnapshot, SetDirty
from members.sources.models import ScanCode
from members.tags.models import (
    MemberTag,
    Tag,
    TagDay,
    TagGone,
    TagGroup,
    TagLink,
    TagMerge,
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
    "Activity",
    "Benefit",
    "BenefitGrant",
    "BenefitOffer",
    "ChannelLayer",
    "Consent",
    "CustomField",
    "CustomValue",
    "ErasedIdentity",
    "GrowthAccount",
    "GrowthEntry",
    "Identity",
    "IdentityConflict",
    "IdentityReport",
    "LadderVersion",
    "Member",
    "MemberMerge",
    "MemberPulse",
    "MemberRollup",
    "MemberTag",
    "MemberTier",
    "MergeMove",
    "Note",
    "Order",
    "OrderLine",
    "PaidMembership",
    "PaidPlan",
    "PoolMove",
    "PrivacyRequest",
    "Programme",
    "PulseDay",
    "Refund",
    "RefundLine",
    "RollupDay",
    "ScanCode",
    "Screening",
    "Segment",
    "SegmentSet",
    "SegmentSnapshot",
    "SetDirty",
    "SourceTouch",
    "StageMove",
    "Tag",
    "TagDay",
    "TagGone",
    "TagGroup",
    "TagGroupDirection",
    "TagLink",
    "TagMerge",
    "TagPush",
    "TagVersion",
    "Tier",
    "TierGiftGrant",
    "TierLock",
    "TierSpell",
]
