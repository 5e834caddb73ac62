"""Members and orders for tests, made through the services that make real ones."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from members.identity.rules import Claim
from members.identity.services import identity_resolve
from members.orders.facts import LineFacts, OrderFacts, RefundFacts
from members.orders.models import Order
from members.orders.services import order_apply
from members.people.models import Member
from members.people.rules import Profile
from members.segments.models import Segment
from members.segments.services import segment_create

_numbers = itertools.count(1)
START = datetime(2026, 1, 15, 4, tzinfo=UTC)


def member(
    *, phone: str = "", source: str = "tmall", at: datetime = START, **profile: Any
) -> Member:
    """A known member with a phone of its own; ``profile`` takes display_name, city, gender, birthday."""
    number = next(_numbers)
    profile.setdefault("display_name", f"会员{number}")
    return identity_resolve(
        claims=[Claim("phone", phone or f"139{number:08d}")],
        source=source,
        occurred_at=at,
        profile=Profile(**profile),
    )


def phone_of(number: int) -> str:
    """The phone of the n-th made-up person."""
    return f"138{number:08d}"


def order_facts(
    *,
    external_id: str = "",
    phone: str = "13800000001",
    paid_fen: int = 10_000,
    at: datetime = START,
    line_count: int = 1,
    **told: Any,
) -> OrderFacts:
    """One placed and paid order; ``told`` overrides any fact."""
    facts: dict[str, Any] = {
        "channel": "tmall",
        "external_id": external_id or f"order-{next(_numbers)}",
        "claims": (Claim("phone", phone),),
        "placed_at": at,
        "paid_at": at,
        "lines": tuple(
            LineFacts(
                external_id=str(number), subtotal_fen=paid_fen // line_count, name=f"商品{number}"
            )
            for number in range(1, line_count + 1)
        ),
    }
    return OrderFacts(**{**facts, **told})


def order(**told: Any) -> Order:
    """That order, taken in."""
    return order_apply(order_facts(**told))


def refund(
    external_id: str, amount_fen: int, *, line: str = "1", at: datetime | None = None
) -> RefundFacts:
    """A refund of one line."""
    return RefundFacts(
        external_id=external_id,
        occurred_at=at or START + timedelta(days=3),
        amounts={line: amount_fen},
    )


def segment(name: str = "", rule: dict[str, object] | None = None) -> Segment:
    """A saved segment; everybody unless told."""
    return segment_create(name=name or f"人群{next(_numbers)}", rule=rule or {"all": []})
