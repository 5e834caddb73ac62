"""From a figure to the members it counts: list addresses whose totals equal the figure."""

from __future__ import annotations

from urllib.parse import quote

from analytics.overview.rules import Period

BOUGHT = "orders.bought_date"
JOINED = "member.registered_date"


def members_url(base: str, **conditions: str) -> str:
    """The member list narrowed by field conditions, such as ``orders_net="gte:100"``; "" without a list."""
    if not base:
        return ""
    asked = "&".join(
        f"f.{field}={quote(value, safe=':,')}" for field, value in conditions.items() if value
    )
    return f"{base}?{asked}" if asked else base


def between(period: Period) -> str:
    return f"between:{period.first.isoformat()},{period.last.isoformat()}"


def until(period: Period) -> str:
    return f"lte:{period.last.isoformat()}"
