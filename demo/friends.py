"""Which customers of the record shop are friends of its staff in WeCom: two thousand of 23,570."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from demo.history import purchases
from demo.people import Person, person

if TYPE_CHECKING:
    from demo.brands import Brand

FRIENDS = 2_000
_REGULARS = 900


def friend_numbers(*, brand: Brand, yesterday: date) -> list[str]:
    """The most regular buyers of the past year, and the rest drawn over everybody else by hash."""
    year_ago = datetime.combine(yesterday, datetime.min.time(), tzinfo=UTC) - timedelta(days=365)
    recent: Counter[str] = Counter()
    everybody: set[str] = set()
    for one in purchases(yesterday=yesterday, zone=brand.timezone):
        everybody.add(one.number)
        if one.paid_at >= year_ago:
            recent[one.number] += 1
    regulars = [number for number, _n in sorted(recent.items(), key=lambda x: (-x[1], x[0]))][
        :_REGULARS
    ]
    others = sorted(
        everybody - set(regulars),
        key=lambda number: hashlib.sha256(f"friend/{number}".encode()).digest(),
    )
    return sorted(regulars + others[: FRIENDS - len(regulars)])


def friends(*, brand: Brand, numbers: list[str], now: datetime) -> list[tuple[Person, int]]:
    """The friends with the unix time at which they were added, over the past 300 days."""
    rows = []
    for number in numbers:
        days = int.from_bytes(hashlib.sha256(f"added/{number}".encode()).digest()[:2], "big") % 300
        rows.append((person(brand.slug, number), int((now - timedelta(days=days + 2)).timestamp())))
    return rows
