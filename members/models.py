"""Lists the rooms' models for Django; the rooms own them."""

from __future__ import annotations

from members.identity.models import Identity, IdentityConflict
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
from members.tags.models import MemberTag, Tag, TagGroup

__all__ = [
    "Identity",
    "IdentityConflict",
    "Member",
    "MemberRollup",
    "MemberTag",
    "Order",
    "OrderLine",
    "Refund",
    "RefundLine",
    "RollupDay",
    "Segment",
    "SourceTouch",
    "Tag",
    "TagGroup",
]
