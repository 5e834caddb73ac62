"""An order as whoever rewards it sees it: what was paid on which line, and what was given back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """Cash paid on a line and whether it may earn."""

    paid_fen: int
    is_excluded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFacts:
    """Money given back per line (index into the order's lines)."""

    at: datetime
    key: str
    amounts: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """All that points and growth need to know about an order; in no message order."""

    order_id: int
    member_id: int
    source_id: str
    paid_at: datetime | None
    completed_at: datetime | None
    cancelled_at: datetime | None
    lines: Sequence[LineFacts]
    refunds: Sequence[RefundFacts] = ()
