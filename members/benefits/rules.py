"""What the value of a benefit counts, which of two is better, and which one a member has (M-10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

# none: it is there or not · times: ten-thousandths · yuan: fen · days, seats: whole numbers
Unit = Literal["none", "times", "yuan", "days", "seats"]
TIER, GIFT, PLAN, LAYER, GRANT = "tier", "gift", "plan", "layer", "grant"
_EVER = datetime.max.replace(tzinfo=UTC)
# Between equals that last equally long, the source named first.
_ORDER = (TIER, PLAN, LAYER, GRANT)
HIGHEST_LAYER = 4


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How benefits of one kind are valued and where they may be offered."""

    unit: Unit
    group: Literal["content", "service", "price"]
    is_less_better: bool = False
    places: frozenset[str] = frozenset({TIER, GIFT, PLAN, LAYER, GRANT})


KINDS: Mapping[str, Kind] = {
    # The ladder has the tier's own multiplier; what a plan adds is a stack group of its own (N-5).
    "multiplier": Kind(unit="times", group="price", places=frozenset({PLAN})),
    "coupon": Kind(unit="yuan", group="price"),
    # From which amount on; 0 is always.
    "free_shipping": Kind(unit="yuan", group="price", is_less_better=True),
    "priority_delivery": Kind(unit="none", group="service"),
    "no_reason_return": Kind(unit="days", group="service"),
    "gift_pack": Kind(unit="yuan", group="price"),
    "event_seat": Kind(unit="seats", group="content"),
    "service_line": Kind(unit="none", group="service"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """A benefit a member has now, and from where. ``grant`` is the public id of a grant."""

    code: str
    name: str
    kind: str
    group: str
    value: int
    source: str
    until: datetime | None = None
    grant: str = ""


def worth(kind: str, value: int) -> int:
    """Higher is better."""
    return -value if KINDS[kind].is_less_better else value


def is_better(kind: str, value: int, other: int) -> bool:
    """Whether the value is better than the other, strictly."""
    return worth(kind, value) > worth(kind, other)


def best(found: Iterable[Effective]) -> tuple[Effective, ...]:
    """The best of each code; of equals the one that lasts longer. By code."""
    kept: dict[str, Effective] = {}
    for each in found:
        known = kept.get(each.code)
        if known is None or _rank(each) > _rank(known):
            kept[each.code] = each
    return tuple(kept[code] for code in sorted(kept))


def _rank(each: Effective) -> tuple[int, datetime, int]:
    return worth(each.kind, each.value), each.until or _EVER, -_ORDER.index(each.source)


def layers_below(layer: int) -> range:
    """The layers whose benefits reach down to this one: all up to it, unless a benefit is exact (M-13)."""
    return range(1, layer + 1)
