"""The facts of an order as callers state them. Any subset may come at any time, in any order (N-41)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from members.identity.rules import Claim
from members.people.rules import Profile


@dataclass(frozen=True, kw_only=True)
class LineFacts:
    """One article. Fen; discount is the line's own, without its share of the order's discount."""

    external_id: str
    subtotal_fen: int
    sku: str = ""
    name: str = ""
    category: str = ""
    qty: int = 1
    discount_fen: int = 0
    offset_fen: int = 0
    points_excluded: bool = False

    @property
    def paid_fen(self) -> int:
        return self.subtotal_fen - self.discount_fen - self.offset_fen


@dataclass(frozen=True, kw_only=True)
class RefundFacts:
    """Money given back; ``amounts`` is fen by external line id."""

    external_id: str
    occurred_at: datetime
    amounts: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class OrderFacts:
    """What one message says about one order; what it does not say stays as it was."""

    channel: str
    external_id: str
    claims: tuple[Claim, ...] = ()
    profile: Profile = field(default_factory=Profile)
    placed_at: datetime | None = None
    paid_at: datetime | None = None
    completed_at: datetime | None = None
    cancelled_at: datetime | None = None
    shipping_fen: int = 0
    # Split over this message's lines by subtotal (N-4).
    order_discount_fen: int = 0
    lines: tuple[LineFacts, ...] = ()
    refunds: tuple[RefundFacts, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        return self.channel, self.external_id

    @property
    def first_at(self) -> datetime | None:
        """The earliest moment the message speaks of."""
        times = [self.placed_at, self.paid_at, self.completed_at, self.cancelled_at]
        moments = [at for at in times if at is not None] + [
            item.occurred_at for item in self.refunds
        ]
        return min(moments, default=None)
